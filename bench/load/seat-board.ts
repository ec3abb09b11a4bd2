import { z } from 'zod';
import type { FanTokens } from '../stage/fans';
import { FanClient } from './fan-client';
import type { Sale, SalePlan } from './sale';

export const READ_EVERY_MS = 500;
const SeatsAnswer = z.object({ seats: z.array(z.object({ number: z.number() })) });

/**
 * The seats that are free, as the service last showed them. One reader for all fans, as a page behind a cache would
 * be: so a fan's picture is up to half a second old, and two may want the same seat.
 */
export class SeatBoard {
  // Its own connection: the map is not to wait behind five hundred fans.
  readonly #client: FanClient;
  #available: number[] = [];
  #etag: string | null = null;
  #closed = false;
  #lookAgain: (() => void)[] = [];

  constructor(
    readonly plan: Pick<SalePlan, 'url' | 'scheduleId' | 'concertId' | 'watcher'>,
    tokens: FanTokens,
  ) {
    this.#client = new FanClient(plan.url, 1, tokens);
  }

  /** In order of their numbers. */
  get available(): readonly number[] {
    return this.#available;
  }

  async read(): Promise<{ status: number; body: string }> {
    const answer = await this.#client.send({
      method: 'GET',
      path: `/api/concerts/schedules/${this.plan.scheduleId}/seats?status=available`,
      fan: this.plan.watcher,
      concertId: this.plan.concertId,
      ...(this.#etag === null ? {} : { headers: { 'if-none-match': this.#etag } }),
    });
    if (answer.status === 200) {
      this.#etag = answer.etag;
      this.#available = SeatsAnswer.parse(JSON.parse(answer.body)).seats.map((seat) => seat.number);
    }
    return answer;
  }

  /** Reads on until the sale is over. */
  async watch(sale: Sale): Promise<void> {
    while (!sale.isOver()) {
      await sale.pause(READ_EVERY_MS);
      const { status, body } = await this.read();
      if (status === 200 || status === 304) sale.tally.count(`seat maps (${status})`);
      else sale.tally.refuse(status, body);
      for (const look of this.#lookAgain.splice(0)) look();
    }
    await this.close();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#client.close();
  }

  /** Resolves when the board was read once more: whoever was refused looks again before choosing. */
  async next(): Promise<void> {
    if (this.#closed) return;
    await new Promise<void>((resolve) => this.#lookAgain.push(resolve));
  }

  /** Up to `most` seats side by side from somewhere, none of those known to be taken. */
  choose(most: number, taken: ReadonlySet<number>): number[] {
    const { length } = this.#available;
    const start = Math.floor(Math.random() * length);
    const chosen: number[] = [];
    for (let i = 0; i < length && chosen.length < most; i += 1) {
      const seat = this.#available[(start + i) % length];
      if (seat !== undefined && !taken.has(seat)) chosen.push(seat);
    }
    return chosen;
  }
}
