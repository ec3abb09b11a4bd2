import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { parseSeatId } from '../../src/booking/seat-id';
import { steadyRate } from '../figures';
import { type FanTokens } from '../stage/fans';
import { SEATS_PER_ROW } from '../stage/seed';
import { type Answer, FanClient } from './fan-client';
import type { PlannedRequest, VolleyResult } from './plan';
import { READ_EVERY_MS, SeatBoard } from './seat-board';
import { Tally } from './tally';

/** A hall of which one fan after the other wants one to four seats side by side, until it is sold out. */
export const SpreeSchema = z.object({
  url: z.string(),
  connections: z.number(),
  /**
   * How seats are found: the service chooses; the fan does, from a map up to half a second old; or, for comparison, everybody
   * knows a seat that nobody else wants, and takes that one alone.
   */
  way: z.enum(['best', 'by hand', 'known']),
  /** So many at most, from this one on. */
  firstFan: z.number(),
  fans: z.number(),
  seats: z.number(),
  scheduleId: z.string(),
  concertId: z.string(),
  /** Who reads the map for all. */
  watcher: z.number(),
});
export type SpreePlan = z.infer<typeof SpreeSchema>;

const Booked = z.object({ seats: z.array(z.object({ number: z.number() })) });
/** Ours wraps the booking in a job; the baselines do not. */
const Held = z.union([
  z.object({ job: z.object({ result: z.object({ booking: Booked }) }) }),
  z.object({ booking: Booked }),
]);
const TakenProblem = z.object({ code: z.literal('SEAT_TAKEN'), seatIds: z.array(z.string()) });
const REFUSALS = /SOLD_OUT|NOT_TOGETHER/;
// Unless the service stops answering, it is over long before.
const LIMIT_MS = 120_000;

export class Spree {
  readonly #client: FanClient;
  readonly #board: SeatBoard;
  readonly #tally = new Tally();
  /** When each seat was had. */
  readonly #seatTimes: number[] = [];
  readonly #startedAt = performance.now();
  #next = 0;
  #sold = 0;
  #apart = 0;
  /** Seats sold when somebody was first refused. */
  #soldAtRefusal: number | null = null;

  constructor(
    readonly plan: SpreePlan,
    readonly tokens: FanTokens,
  ) {
    this.#client = new FanClient(plan.url, plan.connections, tokens);
    this.#board = new SeatBoard(plan, tokens);
  }

  async run(): Promise<VolleyResult> {
    const { plan, tokens } = this;
    for (let n = 0; n < plan.fans; n += 1) {
      tokens.access(plan.firstFan + n);
      tokens.admitted(plan.firstFan + n, plan.concertId);
    }
    if (plan.way === 'by hand') await this.#board.read();
    const before = process.cpuUsage();
    const board = plan.way === 'by hand' ? this.#watch() : undefined;
    await Promise.all(Array.from({ length: plan.connections }, async () => this.#work()));
    const used = process.cpuUsage(before);
    await board;
    await this.#board.close();
    await this.#client.close();
    return { ...this.#tally.result((used.user + used.system) / 1000), figures: this.#figures() };
  }

  #figures(): Record<string, number> {
    const { seats } = this.plan;
    return {
      'seats/s': steadyRate(this.#seatTimes),
      'seats sold': this.#sold,
      'bookings not side by side': this.#apart,
      '% sold at the first refusal': ((this.#soldAtRefusal ?? this.#sold) * 100) / seats,
    };
  }

  #isOver(): boolean {
    const { seats, fans } = this.plan;
    return this.#sold >= seats || this.#next >= fans || performance.now() - this.#startedAt > LIMIT_MS;
  }

  async #watch(): Promise<void> {
    while (!this.#isOver()) {
      await sleep(READ_EVERY_MS);
      const { status, body } = await this.#board.read();
      if (status !== 200 && status !== 304) this.#tally.refuse(status, body);
    }
  }

  async #work(): Promise<void> {
    while (!this.#isOver()) {
      const n = this.#next;
      this.#next += 1;
      await this.#serve(n, this.plan.firstFan + n);
    }
  }

  async #serve(n: number, fan: number): Promise<void> {
    const { way } = this.plan;
    const count = 1 + (n % 4);
    const startedAt = performance.now();
    if (way === 'known') await this.#ask(fan, { seatNumbers: [n + 1] }, startedAt);
    else if (way === 'best') await this.#ask(fan, { bestAvailable: { count } }, startedAt);
    else await this.#byHand(fan, count, startedAt);
  }

  /** Chooses again, without a pause for thought, until nothing is left on the map that was not refused. */
  async #byHand(fan: number, count: number, startedAt: number): Promise<void> {
    const refused = new Set<number>();
    while (!this.#isOver()) {
      const seatNumbers = sideBySide(this.#board.available, count, refused);
      if (seatNumbers === null) {
        this.#refused();
        // Others may find something on the next map.
        await sleep(READ_EVERY_MS / 10);
        return;
      }
      const taken = await this.#ask(fan, { seatNumbers }, startedAt);
      if (taken === null) return;
      for (const number of taken) refused.add(number);
    }
  }

  /** @returns the seats that somebody else had; null when the fan is done */
  async #ask(fan: number, body: object, startedAt: number): Promise<number[] | null> {
    const { scheduleId, concertId } = this.plan;
    const request: PlannedRequest = {
      method: 'POST',
      path: `/api/concerts/schedules/${scheduleId}/bookings`,
      fan,
      concertId,
      headers: { prefer: 'wait=10' },
      body: JSON.stringify(body),
    };
    const { status, body: text } = await this.#client
      .send(request)
      .catch((error: unknown): Answer => ({ status: 0, body: String(error), etag: null }));
    if (status === 200) {
      this.#held(text, startedAt);
      return null;
    }
    const taken = status === 409 ? TakenProblem.safeParse(JSON.parse(text)) : undefined;
    if (taken?.success === true) {
      this.#tally.count('taken');
      return taken.data.seatIds.map((id) => parseSeatId(id)?.number ?? 0);
    }
    if (status === 409 && REFUSALS.test(text)) this.#refused();
    else this.#tally.refuse(status, text);
    return null;
  }

  #refused(): void {
    this.#tally.count('refused');
    this.#soldAtRefusal ??= this.#sold;
  }

  #held(text: string, startedAt: number): void {
    const held = Held.parse(JSON.parse(text));
    const { seats } = 'job' in held ? held.job.result.booking : held.booking;
    const numbers = seats.map(({ number }) => number).sort((a, b) => a - b);
    if (!numbers.every((number, index) => follows(numbers[index - 1], number))) this.#apart += 1;
    this.#tally.accept('confirmed', performance.now() - startedAt);
    this.#sold += numbers.length;
    for (const _ of numbers) this.#seatTimes.push(performance.now());
  }
}

const rowOf = (number: number): number => Math.floor((number - 1) / SEATS_PER_ROW);

const follows = (before: number | undefined, number: number): boolean =>
  before === undefined || (before + 1 === number && rowOf(before) === rowOf(number));

/** So many free seats in a row, from somewhere on the map. */
function sideBySide(
  available: readonly number[],
  count: number,
  refused: ReadonlySet<number>,
): number[] | null {
  const { length } = available;
  const start = Math.floor(Math.random() * length);
  let run: number[] = [];
  for (let i = 0; i < length + count; i += 1) {
    const number = available[(start + i) % length];
    if (number === undefined || refused.has(number)) run = [];
    else run = run.length > 0 && follows(run.at(-1), number) ? [...run, number] : [number];
    if (run.length === count) return run;
  }
  return null;
}
