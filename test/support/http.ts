import type { ZodType } from 'zod';
import { Problem } from './contract';
import { stopwatch } from './stopwatch';

export interface Sent {
  token?: string | null;
  queueToken?: string | null;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is. */
  raw?: string | Uint8Array<ArrayBuffer>;
}

/** The header of HTTP Basic, as the dashboard wants it. */
export const basic = (email: string, password: string): { authorization: string } => ({
  authorization: `Basic ${Buffer.from(`${email}:${password}`).toString('base64')}`,
});

/** What came back, read to its end. */
export class Answer {
  constructor(
    readonly request: string,
    readonly status: number,
    readonly headers: Headers,
    readonly text: string,
    /** How long it took, by a stopwatch. */
    readonly ms: number,
  ) {}

  /** Of a table, which is no JSON: its text. */
  get json(): unknown {
    if (/^(text\/|image\/)/.test(this.headers.get('content-type') ?? '')) return this.text;
    const parsed: unknown = this.text === '' ? null : JSON.parse(this.text);
    return parsed;
  }

  /** The body, if the answer has one of these statuses and exactly this shape. @throws Error showing the answer */
  as<T>(schema: ZodType<T>, ...statuses: number[]): T {
    if (!statuses.includes(this.status)) throw new Error(`Expected ${statuses.join(' or ')}: ${this.told}`);
    const parsed = schema.safeParse(this.json);
    if (!parsed.success) throw new Error(`Not as the contract says: ${this.told}\n${parsed.error.message}`);
    return parsed.data;
  }

  /** The problem document. @throws Error when the answer is none, or says of itself another status */
  get problem() {
    const problem = this.as(Problem, this.status);
    const type = this.headers.get('content-type') ?? '';
    if (!type.startsWith('application/problem+json') || problem.status !== this.status)
      throw new Error(`Not a problem document: ${this.told}`);
    return problem;
  }

  /** For comparing at one glance: the status, and the code of a problem. */
  get said(): string {
    return this.status < 400 ? String(this.status) : `${this.status} ${this.problem.code}`;
  }

  get told(): string {
    const headers = JSON.stringify(Object.fromEntries(this.headers));
    return `${this.request} answered ${this.status} ${headers}\n${this.text.slice(0, 2000)}`;
  }
}

/** One request, answered or failed within a quarter of a minute: a hang is a fault too. */
export async function send(origin: string, method: string, path: string, sent: Sent = {}): Promise<Answer> {
  const { token = null, queueToken = null, body, raw, headers = {} } = sent;
  const payload = raw ?? (body === undefined ? null : JSON.stringify(body));
  const elapsedMs = stopwatch();
  const response = await fetch(`${origin}${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(queueToken === null ? {} : { 'x-queue-token': queueToken }),
      ...(payload === null ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: payload,
    signal: AbortSignal.timeout(15_000),
  });
  const text = await response.text();
  return new Answer(`${method} ${path}`, response.status, response.headers, text, elapsedMs());
}
