import { RoomUnsettledError, type Finding, type Sought } from './finding';
import { memberOf } from './members';
import type { OpenRooms } from './open-rooms';
import type { RoomOpening } from './opening';
import { readCount, readJoin, type Found } from './replies';
import type { RoomScripts } from './scripts';
import { toState, toldPosition } from './states';
import type { QueueClaims, QueueTokens } from './token';
import type { Admission, QueueState } from './waiting-room';

/** A lost room and a lapsed admission, and one to spare. */
const MOST_JOIN_TRIES = 4;

/** This process' clock may be off by so much before an admission that is over would pass. */
const CLOCK_MARGIN_MS = 10_000;

interface PlacesParts {
  scripts: RoomScripts;
  openRooms: OpenRooms;
  opening: RoomOpening;
  finding: Finding;
  tokens: QueueTokens;
}

type Joined = { created: boolean; state: QueueState };

/** What fans do: take a place, look at it, use it, give it up. */
export class Places {
  readonly #parts: PlacesParts;

  constructor(parts: PlacesParts) {
    this.#parts = parts;
  }

  async join(concertId: string, userId: string, queueToken?: string | null): Promise<Joined | null> {
    const { openRooms, finding } = this.#parts;
    const sought = this.#seek(concertId, userId, queueToken);
    const present = sought.claims() ? await finding.find(sought) : null;
    const taken = present ? { created: false, found: present } : await this.#takePlace(concertId, userId);
    if (!taken) return null;
    await (taken.created ? openRooms.add(concertId) : openRooms.keep(concertId));
    return { created: taken.created, state: this.#state(sought, taken.found) };
  }

  async look(concertId: string, userId: string, queueToken?: string | null): Promise<QueueState | null> {
    const sought = this.#seek(concertId, userId, queueToken);
    const found = await this.#parts.finding.find(sought);
    if (!found) return null;
    await this.#parts.openRooms.keep(concertId);
    return this.#state(sought, found);
  }

  async admission(concertId: string, userId: string, claims?: QueueClaims | null): Promise<Admission | null> {
    // The usual answer, for a tenth of the script's cost. Near its end only the script, by Redis' clock, can tell.
    const endsMs = await this.#parts.scripts.admissionEndsMs(concertId, memberOf(userId));
    if (endsMs > Date.now() + CLOCK_MARGIN_MS) {
      return { status: 'ACTIVE', expiresAt: new Date(endsMs).toISOString() };
    }
    const mine = claims && isOf(claims, concertId, userId) ? claims : null;
    const found = await this.#parts.finding.find({ concertId, userId, claims: () => mine });
    if (!found) return null;
    await this.#parts.openRooms.keep(concertId);
    if (found.status === 'ACTIVE')
      return { status: 'ACTIVE', expiresAt: new Date(found.untilMs).toISOString() };
    return { status: 'WAITING', position: toldPosition(found, () => mine), pollAfterMs: found.pollAfterMs };
  }

  async leave(concertId: string, userId: string): Promise<boolean> {
    return readCount(await this.#parts.scripts.run('leave', concertId, [memberOf(userId)])) === 1;
  }

  async endAdmissions(
    concertId: string,
    payers: readonly { userId: string; paidAtMs: number }[],
  ): Promise<number> {
    if (payers.length === 0) return 0;
    const args = payers.flatMap(({ userId, paidAtMs }) => [memberOf(userId), paidAtMs * 1000]);
    return readCount(await this.#parts.scripts.run('used', concertId, args));
  }

  async extend(concertId: string, holds: readonly { userId: string; untilMs: number }[]): Promise<number> {
    if (holds.length === 0) return 0;
    const ends = holds.map(({ userId, untilMs }) => ({ member: memberOf(userId), untilMs }));
    return this.#parts.scripts.extend(concertId, ends);
  }

  /** null: no such concert. */
  async #takePlace(concertId: string, userId: string): Promise<{ created: boolean; found: Found } | null> {
    const { scripts, finding, opening } = this.#parts;
    let isOver = false;
    for (let tries = 0; tries < MOST_JOIN_TRIES; tries += 1) {
      const { created, place } = readJoin(
        await scripts.join(concertId, { member: memberOf(userId), isOver }),
      );
      if (place.kind === 'FOUND') return { created, found: place };
      if (place.kind === 'LAPSED') isOver = !(await finding.keepForHold(concertId, userId));
      else if (!(await opening.open(concertId))) return null;
    }
    throw new RoomUnsettledError(concertId);
  }

  #seek(concertId: string, userId: string, queueToken: string | null | undefined): Sought {
    return {
      concertId,
      userId,
      claims: () => {
        if (!queueToken) return null;
        const reading = this.#parts.tokens.read(queueToken);
        return reading.ok && isOf(reading.claims, concertId, userId) ? reading.claims : null;
      },
    };
  }

  #state(sought: Sought, found: Found): QueueState {
    const position = toldPosition(found, sought.claims);
    return toState(sought.concertId, sought.userId, found, position, this.#parts.tokens);
  }
}

function isOf(claims: QueueClaims, concertId: string, userId: string): boolean {
  return claims.concertId === concertId && claims.userId.toLowerCase() === userId.toLowerCase();
}
