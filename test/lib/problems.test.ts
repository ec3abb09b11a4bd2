import { describe, expect, test } from '@jest/globals';
import { REFUSALS } from '../../src/booking/types';
import { isProblemCode, Problem, PROBLEMS } from '../../src/lib/problems';

/** As the HTTP contract has them. Clients depend on both: a change here breaks them. */
const CONTRACT: Record<string, number> = {
  INVALID_REQUEST: 400,
  TOKEN_MISSING: 401,
  TOKEN_INVALID: 401,
  TOKEN_EXPIRED: 401,
  TOKEN_REVOKED: 401,
  BAD_CREDENTIALS: 401,
  INSUFFICIENT_POINTS: 402,
  FORBIDDEN: 403,
  ACCESS_CODE_REQUIRED: 403,
  ACCESS_CODE_INVALID: 403,
  ACCESS_CODE_USED: 403,
  QUEUE_TOKEN_MISSING: 403,
  QUEUE_TOKEN_INVALID: 403,
  QUEUE_WAITING: 403,
  QUEUE_EXPIRED: 403,
  NOT_FOUND: 404,
  NO_DRAW: 404,
  NOT_QUEUED: 404,
  CONCERT_NOT_FOUND: 404,
  SCHEDULE_NOT_FOUND: 404,
  SEAT_NOT_FOUND: 404,
  BOOKING_NOT_FOUND: 404,
  JOB_NOT_FOUND: 404,
  TICKET_NOT_FOUND: 404,
  EMAIL_TAKEN: 409,
  SEAT_TAKEN: 409,
  NOT_SOLD_OUT: 409,
  NOT_TOGETHER: 409,
  SOLD_OUT: 409,
  LEAVES_SINGLE_SEAT: 409,
  BOOKING_WINDOW_CLOSED: 409,
  SEAT_LIMIT: 409,
  HOLD_EXPIRED: 409,
  ALREADY_PAID: 409,
  ALREADY_CANCELLED: 409,
  ALREADY_USED: 409,
  TICKET_VOID: 409,
  NOT_CANCELLABLE: 409,
  BODY_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  IDEMPOTENCY_KEY_REUSED: 422,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  OVERLOADED: 503,
};

describe('the catalogue of problems', () => {
  test('has every code of the contract, with its status', () => {
    const statuses = Object.fromEntries(Object.entries(PROBLEMS).map(([code, { status }]) => [code, status]));
    expect(statuses).toMatchObject(CONTRACT);
  });

  test('has a code for everything that the rules refuse', () => {
    expect(REFUSALS.filter((code) => !(code in PROBLEMS))).toEqual([]);
  });

  test('has no other codes than those and the few that the contract leaves to us', () => {
    const others = Object.entries(PROBLEMS).filter(([code]) => !(code in CONTRACT));
    expect(others.map(([code, { status }]) => `${code} ${status}`).sort()).toEqual([
      'ALREADY_WAITING 409',
      'COMMAND_FAILED 500',
      'ENTRY_NOT_FOUND 404',
      'HEADERS_TOO_LARGE 431',
      'METHOD_NOT_ALLOWED 405',
      'REQUEST_TIMEOUT 408',
      'STANDING_AREA 409',
      'TICKET_FOR_ANOTHER_DATE 409',
      'USER_NOT_FOUND 404',
    ]);
  });

  test('knows its own codes and nothing that every object has', () => {
    expect(isProblemCode('SEAT_TAKEN')).toBe(true);
    for (const code of ['seat_taken', 'constructor', '__proto__', 'toString', ''])
      expect(isProblemCode(code)).toBe(false);
  });

  test('keeps the cause of a problem apart from what is told', () => {
    const cause = new Error('a secret of the inside');
    const problem = new Problem('UNAVAILABLE', 'Try again.', { cause, members: { parts: {} } });
    expect([problem.status, problem.title, problem.members]).toEqual([
      503,
      'Not available right now',
      { parts: {} },
    ]);
    expect(JSON.stringify([problem.detail, problem.members, problem.headers])).not.toContain('secret');
  });
});
