import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Fan } from '../support/fan';
import type { Answer, Sent } from '../support/http';
import { refusal } from '../support/refusal';
import { type House, Stack } from '../support/stack';

let stack: Stack;
let house: House;
let fan: Fan;
beforeAll(async () => {
  stack = await Stack.start({ webs: 1, workers: 1 });
  house = await stack.house();
  fan = await stack.admitted(house.concertId);
});
// A 5xx would have been logged as an error, which fails this.
afterAll(async () => stack.stop());

const asFan = async (method: string, path: string, sent: Sent = {}): Promise<Answer> =>
  refusal(fan, method, path, sent);

const NUL = String.fromCodePoint(0);
const json = (type: string): Sent => ({ headers: { 'content-type': type } });

describe('a body', () => {
  const charge = async (sent: Sent): Promise<string> =>
    (await asFan('POST', '/api/points/charge', sent)).said;

  test.each([
    '{',
    '{"amount":',
    '[',
    'undefined',
    '{"amount":1}}',
    "{'amount':1}",
    '\u{feff}{',
    NUL,
    '"amount"',
    '7',
    'null',
    '[]',
  ])('that is no JSON object is refused: %j', async (raw) => {
    expect(await charge({ raw })).toBe('400 INVALID_REQUEST');
  });

  test('that is not there at all is refused', async () => {
    expect(await charge({})).toMatch(/^(400|415) /);
    expect(await charge({ raw: '', ...json('application/json') })).toBe('400 INVALID_REQUEST');
  });

  test.each([null, '5', 0, -1, 1.5, 1e300, true, [5], { value: 5 }, 10_000_001, undefined])(
    'with an amount that is none is refused: %j',
    async (amount) => {
      expect(await charge({ body: { amount } })).toBe('400 INVALID_REQUEST');
    },
  );

  test('larger than 64 KiB is refused, whether or not it says so', async () => {
    const raw = JSON.stringify({ amount: 1, filler: 'x'.repeat(100_000) });
    expect(await charge({ raw })).toBe('413 BODY_TOO_LARGE');
    expect(await charge({ raw: raw.repeat(40) })).toBe('413 BODY_TOO_LARGE');
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'nonsense',
  ])('of type %s is refused', async (type) => {
    expect(await charge({ raw: 'amount=5', ...json(type) })).toBe('415 UNSUPPORTED_MEDIA_TYPE');
  });

  test('in a coding or character set that is not taken is refused', async () => {
    for (const coding of ['br', 'gzip', 'deflate', 'zstd', 'nonsense']) {
      const headers = { 'content-type': 'application/json', 'content-encoding': coding };
      expect(await charge({ raw: '{"amount":1}', headers })).toMatch(/^(400|415) /);
    }
    expect(await charge({ raw: '{"amount":1}', ...json('application/json; charset=utf-7') })).toMatch(
      /^(400|415) /,
    );
    expect(await charge({ raw: new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]) })).toBe('400 INVALID_REQUEST');
  });

  test('nested without end is refused without a stack overflow', async () => {
    expect(await charge({ raw: `{"amount":${'['.repeat(30_000)}` })).toBe('400 INVALID_REQUEST');
    expect(await charge({ raw: `${'['.repeat(30_000)}${']'.repeat(30_000)}` })).toBe('400 INVALID_REQUEST');
  });

  test.each(['{"__proto__":{"role":"operator"},"amount":0}', '{"constructor":{"prototype":{"amount":5}}}'])(
    'cannot change what other requests see: %s',
    async (raw) => {
      expect(await charge({ raw })).toBe('400 INVALID_REQUEST');
      const concert = { body: { title: 'x', description: '' } };
      expect((await asFan('POST', '/api/admin/concerts', concert)).said).toBe('403 FORBIDDEN');
    },
  );

  test('with NUL characters is refused where it would be stored, and matches nothing elsewhere', async () => {
    const signup = { email: 'nul@fans.test', password: 'long enough', name: `a${NUL}b` };
    expect((await asFan('POST', '/api/auth/signup', { body: signup })).said).toBe('400 INVALID_REQUEST');
    const email = { ...signup, name: 'a', email: `n${NUL}l@fans.test` };
    expect((await asFan('POST', '/api/auth/signup', { body: email })).said).toBe('400 INVALID_REQUEST');
    for (const body of [email, { email: 'nul@fans.test', password: NUL }])
      expect((await asFan('POST', '/api/auth/login', { body })).said).toMatch(
        /^(400 INVALID_REQUEST|401 BAD_CREDENTIALS)$/,
      );
  });

  test.each([
    [[]],
    [[0]],
    [[-1]],
    [[1.5]],
    [['1']],
    [[1, 1]],
    [[2 ** 31]],
    [[2 ** 53]],
    [null],
    ['1'],
    [{}],
    [Array.from({ length: 101 }, (_, i) => i + 1)],
  ])('that names seats which cannot be is refused: %j', async (seatNumbers) => {
    const path = `/api/concerts/schedules/${house.scheduleId}/bookings`;
    expect((await asFan('POST', path, { body: { seatNumbers } })).said).toMatch(
      /^(400 INVALID_REQUEST|404 SEAT_NOT_FOUND)$/,
    );
  });
});
