import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { percentile } from '../figures';
import type { FanTokens } from '../stage/fans';
import { FanClient } from './fan-client';
import { SaleFan } from './sale-fan';
import { SeatBoard } from './seat-board';
import { Tally } from './tally';

/** A whole sale: fans 1…n come at once, and those who get in buy, until nothing is left. */
export const SaleSchema = z.object({
  url: z.string(),
  connections: z.number(),
  fans: z.number(),
  seats: z.number(),
  scheduleId: z.string(),
  concertId: z.string(),
  /** Somebody who is admitted throughout and reads the seat map for all. */
  watcher: z.number(),
  /** The sale has failed when it takes longer. */
  limitSeconds: z.number(),
});
export type SalePlan = z.infer<typeof SaleSchema>;

/** Times are in milliseconds, moments in seconds since the first fan came. */
export const SaleResultSchema = z.object({
  soldOutAfter: z.number(),
  allJoinedAfter: z.number(),
  firstSaleAfter: z.number(),
  requests: z.number(),
  counts: z.record(z.string(), z.number()),
  errors: z.record(z.string(), z.number()),
  figures: z.record(z.string(), z.number()),
  cpuMs: z.number(),
});
export type SaleResult = z.infer<typeof SaleResultSchema>;

/** What all fans of a sale share. */
export interface SaleParts {
  plan: SalePlan;
  client: FanClient;
  board: SeatBoard;
  tally: Tally;
  /** Seats paid for so far. */
  sold: number;
  isOver(): boolean;
  /** How long each step took, in milliseconds. */
  times: Record<'wait' | 'hold' | 'pay', number[]>;
  joined(): void;
  paid(seats: number): void;
  /** Sleeps, but no longer than the sale lasts. */
  pause(milliseconds: number): Promise<void>;
}

export async function sell(plan: SalePlan, tokens: FanTokens): Promise<SaleResult> {
  for (let fan = 1; fan <= plan.fans; fan += 1) tokens.access(fan);
  const over = new AbortController();
  setMaxListeners(0, over.signal); // Every fan between two polls listens.
  const client = new FanClient(plan.url, plan.connections, tokens);
  const tally = new Tally();
  const board = new SeatBoard(plan, tokens);
  const before = process.cpuUsage();
  const startedAt = performance.now();
  const since = () => (performance.now() - startedAt) / 1000;
  const moments = { soldOut: Number.NaN, allJoined: Number.NaN, firstSale: Number.NaN };
  let joined = 0;
  const parts: SaleParts = {
    plan,
    client,
    board,
    tally,
    sold: 0,
    times: { wait: [], hold: [], pay: [] },
    isOver: () => over.signal.aborted,
    pause: async (ms) => {
      await sleep(ms, null, { signal: over.signal }).catch(() => undefined);
    },
    joined: () => {
      joined += 1;
      if (joined === plan.fans) moments.allJoined = since();
    },
    paid: (seats) => {
      if (parts.sold === 0) moments.firstSale = since();
      parts.sold += seats;
      if (parts.sold < plan.seats) return;
      moments.soldOut = since();
      over.abort();
    },
  };
  const limit = setTimeout(() => over.abort(), plan.limitSeconds * 1000);
  await board.read();
  const fans = Array.from({ length: plan.fans }, async (_, n) => new SaleFan(parts, n + 1).come());
  await Promise.all([...fans, board.watch(parts)]);
  clearTimeout(limit);
  const used = process.cpuUsage(before);
  await client.close();
  return {
    soldOutAfter: moments.soldOut,
    allJoinedAfter: moments.allJoined,
    firstSaleAfter: moments.firstSale,
    requests: client.requests,
    counts: { ...tally.counts, 'seats sold': parts.sold },
    errors: tally.errors,
    figures: figuresOf(parts.times),
    cpuMs: (used.user + used.system) / 1000,
  };
}

function figuresOf(times: SaleParts['times']): Record<string, number> {
  return Object.fromEntries(
    Object.entries(times).flatMap(([step, all]) => [
      [`ms of a ${step}, p50`, percentile(all, 0.5)],
      [`ms of a ${step}, p99`, percentile(all, 0.99)],
    ]),
  );
}
