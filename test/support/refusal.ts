import { expect } from '@jest/globals';
import type { Fan } from './fan';
import { type Answer, send, type Sent } from './http';
import { until } from './until';

/** By when whoever needs what is away is told so. */
export const IN_TIME_MS = 3000;

/** Words of our insides, which no answer may show. */
export const INSIDES =
  /node_modules|\/src\/|\/dist\/|\bSELECT\b|\bINSERT\b|sequelize|postgres|ioredis|bullmq|\n\s+at /i;

/** A problem of the client's own making, with a code, and no word about our insides. */
export function expectRefusal(answer: Answer): void {
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  expect(answer.problem.code).not.toBe('');
  expect(answer.text).not.toMatch(INSIDES);
  expect(answer.headers.get('x-request-id')).toMatch(/^[\w.:-]{1,128}$/);
}

/** What this fan sends comes to a refusal, and nothing worse. */
export async function refusal(fan: Fan, method: string, path: string, sent: Sent = {}): Promise<Answer> {
  const answer = await fan.send(method, path, sent);
  expectRefusal(answer);
  return answer;
}

/** All of them say that something is away, in time, and when to come again. */
export function expectUnavailable(answers: readonly Answer[]): void {
  expect(answers.map((answer) => answer.said)).toEqual(answers.map(() => '503 UNAVAILABLE'));
  for (const { ms, headers } of answers) {
    expect(ms).toBeLessThan(IN_TIME_MS);
    expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  }
}

/** The web process is alive and soon says that it is not ready. @returns what it says */
export async function notReady(origin: string): Promise<Answer> {
  // Its last look may be a second old.
  const answer = await until(
    'not ready',
    async () => send(origin, 'GET', '/readyz'),
    ({ status }) => status !== 200,
    { withinMs: IN_TIME_MS },
  );
  expect((await send(origin, 'GET', '/healthz')).status).toBe(200);
  return answer;
}
