import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { JobAnswer, type JobView } from './contract';
import type { Fan } from './fan';
import type { Answer } from './http';
import type { House } from './stack';
import { IN_TIME_MS } from './refusal';
import { inTurns, until } from './until';

const TRY_AGAIN_MS = 150;

/** Each shop goes on taking commands. */
export async function goOn(shops: readonly Shoppers[], more: number, withinMs: number): Promise<void> {
  await Promise.all(shops.map(async (shop) => shop.acknowledge(more, withinMs)));
}

/**
 * Ends a sale that was harmed, and expects that everything acknowledged came to an end; that whoever met the harm was
 * told so, in time; and that the harm was met at all.
 * @param untold whether somebody may lose a place: let in in the last moments of a room, and not told before it was lost
 */
export async function closeShops(shops: readonly Shoppers[], { untold = false } = {}): Promise<void> {
  await Promise.all(shops.map(async (shop) => shop.stop()));
  const ends = await Promise.all(shops.map(async (shop) => shop.ends(40_000)));
  expect(ends.flat().filter(({ status }) => status !== 'completed' && status !== 'rejected')).toEqual([]);
  const troubles = shops.flatMap((shop) => shop.troubles);
  expect(troubles.length).toBeGreaterThan(0);
  // Whoever was being let in met it between two polls.
  const expected = untold
    ? /^503 UNAVAILABLE$|answered 503 |answered 404 [^]*NOT_QUEUED/
    : /^503 UNAVAILABLE$|answered 503 /;
  expect(troubles.filter(({ said }) => !expected.test(said))).toEqual([]);
  const answers = troubles.filter(({ said }) => said === '503 UNAVAILABLE');
  expect(Math.max(0, ...answers.map(({ ms }) => ms))).toBeLessThan(IN_TIME_MS);
}

/**
 * Fans who hold, pay and cancel on and on, whatever happens to the service: a request that fails or meets a 5xx is
 * sent again with its idempotency key, as a good client does. What was acknowledged is written down.
 */
export class Shoppers {
  readonly acknowledged: { fan: Fan; jobId: string }[] = [];
  /** Answers that are no answers of a healthy service, and how long each took. */
  readonly troubles: { said: string; ms: number }[] = [];
  readonly #stop = new AbortController();
  readonly #shopping: Promise<unknown>;

  constructor(
    fans: readonly Fan[],
    readonly house: House,
    readonly seats: number,
  ) {
    this.#shopping = Promise.all(fans.map(async (fan) => this.#shop(fan)));
  }

  /** Goes on until so many more commands were acknowledged. */
  async acknowledge(more: number, withinMs = 20_000): Promise<void> {
    const wanted = this.acknowledged.length + more;
    const count = async (): Promise<number> => this.acknowledged.length;
    await until(`${more} more commands acknowledged`, count, (now) => now >= wanted, {
      withinMs,
      everyMs: 10,
    });
  }

  /** Lets everybody finish the request under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#shopping;
  }

  /** The end of everything that was acknowledged. @throws Error when something has not ended in time */
  async ends(withinMs = 20_000): Promise<JobView[]> {
    return inTurns(this.acknowledged, 20, async ({ fan, jobId }) => fan.end(jobId, withinMs));
  }

  async #shop(fan: Fan): Promise<void> {
    while (!this.#isOver) {
      const entered = await this.#patiently(async () => {
        const { concertId } = this.house;
        const answer = await fan.send('POST', '/api/users/queue', { body: { concertId } });
        if (answer.status < 300) await fan.enter(concertId);
        return answer;
      });
      if (entered === null) return;
      const from = randomInt(1, this.seats);
      const held = await this.#command(fan, async (sent) =>
        fan.hold(this.house.scheduleId, [from, from + 1], sent),
      );
      if (held?.result === undefined || held.result === null) continue;
      const { id } = held.result.booking;
      const act = randomInt(3);
      if (act > 0) await this.#command(fan, async (sent) => fan.pay(id, sent));
      if (act < 2) await this.#command(fan, async (sent) => fan.cancel(id, sent));
    }
  }

  /** Hands in a command and follows it to its end; null when it was refused, or when the shop closes. */
  async #command(
    fan: Fan,
    hand: (sent: { headers: Record<string, string> }) => Promise<Answer>,
  ): Promise<JobView | null> {
    const headers = { 'idempotency-key': randomUUID() };
    const answer = await this.#patiently(async () => hand({ headers }));
    if (answer === null || answer.status >= 400) return null;
    const { job } = answer.as(JobAnswer, 202);
    this.acknowledged.push({ fan, jobId: job.id });
    for (;;) {
      const path = `/api/jobs/${job.id}?wait=5`;
      const polled = await this.#patiently(async () => fan.send('GET', path));
      if (polled === null) return null;
      const now = polled.as(JobAnswer, 200).job;
      if (now.status !== 'queued') return now;
    }
  }

  /** The first answer that is not a failure of the service; null when the shop closes before there is one. */
  async #patiently(ask: () => Promise<Answer>): Promise<Answer | null> {
    while (!this.#isOver) {
      const startedAt = performance.now();
      try {
        const answer = await ask();
        if (answer.status < 500) return answer;
        this.troubles.push({ said: answer.said, ms: answer.ms });
      } catch (error) {
        const said = error instanceof Error ? `${error.name} ${error.message}` : String(error);
        this.troubles.push({ said, ms: performance.now() - startedAt });
      }
      await sleep(TRY_AGAIN_MS);
    }
    return null;
  }

  get #isOver(): boolean {
    return this.#stop.signal.aborted;
  }
}
