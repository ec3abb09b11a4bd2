import type { DrawnPlace } from './draw-records';
import { memberOf } from './members';
import type { RoomOpening } from './opening';
import { isPresalePlace } from './presale-range';
import type { RoomRecords } from './records';
import { readCount, readPlace, type FoundPlace, type PlaceReply } from './script-replies';
import type { RoomScripts } from './scripts';
import type { QueueClaims } from './token';

/** Lost room, restarted Redis, lapsed admission, restored place: each at most once in a row, and one to spare. */
const MOST_TRIES = 6;

/** A room did not come to rest although Redis and Postgres answer. Try again later (503). */
export class RoomUnsettledError extends Error {
  constructor(concertId: string) {
    super(`The waiting room of concert ${concertId} keeps changing hands`);
    this.name = 'RoomUnsettledError';
  }
}

/** Somebody whose place is wanted. `claims` reads their queue token when that matters; null without a valid one. */
export interface PlaceQuery {
  concertId: string;
  userId: string;
  claims: () => QueueClaims | null;
}

/** Finds places and admissions, and puts back those that Redis has lost. */
export class PlaceFinder {
  readonly #scripts: RoomScripts;
  readonly #records: RoomRecords;
  readonly #opening: RoomOpening;

  constructor(scripts: RoomScripts, records: RoomRecords, opening: RoomOpening) {
    this.#scripts = scripts;
    this.#records = records;
    this.#opening = opening;
  }

  /** The place or admission, put back if the room had lost it. A sign of life. null: none, or given up. */
  async find(query: PlaceQuery): Promise<FoundPlace | null> {
    let reply: PlaceReply | null = await this.#look(query);
    // Put back for a hold before its owner came: the token says how long seats may be chosen.
    if (reply.kind === 'FOUND' && reply.status === 'ACTIVE' && reply.choosesUntilMs === 0) {
      const claims = query.claims();
      if (claims !== null && claims.choosesUntilMs !== null && claims.choosesUntilMs > 0) {
        reply = (await this.#restore(query, claims)) ?? reply;
      }
    }
    for (let tries = 0; tries < MOST_TRIES && reply; tries += 1) {
      if (reply.kind === 'FOUND') return reply;
      reply = await this.#step(query, reply);
    }
    if (reply) throw new RoomUnsettledError(query.concertId);
    return null;
  }

  /** After LAPSED: true when a hold, live or not decided yet, needs the admission, which this extends. */
  async keepForHold(concertId: string, userId: string): Promise<boolean> {
    const needed = await this.#records.neededUntil(concertId, [userId]);
    const untilMs = needed.get(userId.toLowerCase())?.getTime();
    if (untilMs === undefined) return false;
    return readCount(await this.#scripts.run('keep', concertId, [memberOf(userId), untilMs])) === 1;
  }

  /** The next reply to judge; null when the answer is that there is no place. */
  async #step(query: PlaceQuery, reply: Exclude<PlaceReply, FoundPlace>): Promise<PlaceReply | null> {
    const { concertId, userId } = query;
    switch (reply.kind) {
      case 'NO_ROOM':
        // Without a token there is nothing to put back, and anybody may ask for any concert: no work for Postgres.
        return query.claims() && (await this.#opening.open(concertId)) ? this.#look(query) : null;
      case 'RESTARTED':
        return (await this.#opening.renew(concertId)) ? this.#look(query) : null;
      case 'LAPSED':
        return (await this.keepForHold(concertId, userId)) ? this.#look(query) : null;
      case 'NO_PLACE': {
        const claims = query.claims();
        if (!claims) return null;
        if (reply.restarted) return { kind: 'RESTARTED' };
        // Of this epoch and without a place: given up.
        return claims.epoch === reply.epoch ? null : this.#restore(query, claims);
      }
    }
  }

  async #restore(query: PlaceQuery, claims: QueueClaims): Promise<PlaceReply | null> {
    const { concertId, userId } = query;
    const { draws } = this.#records;
    if (await this.#records.isUsedUp(concertId, userId, claims.sequence)) return null;
    // No draw has places of presales.
    const drawn = isPresalePlace(claims.sequence)
      ? null
      : await draws.placeOf(concertId, userId, claims.sequence);
    if (drawn === 'NONE') return null;
    const place = drawn === null ? claims : { ...claims, ...positioned(drawn) };
    const reply = await this.#putBack(query, place, drawn !== null);
    // Drawn while this was under way.
    if (reply.kind === 'NO_PLACE' && drawn === null && !isPresalePlace(claims.sequence)) {
      const since = await draws.placeOf(concertId, userId, claims.sequence);
      return since === null ? null : this.#restore(query, claims);
    }
    if (reply.kind === 'NO_PLACE') return null;
    if (drawn === null || reply.kind !== 'FOUND' || reply.status === 'ACTIVE') return reply;
    // Those in front are still on their way back.
    return { ...reply, position: Math.max(reply.position, drawn.ahead) };
  }

  async #putBack(
    { concertId, userId }: PlaceQuery,
    claims: QueueClaims,
    isFromBeforeDraw: boolean,
  ): Promise<PlaceReply> {
    const holders = await this.#records.liveHolders(concertId, [userId]);
    return readPlace(
      await this.#scripts.run('restore', concertId, [
        memberOf(userId),
        claims.sequence,
        claims.epoch,
        claims.position,
        claims.issuedAtMs,
        claims.choosesUntilMs ?? 0,
        holders.get(userId.toLowerCase())?.getTime() ?? 0,
        isFromBeforeDraw ? '1' : '0',
      ]),
    );
  }

  async #look({ concertId, userId }: PlaceQuery): Promise<PlaceReply> {
    return readPlace(await this.#scripts.look(concertId, memberOf(userId)));
  }
}

const positioned = ({ sequence, ahead }: DrawnPlace) => ({ sequence, position: Math.max(1, ahead) });
