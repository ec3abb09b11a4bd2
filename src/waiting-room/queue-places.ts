import { memberOf } from './members';
import type { OpenRooms } from './open-rooms';
import type { RoomOpening } from './opening';
import { type PlaceFinder, type PlaceQuery, RoomUnsettledError } from './place-finder';
import { isPresalePlace, momentOf } from './presale-range';
import type { ToldPresale } from './presale-records';
import type { Pseudonyms } from './pseudonyms';
import type { RoomRecords } from './records';
import { type FoundPlace, readCount, readJoin, readText } from './script-replies';
import type { RoomScripts } from './scripts';
import { toState } from './states';
import { claimsAreOf, type QueueTokens } from './token';
import type { QueueState } from './waiting-room';

/** A lost room and a lapsed admission, and one to spare. */
const MOST_JOIN_TRIES = 4;

interface QueuePlacesParts {
  scripts: RoomScripts;
  records: RoomRecords;
  openRooms: OpenRooms;
  opening: RoomOpening;
  finder: PlaceFinder;
  tokens: QueueTokens;
  pseudonyms: Pseudonyms;
  /** What everybody is told of the presale that runs. */
  presale(concertId: string): Promise<ToldPresale | null>;
}

/** Fans take a place in the queue, look at it, and give it up. */
export class QueuePlaces {
  readonly #parts: QueuePlacesParts;

  constructor(parts: QueuePlacesParts) {
    this.#parts = parts;
  }

  async join(
    concertId: string,
    userId: string,
    queueToken?: string | null,
    { hasCode } = { hasCode: false },
  ): Promise<{ created: boolean; state: QueueState } | null> {
    const { openRooms, finder } = this.#parts;
    const query = this.#query(concertId, userId, queueToken);
    const present = query.claims() ? await finder.find(query) : null;
    if (hasCode) await this.#giveUpOrdinary(concertId, userId);
    const taken =
      present && !hasCode
        ? { created: false, found: present }
        : await this.#takePlace(concertId, userId, hasCode);
    if (!taken) return null;
    if (hasCode) await this.#giveUpLost(concertId, userId, taken.found);
    await (taken.created ? openRooms.add(concertId) : openRooms.keep(concertId));
    return { created: taken.created, state: await this.#state(query, taken.found) };
  }

  async look(concertId: string, userId: string, queueToken?: string | null): Promise<QueueState | null> {
    const query = this.#query(concertId, userId, queueToken);
    const found = await this.#parts.finder.find(query);
    if (!found) return null;
    await this.#parts.openRooms.keep(concertId);
    return this.#state(query, found);
  }

  async leave(concertId: string, userId: string, queueToken?: string | null): Promise<boolean> {
    const { scripts, records } = this.#parts;
    const member = memberOf(userId);
    const placed = readText(await scripts.run('sequence', concertId, [member]));
    const told = this.#query(concertId, userId, queueToken).claims()?.sequence ?? '';
    const sequences = [placed, told].filter((sequence) => Number(sequence) > 0);
    // Before the room forgets it: a process that died in between would leave a token that is worth a place.
    for (const sequence of sequences) await records.giveUp(concertId, userId, sequence);
    return readCount(await scripts.run('leave', concertId, [member])) === 1;
  }

  /** Before the room moves it in front: no older token shall be worth a second place. */
  async #giveUpOrdinary(concertId: string, userId: string): Promise<void> {
    const { scripts, records } = this.#parts;
    const sequence = readText(await scripts.run('ordinary', concertId, [memberOf(userId)]));
    if (sequence !== '') await records.giveUp(concertId, userId, sequence);
  }

  /**
   * After a loss of Redis an older place may be known to its token alone: whoever comes without that has given it up all the same. With
   * every join until the turn comes, not only when the place is made: whoever made it may have died before this.
   */
  async #giveUpLost(
    concertId: string,
    userId: string,
    { status, epoch, sequence }: FoundPlace,
  ): Promise<void> {
    if (epoch === 1 || status !== 'WAITING' || !isPresalePlace(sequence)) return;
    await this.#parts.records.giveUp(concertId, userId, String(momentOf(sequence) - 1));
  }

  /** null: no such concert. */
  async #takePlace(
    concertId: string,
    userId: string,
    hasCode: boolean,
  ): Promise<{ created: boolean; found: FoundPlace } | null> {
    const { scripts, finder, opening } = this.#parts;
    let isOver = false;
    for (let tries = 0; tries < MOST_JOIN_TRIES; tries += 1) {
      const { created, place } = readJoin(
        await scripts.join(concertId, { member: memberOf(userId), isOver, hasCode }),
      );
      if (place.kind === 'FOUND') return { created, found: place };
      if (place.kind === 'LAPSED') isOver = !(await finder.keepForHold(concertId, userId));
      else if (!(await opening.open(concertId))) return null;
    }
    throw new RoomUnsettledError(concertId);
  }

  #query(concertId: string, userId: string, queueToken: string | null | undefined): PlaceQuery {
    return {
      concertId,
      userId,
      claims: () => {
        if (!queueToken) return null;
        const reading = this.#parts.tokens.read(queueToken);
        return reading.ok && claimsAreOf(reading.claims, concertId, userId) ? reading.claims : null;
      },
    };
  }

  async #state(query: PlaceQuery, found: FoundPlace): Promise<QueueState> {
    const { concertId, userId } = query;
    const { pseudonyms, tokens } = this.#parts;
    const isInDraw = found.draw !== 'NONE' && !found.isBehindDraw;
    const drawPseudonym = isInDraw ? await pseudonyms.of(concertId, userId) : null;
    const presale = found.presale.runs ? await this.#parts.presale(concertId) : null;
    return toState(query, found, { claims: query.claims, drawPseudonym, presale }, tokens);
  }
}
