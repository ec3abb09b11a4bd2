import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { Charged, JobAnswer } from '../support/contract';
import type { Fan } from '../support/fan';
import type { Answer } from '../support/http';
import type { House } from '../support/stack';

const Paid = z.object({ tickets: z.array(z.object({ code: z.string() })) });

/** Fans who wait for each answer, and remember what they were told: what a client knows must be so. */
export class Buyers {
  /** Bookings that were held, the codes of tickets that were bought, and entries of points that were charged. */
  readonly told = { held: new Set<string>(), tickets: new Set<string>(), charged: new Set<string>() };
  readonly #buying: Promise<unknown>;
  #isOver = false;

  /** @param firstSeat the first of the seats that are theirs alone, two for each turn */
  constructor(
    fans: readonly Fan[],
    readonly house: House,
    firstSeat: number,
    seatsEach: number,
  ) {
    this.#buying = Promise.all(
      fans.map(async (fan, index) => this.#buy(fan, firstSeat + index * seatsEach, seatsEach)),
    );
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#buying;
  }

  async #buy(fan: Fan, firstSeat: number, count: number): Promise<void> {
    for (let seat = firstSeat; seat < firstSeat + count && !this.#isOver; seat += 1) {
      await this.#charge(fan);
      const held = await told(async () => fan.hold(this.house.scheduleId, [seat]));
      if (held === null || held.result === null) continue;
      const { id } = held.result.booking;
      this.told.held.add(id);
      const paid = await told(async () => fan.pay(id));
      const { success, data } = Paid.safeParse(paid?.result);
      if (success) for (const { code } of data.tickets) this.told.tickets.add(code);
    }
  }

  async #charge(fan: Fan): Promise<void> {
    const headers = { 'idempotency-key': randomUUID() };
    const answer = await answered(async () =>
      fan.send('POST', '/api/points/charge', { headers, body: { amount: 1 } }),
    );
    if (answer?.status === 200) this.told.charged.add(`${fan.id} ${answer.as(Charged, 200).entry.id}`);
  }
}

/** What the answer says of a command that has ended; null: nothing that could be relied on. */
async function told(ask: () => Promise<Answer>) {
  const answer = await answered(ask);
  if (answer?.status !== 200) return null;
  const { job } = answer.as(JobAnswer, 200);
  return job.status === 'completed' ? job : null;
}

async function answered(ask: () => Promise<Answer>): Promise<Answer | null> {
  try {
    return await ask();
  } catch {
    return null; // No answer: nothing was told.
  }
}
