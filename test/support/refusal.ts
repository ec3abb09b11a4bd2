import { expect } from '@jest/globals';
import type { Answer } from './http';

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
