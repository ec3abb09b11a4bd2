import { z } from 'zod';
import { parseSeatId } from '../../src/booking/seat-id';
import type { Answer } from './fan-client';
import type { PlannedRequest } from './plan';
import type { Sale } from './sale';

const StateAnswer = z.object({ status: z.string(), pollAfterMs: z.number(), queueToken: z.string() });
const HoldAnswer = z.object({
  job: z.object({ result: z.object({ booking: z.object({ id: z.string() }) }) }),
});
const TakenProblem = z.object({ code: z.literal('SEAT_TAKEN'), seatIds: z.array(z.string()) });
const FAILED = { bookingId: null, again: false };
const WAIT = { prefer: 'wait=10' };

/** One fan: joins, waits for the turn, chooses one to four seats, holds them, pays. */
export class SaleFan {
  readonly #taken = new Set<number>();
  #queueToken = '';

  constructor(
    readonly sale: Sale,
    readonly fan: number,
  ) {}

  async come(): Promise<void> {
    const { sale } = this;
    const cameAt = performance.now();
    const { concertId } = sale.plan;
    const body = JSON.stringify({ concertId });
    let state = this.#state(
      await this.#send('joins', [201], { method: 'POST', path: '/api/users/queue', body }),
    );
    sale.joined();
    while (state !== null && state.status !== 'ACTIVE') {
      await sale.pause(state.pollAfterMs);
      if (sale.isOver()) return;
      const path = `/api/users/queue?concertId=${concertId}`;
      state = this.#state(await this.#send('polls', [200], { method: 'GET', path }));
    }
    if (state === null) return;
    sale.times.wait.push(performance.now() - cameAt);
    await this.#buy();
  }

  #state(answer: Answer | null) {
    if (answer === null) return null;
    const state = StateAnswer.parse(JSON.parse(answer.body));
    this.#queueToken = state.queueToken;
    return state;
  }

  async #buy(): Promise<void> {
    const { sale } = this;
    const wanted = 1 + (this.fan % 4);
    while (!sale.isOver()) {
      const seatNumbers = sale.board.choose(wanted, this.#taken);
      if (seatNumbers.length === 0) {
        await sale.board.next(); // Somebody may still give seats back.
        continue;
      }
      const held = await this.#hold(seatNumbers);
      if (held.again) {
        await sale.board.next();
        continue;
      }
      if (held.bookingId !== null && (await this.#pay(held.bookingId))) sale.paid(seatNumbers.length);
      return;
    }
  }

  /** `again`: somebody was faster. Without a booking: it failed. */
  async #hold(seatNumbers: number[]): Promise<{ bookingId: string | null; again: boolean }> {
    const startedAt = performance.now();
    const path = `/api/concerts/schedules/${this.sale.plan.scheduleId}/bookings`;
    const body = JSON.stringify({ seatNumbers });
    const answer = await this.#send('holds', [200, 409], { method: 'POST', path, body, headers: WAIT });
    if (answer === null) return FAILED;
    this.sale.times.hold.push(performance.now() - startedAt);
    if (answer.status === 200) {
      return { bookingId: HoldAnswer.parse(JSON.parse(answer.body)).job.result.booking.id, again: false };
    }
    const problem = TakenProblem.safeParse(JSON.parse(answer.body));
    if (!problem.success) {
      this.sale.tally.refuse(answer.status, answer.body);
      return FAILED;
    }
    this.sale.tally.count('holds of a taken seat');
    for (const id of problem.data.seatIds) this.#taken.add(parseSeatId(id)?.number ?? 0);
    return { bookingId: null, again: true };
  }

  async #pay(bookingId: string): Promise<boolean> {
    const startedAt = performance.now();
    const path = `/api/concerts/bookings/${bookingId}/pay`;
    const answer = await this.#send('pays', [200], { method: 'POST', path, headers: WAIT });
    this.sale.times.pay.push(performance.now() - startedAt);
    return answer !== null;
  }

  /** @returns null for an answer of another status: it counts as an error, and this fan goes home */
  async #send(
    name: string,
    expected: number[],
    request: Omit<PlannedRequest, 'fan'>,
  ): Promise<Answer | null> {
    const { client, tally } = this.sale;
    const token = this.#queueToken === '' ? undefined : this.#queueToken;
    const answer = await client
      .send({ ...request, fan: this.fan }, token)
      .catch((error: unknown): Answer => ({ status: 0, body: String(error), etag: null }));
    tally.count(name);
    if (expected.includes(answer.status)) return answer;
    tally.refuse(answer.status, answer.body);
    return null;
  }
}
