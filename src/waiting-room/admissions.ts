import { memberOf } from './members';
import type { OpenRooms } from './open-rooms';
import type { PlaceFinder } from './place-finder';
import { type FoundPlace, readCount } from './script-replies';
import type { RoomScripts } from './scripts';
import { toldPosition } from './states';
import { claimsAreOf, type QueueClaims } from './token';
import type { Admission } from './waiting-room';
import { TIMES } from '../lib/times';

const ACTIVE: Admission = { status: 'ACTIVE' };

interface AdmissionsParts {
  scripts: RoomScripts;
  openRooms: OpenRooms;
  finder: PlaceFinder;
}

/** Who may act now, and how holds, payments and cancellations move the end of an admission. */
export class Admissions {
  readonly #parts: AdmissionsParts;

  constructor(parts: AdmissionsParts) {
    this.#parts = parts;
  }

  async admission(concertId: string, userId: string, claims?: QueueClaims | null): Promise<Admission | null> {
    // The usual answer, for much less than the script costs. Near its end only the script, by Redis' clock, can tell.
    const endsMs = await this.#parts.scripts.admissionEndsMs(concertId, memberOf(userId));
    if (endsMs > Date.now() + TIMES.clockSkewMs) return ACTIVE;
    const found = await this.#find(concertId, userId, claims);
    return found && admissionOf(found, claims);
  }

  async admissionToHold(concertId: string, userId: string, claims: QueueClaims): Promise<Admission | null> {
    const { scripts } = this.#parts;
    const member = memberOf(userId);
    const endsMs = await scripts.admissionEndsMs(concertId, member);
    const choosesUntilMs = Number.isInteger(endsMs)
      ? endsMs
      : await scripts.choosesUntilMs(concertId, member);
    if (choosesUntilMs > Date.now() + TIMES.clockSkewMs) return ACTIVE;
    const found = await this.#find(concertId, userId, claims);
    if (found?.status !== 'ACTIVE') return found && admissionOf(found, claims);
    const claimed = await scripts.run('claim', concertId, [member, TIMES.holdRecordedMs]);
    return readCount(claimed) === 0 ? null : ACTIVE;
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

  async #find(
    concertId: string,
    userId: string,
    claims: QueueClaims | null | undefined,
  ): Promise<FoundPlace | null> {
    const mine = claims && claimsAreOf(claims, concertId, userId) ? claims : null;
    const found = await this.#parts.finder.find({ concertId, userId, claims: () => mine });
    if (found) await this.#parts.openRooms.keep(concertId);
    return found;
  }
}

function admissionOf(found: FoundPlace, claims: QueueClaims | null | undefined): Admission {
  if (found.status === 'ACTIVE') return ACTIVE;
  const position = toldPosition(found, () => claims ?? null);
  return { status: 'WAITING', position, pollAfterMs: found.pollAfterMs };
}
