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

/** A sale under way: what all of its fans share. */
export class Sale {
  readonly client: FanClient;
  readonly board: SeatBoard;
  readonly tally = new Tally();
  /** How long each step took, in milliseconds. */
  readonly times = { wait: new Array<number>(), hold: new Array<number>(), pay: new Array<number>() };
  /** Wakes each fan who sleeps. (Sixty thousand listeners on one signal took all of this process' time.) */
  readonly #naps = new Set<() => void>();
  #isOver = false;
  readonly #startedAt = performance.now();
  readonly #moments = new Map<'sold out' | 'all joined' | 'first sale', number>();
  #joined = 0;
  #sold = 0;

  constructor(
    readonly plan: SalePlan,
    tokens: FanTokens,
  ) {
    this.client = new FanClient(plan.url, plan.connections, tokens);
    this.board = new SeatBoard(plan, tokens);
  }

  async run(): Promise<SaleResult> {
    const { plan, client, board, tally } = this;
    const before = process.cpuUsage();
    const limit = setTimeout(() => this.#end(), plan.limitSeconds * 1000);
    await board.read();
    const fans = Array.from({ length: plan.fans }, async (_, n) => new SaleFan(this, n + 1).come());
    await Promise.all([...fans, board.watch(this)]);
    clearTimeout(limit);
    await client.close();
    const { user, system } = process.cpuUsage(before);
    return {
      soldOutAfter: this.#momentOf('sold out'),
      allJoinedAfter: this.#momentOf('all joined'),
      firstSaleAfter: this.#momentOf('first sale'),
      requests: client.requests,
      counts: { ...tally.counts, 'seats sold': this.#sold },
      errors: tally.errors,
      figures: figuresOf(this.times),
      cpuMs: (user + system) / 1000,
    };
  }

  isOver(): boolean {
    return this.#isOver;
  }

  /** Sleeps, but no longer than the sale lasts. */
  async pause(milliseconds: number): Promise<void> {
    if (this.#isOver) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#naps.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      this.#naps.add(wake);
    });
  }

  joined(): void {
    this.#joined += 1;
    if (this.#joined === this.plan.fans) this.#note('all joined');
  }

  paid(seats: number): void {
    if (this.#sold === 0) this.#note('first sale');
    this.#sold += seats;
    if (this.#sold < this.plan.seats) return;
    this.#note('sold out');
    this.#end();
  }

  #end(): void {
    this.#isOver = true;
    for (const wake of this.#naps) wake();
  }

  #note(moment: 'sold out' | 'all joined' | 'first sale'): void {
    this.#moments.set(moment, (performance.now() - this.#startedAt) / 1000);
  }

  #momentOf(moment: 'sold out' | 'all joined' | 'first sale'): number {
    const seconds = this.#moments.get(moment);
    if (seconds !== undefined) return seconds;
    const { limitSeconds, seats } = this.plan;
    const errors = JSON.stringify(this.tally.errors);
    throw new Error(
      `Not ${moment} within ${limitSeconds} s: ${this.#sold} of ${seats} seats sold, errors: ${errors}`,
    );
  }
}

function figuresOf(times: Sale['times']): Record<string, number> {
  return Object.fromEntries(
    Object.entries(times).flatMap(([step, all]) => [
      [`ms of a ${step}, p50`, percentile(all, 0.5)],
      [`ms of a ${step}, p99`, percentile(all, 0.99)],
    ]),
  );
}
