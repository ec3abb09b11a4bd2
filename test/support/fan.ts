import {
  type BookingView,
  Entries,
  type EntryView,
  JobAnswer,
  type JobView,
  type PaidResult,
  QueueState,
  type State,
} from './contract';
import { type Answer, send, type Sent } from './http';
import { until } from './until';

const WAIT = { prefer: 'wait=10' };

/** One fan with a phone: every request may reach another web process. */
export class Fan {
  queueToken: string | null = null;
  #turn: number;

  constructor(
    readonly id: string,
    readonly token: string,
    readonly origins: readonly string[],
    turn = 0,
  ) {
    this.#turn = turn;
  }

  /** As this fan, to the next web process; with the queue token once there is one. */
  async send(method: string, path: string, sent: Sent = {}): Promise<Answer> {
    this.#turn += 1;
    const origin = this.origins[this.#turn % this.origins.length] ?? '';
    return send(origin, method, path, { token: this.token, queueToken: this.queueToken, ...sent });
  }

  async join(concertId: string, accessCode?: string): Promise<State> {
    return this.#keep(await this.tryJoin(concertId, accessCode));
  }

  /** Joins, and may be refused. */
  tryJoin(concertId: string, accessCode?: string, sent: Sent = {}): Promise<Answer> {
    return this.send('POST', '/api/users/queue', { body: { concertId, accessCode }, ...sent });
  }

  async look(concertId: string): Promise<State> {
    return this.#keep(await this.send('GET', `/api/users/queue?concertId=${concertId}`));
  }

  /** Joins and polls until admitted. */
  async enter(concertId: string, withinMs = 20_000): Promise<State> {
    const joined = await this.join(concertId);
    return joined.status === 'ACTIVE' ? joined : this.admitted(concertId, { withinMs });
  }

  /** Polls until admitted. */
  async admitted(concertId: string, { withinMs = 20_000, everyMs = 150 } = {}): Promise<State> {
    const isActive = ({ status }: State): boolean => status === 'ACTIVE';
    return until('admitted', async () => this.look(concertId), isActive, { withinMs, everyMs });
  }

  leave(concertId: string): Promise<Answer> {
    return this.send('DELETE', `/api/users/queue?concertId=${concertId}`);
  }

  hold(scheduleId: string, seatNumbers: number[], sent: Sent = {}): Promise<Answer> {
    const path = `/api/concerts/schedules/${scheduleId}/bookings`;
    return this.send('POST', path, { body: { seatNumbers }, headers: WAIT, ...sent });
  }

  best(scheduleId: string, bestAvailable: object, sent: Sent = {}): Promise<Answer> {
    const path = `/api/concerts/schedules/${scheduleId}/bookings`;
    return this.send('POST', path, { body: { bestAvailable }, headers: WAIT, ...sent });
  }

  /** Joins the waiting list of a date. */
  waitFor(scheduleId: string, wish: object, sent: Sent = {}): Promise<Answer> {
    return this.send('POST', `/api/concerts/schedules/${scheduleId}/waitlist`, { body: wish, ...sent });
  }

  /** What this fan waits for, newest first. */
  async entries(): Promise<EntryView[]> {
    return (await this.send('GET', '/api/waitlist')).as(Entries, 200).entries;
  }

  /** The newest of them, once it has this status. */
  async entry(status: EntryView['status'], withinMs = 15_000): Promise<EntryView> {
    const isSo = (found: EntryView[]): boolean => found[0]?.status === status;
    const [entry] = await until(`an entry that is ${status}`, async () => this.entries(), isSo, { withinMs });
    if (entry === undefined) throw new Error('There is no entry');
    return entry;
  }

  pay(bookingId: string, sent: Sent = {}): Promise<Answer> {
    return this.send('POST', `/api/concerts/bookings/${bookingId}/pay`, { headers: WAIT, ...sent });
  }

  cancel(bookingId: string, sent: Sent = {}): Promise<Answer> {
    return this.send('POST', `/api/concerts/bookings/${bookingId}/cancel`, { headers: WAIT, ...sent });
  }

  /** Holds these seats. @throws Error when refused */
  async held(scheduleId: string, seatNumbers: number[]): Promise<BookingView> {
    const { job } = (await this.hold(scheduleId, seatNumbers)).as(JobAnswer, 200, 202);
    const { result } = await this.end(job.id);
    if (result === null) throw new Error('The hold was refused');
    return result.booking;
  }

  /** Pays for a booking. @throws Error when refused */
  async paid(bookingId: string): Promise<PaidResult> {
    const { job } = (await this.pay(bookingId)).as(JobAnswer, 200, 202);
    const { result } = await this.end(job.id);
    if (result === null || !('payment' in result)) throw new Error('The payment was refused');
    return result;
  }

  async job(jobId: string): Promise<JobView> {
    return (await this.send('GET', `/api/jobs/${jobId}`)).as(JobAnswer, 200).job;
  }

  /** The job once it has ended. */
  async end(jobId: string, withinMs = 15_000): Promise<JobView> {
    const isEnded = ({ status }: JobView): boolean => status !== 'queued';
    return until(`an end of job ${jobId}`, async () => this.job(jobId), isEnded, { withinMs });
  }

  #keep(answer: Answer): State {
    const state = answer.as(QueueState, 200, 201);
    this.queueToken = state.queueToken;
    return state;
  }
}

/** What a command came to: `completed`, the refusal's code, or the status of another answer. */
export async function outcomeOf(fan: Fan, answer: Answer): Promise<string> {
  if (answer.status >= 400) return answer.problem.code;
  const { job } = answer.as(JobAnswer, 200, 202);
  const ended = job.status === 'queued' ? await fan.end(job.id) : job;
  return ended.error?.code ?? ended.status;
}

/** How often each. */
export function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
