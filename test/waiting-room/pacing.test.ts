import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { QueuePolicy } from '../../src/waiting-room/queue-policy';
import { testRedisUrl } from '../support/redis';
import { RoomDatabase } from './records';
import { TestRoom } from './room';

let url = '';
let database: RoomDatabase;
let rooms: TestRoom[] = [];
let room: TestRoom;
beforeAll(async () => {
  url = await testRedisUrl();
  database = await RoomDatabase.open();
});
afterAll(async () => database.drop());
afterEach(() => {
  for (const each of rooms) each.close();
  rooms = [];
});

async function open(policy: Partial<QueuePolicy> = {}): Promise<TestRoom> {
  const opened = await TestRoom.open(url, database, policy);
  rooms.push(opened);
  return opened;
}

/** What somebody is told who joins behind so many others. */
async function behind(others: number, policy: Partial<QueuePolicy> = {}) {
  room = await open(policy);
  await room.joinMany(1);
  await room.redis.eval(
    `for i = 2, tonumber(ARGV[1]) do redis.call('ZADD', KEYS[1], i, i) end`,
    1,
    `frontrow:{room:${room.concertId}}:waiting`,
    others,
  );
  return room.join(randomUUID());
}

describe('when to poll again', () => {
  test('is a second at the front', async () => {
    expect(await behind(1)).toMatchObject({ position: 2, pollAfterMs: 1000 });
  });

  test('grows with the distance: a quarter of the soonest possible wait', async () => {
    expect((await behind(3_999)).pollAfterMs).toBe(10_000);
  });

  test('stays within a third of the patience of an ordinary room', async () => {
    expect((await behind(50_000)).pollAfterMs).toBe(20_000);
  });

  test('keeps a vast room near 10,000 polls a second, and waits as long for whoever obeys', async () => {
    const state = await behind(300_000 - 1);
    expect(state.pollAfterMs).toBe(30_000);
  });

  test('leaves two thirds of a short admission to be used', async () => {
    expect((await behind(300_000, { activeTtlSeconds: 15 })).pollAfterMs).toBe(5_000);
  });

  test('is sooner than a second where the room is that impatient', async () => {
    expect((await behind(10, { abandonAfterSeconds: 1 })).pollAfterMs).toBe(333);
  });

  test('has an answer where nobody is admitted at all', async () => {
    expect((await behind(100, { maxActive: 0 })).pollAfterMs).toBe(20_000);
  });

  test('is soon near the front, and inside, however slow the line: a room that was lost waits for these', async () => {
    const slow = { maxActive: 1, admitPerInterval: 1, admitIntervalMs: 60_000 };
    expect((await behind(49, slow)).pollAfterMs).toBe(4_000);
    expect((await behind(50, slow)).pollAfterMs).toBe(20_000);
  });

  test('is as soon for everybody inside, and later where that would be too many', async () => {
    room = await open();
    const [fan] = await room.joinMany(1);
    await room.tick();
    expect((await room.look(fan?.userId ?? ''))?.pollAfterMs).toBe(4_000);
    room.policy = { ...room.policy, maxActive: 100_000 };
    await room.tick();
    expect((await room.look(fan?.userId ?? ''))?.pollAfterMs).toBe(40_000);
  });

  test('does not take a rate that the slots cannot keep for the speed of the line', async () => {
    const state = await behind(10_000 - 1, {
      maxActive: 1000,
      admitPerInterval: 100_000,
      admitIntervalMs: 100,
    });
    expect(state.pollAfterMs).toBe(20_000);
  });

  test('does not take those who fill the slots at first for it either, but those who come after them', async () => {
    room = await open({ maxActive: 20, admitPerInterval: 20 });
    const fans = await room.joinMany(100);
    const last = fans[99]?.userId ?? '';
    await room.tick();
    // Nobody has left: number 80 waits for four more visits of ten seconds each.
    expect(await room.look(last)).toMatchObject({ position: 80, pollAfterMs: 10_000 });
    for (const { userId } of fans.slice(0, 20)) await room.room.leave(room.concertId, userId);
    await room.elapse(3_000);
    await room.tick();
    // Twenty in the four seconds that the room is old, and twice as many may come: six seconds and a little.
    const later = await room.look(last);
    expect(later?.position).toBe(60);
    expect(later?.pollAfterMs).toBeGreaterThanOrEqual(1_500);
    expect(later?.pollAfterMs).toBeLessThan(2_500);
  });
});

describe('figures', () => {
  test('estimate the wait from the observed rate', async () => {
    room = await open({ maxActive: 4, admitPerInterval: 2, admitIntervalMs: 1000 });
    const fans = await room.joinMany(10);
    const last = fans[9]?.userId ?? '';
    expect((await room.look(last))?.estimatedWaitSeconds).toBeNull();
    await room.tick();
    // Two in the one interval that they stand for; eight are left.
    expect((await room.look(last))?.estimatedWaitSeconds).toBe(4);
    await room.elapse(1_000);
    await room.tick();
    expect((await room.stats()).admittedPerSecond).toBeCloseTo(2, 1);
    // The room is full now: nobody comes in, and the estimate grows until it cannot be known.
    await room.elapse(30_000);
    await room.tick();
    const later = (await room.look(last))?.estimatedWaitSeconds ?? 0;
    expect(later).toBeGreaterThan(40);
    await room.elapse(60_000);
    await room.tick();
    expect((await room.look(last))?.estimatedWaitSeconds).toBeNull();
    expect((await room.stats()).admittedPerSecond).toBe(0);
  });

  test('are not told from a rate that nobody has measured for long', async () => {
    room = await open({ maxActive: 1 });
    const [, fan] = await room.joinMany(2);
    await room.tick();
    expect((await room.look(fan?.userId ?? ''))?.estimatedWaitSeconds).toEqual(expect.any(Number));
    await room.elapse(61_000);
    expect((await room.look(fan?.userId ?? ''))?.estimatedWaitSeconds).toBeNull();
  });

  test('remember only as many admissions as they need', async () => {
    room = await open({ admitPerInterval: 1 });
    await room.joinMany(80);
    for (let i = 0; i < 80; i += 1) {
      await room.tick();
      await room.elapse(1_000);
    }
    const kept = await room.redis.zcard(`frontrow:{room:${room.concertId}}:admissions`);
    expect(kept).toBeLessThanOrEqual(66);
    expect(await room.stats()).toMatchObject({ admittedTotal: 80, waiting: 0 });
    expect((await room.stats()).admittedPerSecond).toBeCloseTo(1, 1);
  });

  test('remember an hour of admissions in a few hundred entries', async () => {
    room = await open({ maxActive: 0 });
    await room.tick();
    const key = `frontrow:{room:${room.concertId}}:admissions`;
    await room.redis.eval(
      `local now = redis.call('TIME')[1] * 1000000
       for i = 1, 20000 do redis.call('ZADD', KEYS[1], now - (20000 - i) * 200000, i) end`,
      1,
      key,
    );
    room.policy = { ...room.policy, maxActive: 1 };
    await room.tick();
    // Two in ten seconds at most, those of the last minute, and the one that counts begin with.
    const kept = await room.redis.zcard(key);
    expect(kept).toBeLessThanOrEqual(2 * 354 + 300 + 1);
    // And never fewer than one in ten seconds: a longer interval would count from too far back.
    expect(kept).toBeGreaterThanOrEqual(354 + 300);
    expect(Number((await room.redis.zrange(key, '0', '0'))[0])).toBeGreaterThan(1);
  });

  test('say how long the first in line has waited', async () => {
    room = await open();
    await room.joinMany(2);
    const key = `frontrow:{room:${room.concertId}}:waiting`;
    await room.redis.zincrby(key, -90_000_000, (await room.waiting())[0] ?? '');
    expect((await room.stats()).oldestWaitSeconds).toBe(90);
  });
});
