import type { PresaleGrant } from '../../booking/types';
import { Problem } from '../../lib/problems';
import { remembered } from '../../lib/remembered';
import type { PresalePass, PresaleStore } from '../../models/presale-store';

/** What somebody who is in may book: 'ALL' whatever is on sale; a pass, what a presale sells; null, nothing before the opening. */
export type MayBook = 'ALL' | PresalePass | null;

export interface Passes {
  of(concertId: string, userId: string): Promise<MayBook>;
}

const CONCERTS = { forMs: 1000, most: 10_000 };
const FANS = { forMs: 2000, most: 50_000 };

/** Postgres decides, and the worker once more by the database's clock: so an answer may be a moment old. */
export function createPasses(presales: Pick<PresaleStore, 'needsPass' | 'pass'>): Passes {
  const needsPass = remembered(async (concertId) => presales.needsPass(concertId), CONCERTS);
  const pass = remembered(async (key) => {
    const [concertId = '', userId = ''] = key.split(' ');
    return presales.pass(concertId, userId);
  }, FANS);
  return {
    of: async (concertId, userId) => {
      if (!(await needsPass(concertId))) return 'ALL';
      const known = await pass(`${concertId} ${userId}`);
      if (known !== null) return known;
      // Whoever is in without a code came with the opening: this process may not have heard of it.
      return (await presales.needsPass(concertId)) ? null : 'ALL';
    },
  };
}

/**
 * What a hold on this date needs beside itself; undefined: nothing, the date is on sale to all.
 * @throws Problem BOOKING_WINDOW_CLOSED
 */
export function grantFor(mayBook: MayBook, scheduleId: string): PresaleGrant | undefined {
  if (mayBook === 'ALL') return undefined;
  const grants = (mayBook?.grants ?? []).filter(
    ({ scheduleIds }) => scheduleIds === null || scheduleIds.includes(scheduleId),
  );
  if (mayBook === null || grants.length === 0) {
    throw new Problem('BOOKING_WINDOW_CLOSED', 'This date is not on sale to you before the opening.');
  }
  const { untilMs, opensAtMs } = mayBook;
  const limits = grants.map(({ seatLimit }) => seatLimit);
  const largest = Math.max(...limits.map((limit) => limit ?? 0));
  // The concert's, which the worker knows best, where a presale has none of its own; unless another one's is larger.
  const isConcerts = limits.includes(null) && largest <= mayBook.concertSeatLimit;
  return { untilMs, opensAtMs, seatLimit: isConcerts ? null : largest };
}

/** Which dates may be booked before their own window; undefined: none, all as ever; null: all of the concert. */
export function datesOf(mayBook: MayBook): string[] | null | undefined {
  if (mayBook === 'ALL') return undefined;
  const grants = mayBook?.grants ?? [];
  if (grants.some(({ scheduleIds }) => scheduleIds === null)) return null;
  return grants.flatMap(({ scheduleIds }) => scheduleIds ?? []);
}
