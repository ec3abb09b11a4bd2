import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { followSeats } from '../support/seat-events';
import { Stack } from '../support/stack';
import { until } from '../support/until';

const SEATS = 20_000;
// Postgres tells a connection's counts at most once a second, with a statement.
const COUNTED_AFTER_MS = 1100;

let stack: Stack;
beforeAll(async () => {
  // As few connections as may be: what one of them has read is told with its next statement.
  stack = await Stack.start({ webs: 1, workers: 1, env: { DATABASE_POOL: '2' } });
});
afterAll(async () => stack.stop());

/** How many seats have been read so far, by whatever way. */
async function seatsRead(): Promise<number> {
  await sleep(COUNTED_AFTER_MS);
  const fan = await stack.fan();
  await Promise.all([1, 2, 3, 4, 5, 6].map(async () => fan.send('GET', '/api/points')));
  const [row] = await stack.query<{ read: number }>(
    `SELECT (seq_tup_read + coalesce(idx_tup_fetch, 0) +
             (SELECT coalesce(sum(idx_tup_read), 0) FROM pg_stat_user_indexes WHERE relname = 'seats'))::float8 AS read
       FROM pg_stat_user_tables WHERE relname = 'seats'`,
  );
  return row?.read ?? 0;
}

describe('a hall of many seats', () => {
  test('is not read for somebody who waits', async () => {
    const { concertId } = await stack.house({ seats: 10, queue: { maxActive: 0 } });
    const dates = [
      await stack.date(concertId, { seats: SEATS, rows: 100 }),
      await stack.date(concertId, { seats: SEATS, rows: 100 }),
    ];
    const waiter = await stack.fan();
    await waiter.join(concertId);
    const before = await seatsRead();
    for (const date of dates) {
      const path = `/api/concerts/schedules/${date}`;
      expect((await waiter.send('GET', `${path}/seats`)).said).toBe('403 QUEUE_WAITING');
      expect((await waiter.send('GET', `${path}/seats/events`)).said).toBe('403 QUEUE_WAITING');
      expect((await waiter.hold(date, [1])).said).toBe('403 QUEUE_WAITING');
      expect((await waiter.send('POST', `/api/concerts/seats/${date}-7/book`)).said).toBe(
        '403 QUEUE_WAITING',
      );
      const beyond = await waiter.send('POST', `/api/concerts/seats/${date}-${SEATS + 1}/book`);
      expect(beyond.said).toBe('404 SEAT_NOT_FOUND');
    }
    expect((await seatsRead()) - before).toBeLessThan(50);
  });

  test('is not sent by Redis to whoever lists the open dates', async () => {
    const concertId = await stack.concert();
    const date = await stack.date(concertId, { seats: SEATS, rows: 100 });
    const fan = await stack.admitted(concertId);
    const list = async () => (await fan.send('GET', `/api/concerts/${concertId}/schedules/bookable`)).json;
    await list();
    await fan.held(date, [1, 2]);
    const counted = { schedules: [{ id: date, seats: { total: SEATS, available: SEATS - 2 } }] };
    await until('the hold', list, (told) => JSON.stringify(told).includes(`"available":${SEATS - 2}`));
    await stack.onRedis(async (redis) => {
      const sent = async () =>
        Number(/total_net_output_bytes:(\d+)/.exec(await redis.info('stats'))?.[1] ?? Number.NaN);
      const before = await sent();
      for (let n = 0; n < 20; n += 1) expect(await list()).toMatchObject(counted);
      expect((await sent()) - before).toBeLessThan(10 * SEATS);
    });
  });
});

describe('a web process that is told to stop', () => {
  test('ends its streams of seats, and what is connected without a word', async () => {
    const web = await stack.addWeb();
    const origin = stack.origin(1);
    const { concertId, scheduleId } = await stack.house();
    const fan = await stack.admitted(concertId);
    const events = await followSeats(fan, scheduleId, origin);
    await events.next();
    const silent = createConnection(Number(new URL(origin).port), '127.0.0.1');
    await new Promise((resolve) => silent.once('connect', resolve));
    const { code, ms } = await web.stop();
    expect(code).toBe(0);
    expect(ms).toBeLessThan(5000);
    expect(await events.next()).toBeNull();
    silent.destroy();
  });
});
