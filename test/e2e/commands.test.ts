import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { JobAnswer, SeatMap, SignedIn } from '../support/contract';
import type { Fan } from '../support/fan';
import { send } from '../support/http';
import { type House, Stack } from '../support/stack';

const NO_WAIT = { headers: {} };

let stack: Stack;
let house: House;
let fan: Fan;
beforeAll(async () => {
  stack = await Stack.start();
  house = await stack.house({ seats: 60, seatLimit: 60, queue: { admitIntervalMs: 100 } });
  fan = await stack.admitted(house.concertId);
});
afterAll(async () => stack.stop());

describe('a command', () => {
  test('is answered 202 with its job at Location, which ends', async () => {
    const answer = await fan.hold(house.scheduleId, [1], NO_WAIT);
    const { job } = answer.as(JobAnswer, 202);
    expect(job).toMatchObject({ kind: 'hold', status: 'queued' });
    expect(answer.headers.get('location')).toBe(`/api/jobs/${job.id}`);
    expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(answer.headers.get('preference-applied')).toBeNull();
    expect(await fan.end(job.id)).toMatchObject({
      id: job.id,
      createdAt: job.createdAt,
      status: 'completed',
      result: { booking: { status: 'PENDING', seats: [{ number: 1 }] } },
    });
  });

  test('with Prefer: wait is answered 200 with its outcome', async () => {
    const answer = await fan.hold(house.scheduleId, [2], { headers: { prefer: 'wait=5' } });
    expect(answer.as(JobAnswer, 200).job.status).toBe('completed');
    expect(answer.headers.get('preference-applied')).toBe('wait=5');
    expect(answer.ms).toBeLessThan(4000);
  });

  test('with a longer Prefer: wait than allowed waits as long as is allowed, and says so', async () => {
    const answer = await fan.hold(house.scheduleId, [3], { headers: { prefer: 'respond-async, wait=600' } });
    expect(answer.as(JobAnswer, 200).job.status).toBe('completed');
    expect(answer.headers.get('preference-applied')).toBe('wait=10');
  });

  test('with Prefer: wait that is refused answers the refusal itself, with its jobId', async () => {
    const rival = await stack.admitted(house.concertId);
    const headers = { prefer: 'wait=5', 'idempotency-key': 'not-refused-at-once' };
    const answer = await rival.hold(house.scheduleId, [2, 4], { headers });
    const problem = answer.problem;
    expect(problem).toMatchObject({
      status: 409,
      code: 'SEAT_TAKEN',
      seatIds: [`${house.scheduleId}-2`],
      jobId: expect.any(String),
    });
    expect(await rival.job(String(problem['jobId']))).toMatchObject({
      status: 'rejected',
      error: { code: 'SEAT_TAKEN', status: 409, title: problem.title, detail: problem.detail },
    });
  });

  test('can be asked for with ?wait until it has ended', async () => {
    const { job } = (await fan.hold(house.scheduleId, [5], NO_WAIT)).as(JobAnswer, 202);
    const answer = await fan.send('GET', `/api/jobs/${job.id}?wait=10`);
    expect(answer.as(JobAnswer, 200).job.status).toBe('completed');
    expect(answer.headers.get('retry-after')).toBeNull();
  });

  test('is nobody else’s: neither its job nor its booking is found by another user', async () => {
    const { job } = (await fan.hold(house.scheduleId, [6])).as(JobAnswer, 200);
    const stranger = await stack.admitted(house.concertId);
    expect((await stranger.send('GET', `/api/jobs/${job.id}`)).said).toBe('404 JOB_NOT_FOUND');
    expect((await stranger.send('GET', `/api/bookings/${job.id}`)).said).toBe('404 BOOKING_NOT_FOUND');
    expect((await stranger.pay(job.id)).said).toBe('404 BOOKING_NOT_FOUND');
    expect((await stranger.cancel(job.id)).said).toBe('404 BOOKING_NOT_FOUND');
  });
});

describe('an idempotency key', () => {
  test('gives the same job back, to the other web process as well', async () => {
    const sent = { headers: { 'idempotency-key': 'hold-10' } };
    const first = await fan.hold(house.scheduleId, [10], sent);
    const again = await fan.hold(house.scheduleId, [10], sent);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.as(JobAnswer, 202, 200).job.id).toBe(first.as(JobAnswer, 202, 200).job.id);
  });

  test('gives the refusal back that the first request got', async () => {
    const rival = await stack.admitted(house.concertId);
    const sent = { headers: { 'idempotency-key': 'k', prefer: 'wait=5' } };
    const first = await rival.hold(house.scheduleId, [10], sent);
    const again = await rival.hold(house.scheduleId, [10], sent);
    expect([first.said, again.said]).toEqual(['409 SEAT_TAKEN', '409 SEAT_TAKEN']);
    expect(again.problem['jobId']).toBe(first.problem['jobId']);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  test('used for another request is refused: other seats, another path, a charge', async () => {
    const sent = { headers: { 'idempotency-key': 'once' } };
    const { job } = (await fan.hold(house.scheduleId, [11], sent)).as(JobAnswer, 202, 200);
    await fan.end(job.id);
    const others = [
      await fan.hold(house.scheduleId, [12], sent),
      await fan.send('POST', `/api/concerts/seats/${house.scheduleId}-11/book`, sent),
      await fan.pay(job.id, sent),
      await fan.cancel(job.id, sent),
      await fan.send('POST', '/api/points/charge', { ...sent, body: { amount: 5 } }),
    ];
    expect(others.map((answer) => answer.said)).toEqual(others.map(() => '422 IDEMPOTENCY_KEY_REUSED'));
  });

  test('of one user says nothing to another', async () => {
    const rival = await stack.admitted(house.concertId);
    const headers = { 'idempotency-key': 'once', prefer: 'wait=5' };
    expect((await rival.hold(house.scheduleId, [13], { headers })).said).toBe('200');
  });
});

describe('the seat map', () => {
  const path = (query = ''): string => `/api/concerts/schedules/${house.scheduleId}/seats${query}`;

  test('answers 304 while nothing changes, on every process, and anew after a hold', async () => {
    const map = await fan.send('GET', path());
    const etag = map.headers.get('etag') ?? '';
    expect(etag).toMatch(/^W\/"[^"]+"$/);
    const headers = { 'if-none-match': etag };
    for (let i = 0; i < 4; i += 1) {
      const same = await fan.send('GET', path(), { headers });
      expect([same.status, same.text, same.headers.get('etag')]).toEqual([304, '', etag]);
    }
    await fan.held(house.scheduleId, [20]);
    const changed = await fan.send('GET', path(), { headers });
    const { seats, version } = changed.as(SeatMap, 200);
    expect(changed.headers.get('etag')).not.toBe(etag);
    expect(version).toBeGreaterThan(map.as(SeatMap, 200).version);
    expect(seats[19]).toEqual({
      id: `${house.scheduleId}-20`,
      section: 'A',
      row: '1',
      number: 20,
      price: 1000,
      attributes: {},
      status: 'HELD',
    });
  });

  test('?status=available leaves out what is held or sold', async () => {
    await fan.held(house.scheduleId, [21]);
    const all = (await fan.send('GET', path())).as(SeatMap, 200).seats;
    const narrow = await fan.send('GET', path('?status=available'));
    expect(narrow.as(SeatMap, 200).seats).toEqual(all.filter((seat) => seat.status === 'AVAILABLE'));
    expect(narrow.headers.get('etag')).not.toBe((await fan.send('GET', path())).headers.get('etag'));
  });
});

describe('signing out', () => {
  test('one process is believed by the other at once', async () => {
    const body = { email: 'leaver@fans.test', password: 'password of a leaver', name: 'Leaver' };
    const { accessToken: token } = (await send(stack.origin(0), 'POST', '/api/auth/signup', { body })).as(
      SignedIn,
      201,
    );
    expect((await send(stack.origin(1), 'GET', '/api/users/me', { token })).status).toBe(200);
    const { accessToken: other } = (await send(stack.origin(1), 'POST', '/api/auth/login', { body })).as(
      SignedIn,
      200,
    );
    expect((await send(stack.origin(0), 'POST', '/api/auth/logout', { token })).status).toBe(204);
    for (const origin of stack.origins) {
      expect((await send(origin, 'GET', '/api/users/me', { token })).said).toBe('401 TOKEN_REVOKED');
      expect((await send(origin, 'GET', '/api/users/me', { token: other })).status).toBe(200);
    }
  });

  test('the invariants hold after all of this', async () => {
    expect(await stack.violations()).toEqual([]);
  });
});
