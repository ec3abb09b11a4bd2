import { RoomUnsettledError, type Finding, type Sought } from './finding';
import { memberOf } from './members';
import type { OpenRooms } from './open-rooms';
import type { RoomOpening } from './opening';
import type { RoomRecords } from './records';
import { readCount, readJoin, readText, type Found } from './script-replies';
import type { RoomScripts } from './scripts';
import { toState, toldPosition } from './states';
import type { QueueClaims, QueueTokens } from './token';
import type { Admission, QueueState } from './waiting-room';

/** A lost room and a lapsed admission, and one to spare. */
const MOST_JOIN_TRIES = 4;

/** This process' clock may be off by so much before an admission that is over would pass. */
const CLOCK_MARGIN_MS = 10_000;

/** By then a hold that passed the guard is decided, or recorded as a command, or its request has failed. */
const HOLD_RECORDED_WITHIN_MS = 5000;

interface PlacesParts {
  scripts: RoomScripts;
  records: RoomRecords;
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
      return active(endsMs);
    }
    const found = await this.#admissionFound(concertId, userId, claims);
    return found && this.#admission(found, claims);
  }

  async admissionToHold(concertId: string, userId: string, claims: QueueClaims): Promise<Admission | null> {
    const { scripts } = this.#parts;
    const member = memberOf(userId);
    const endsMs = await scripts.admissionEndsMs(concertId, member);
    const choosesUntilMs = Number.isInteger(endsMs)
      ? endsMs
      : await scripts.choosesUntilMs(concertId, member);
    if (choosesUntilMs > Date.now() + CLOCK_MARGIN_MS) return active(endsMs);
    const found = await this.#admissionFound(concertId, userId, claims);
    if (found?.status !== 'ACTIVE') return found && this.#admission(found, claims);
    const claimed = await scripts.run('claim', concertId, [member, HOLD_RECORDED_WITHIN_MS]);
    const keptUntilMs = readCount(claimed);
    return keptUntilMs === 0 ? null : active(keptUntilMs);
  }

  async leave(concertId: string, userId: string, queueToken?: string | null): Promise<boolean> {
    const { scripts, records } = this.#parts;
    const member = memberOf(userId);
    const placed = readText(await scripts.run('sequence', concertId, [member]));
    const told = this.#seek(concertId, userId, queueToken).claims()?.sequence ?? '';
    const sequences = [placed, told].filter((sequence) => Number(sequence) > 0);
    // Before the room forgets it: a process that died in between would leave a token that is worth a place.
    for (const sequence of sequences) await records.giveUp(concertId, userId, sequence);
    return readCount(await scripts.run('leave', concertId, [member])) === 1;
  }

  async endAdmissions(
    concertId: string,
    payers: readonly { userId: string; paidAtMs: number }[],
  ): Promise<number> {
    if (payers.length === 0) return 0;
    const args = payers.flatMap(({ userId, paidAtMs }) => [memberOf(userId), paidAtMs * 1000]);
    return readCount(await this.#parts.scripts.run('used', concertId, ['0', ...args]));
  }

  async extend(concertId: string, holds: readonly { userId: string; untilMs: number }[]): Promise<number> {
    if (holds.length === 0) return 0;
    const ends = holds.map(({ userId, untilMs }) => ({ member: memberOf(userId), untilMs }));
    return this.#parts.scripts.extend(concertId, ends);
  }

  async shorten(concertId: string, holders: readonly { userId: string; untilMs: number }[]): Promise<number> {
    if (holders.length === 0) return 0;
    const args = holders.flatMap(({ userId, untilMs }) => [memberOf(userId), untilMs]);
    return readCount(await this.#parts.scripts.run('shorten', concertId, args));
  }

  async #admissionFound(
    concertId: string,
    userId: string,
    claims: QueueClaims | null | undefined,
  ): Promise<Found | null> {
    const mine = claims && isOf(claims, concertId, userId) ? claims : null;
    const found = await this.#parts.finding.find({ concertId, userId, claims: () => mine });
    if (found) await this.#parts.openRooms.keep(concertId);
    return found;
  }

  #admission(found: Found, claims: QueueClaims | null | undefined): Admission {
    if (found.status === 'ACTIVE') return active(found.untilMs);
    const position = toldPosition(found, () => claims ?? null);
    return { status: 'WAITING', position, pollAfterMs: found.pollAfterMs };
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

const active = (endsMs: number): Admission => ({
  status: 'ACTIVE',
  expiresAt: new Date(endsMs).toISOString(),
});
