import { describe, expect, test } from '@jest/globals';
import { userIdOf } from '../../src/waiting-room/members';
import type { QueuePolicy } from '../../src/waiting-room/queue-policy';
import { stopwatch } from '../support/stopwatch';
import { type TestRoom, testRooms } from './room';

const rooms = testRooms();
let room: TestRoom;
async function open(policy: Partial<QueuePolicy>): Promise<void> {
  room = await rooms.open(policy);
}

describe('a tick', () => {
  test('admits from the front, in order', async () => {
    await open({ maxActive: 2 });
    const fans = await room.joinMany(4);
    expect(await room.tick()).toMatchObject({
      admitted: 2,
      waiting: 2,
      active: 2,
      retryInMs: null,
      more: false,
    });
    const states = await Promise.all(fans.map((fan) => room.look(fan.userId)));
    expect(states.map((state) => state?.status)).toEqual(['ACTIVE', 'ACTIVE', 'WAITING', 'WAITING']);
    expect(states.map((state) => state?.position)).toEqual([0, 0, 1, 2]);
    expect(states[0]).toMatchObject({ estimatedWaitSeconds: 0, expiresAt: expect.stringMatching(/Z$/) });
  });

  test('of a room nobody opened opens it; of a concert that does not exist does nothing', async () => {
    await open({});
    expect(await room.tick()).toMatchObject({ admitted: 0, waiting: 0, active: 0 });
    expect(await room.room.tick('999999999', room.rules)).toMatchObject({ admitted: 0, waiting: 0 });
  });

  test('never admits more than maxActive at once, whoever ticks', async () => {
    await open({ maxActive: 7, admitPerInterval: 1000 });
    await room.joinMany(40);
    const processes = room.processes(4);
    const ticks = await Promise.all(
      Array.from({ length: 40 }, (_, i) => processes(i).tick(room.concertId, room.rules)),
    );
    expect(ticks.reduce((sum, tick) => sum + tick.admitted, 0)).toBe(7);
    expect(await room.stats()).toMatchObject({ active: 7, waiting: 33, admittedTotal: 7 });
  });

  test('never admits more than admitPerInterval in any window, whoever ticks', async () => {
    await open({ maxActive: 1000, admitPerInterval: 5, admitIntervalMs: 100 });
    await room.joinMany(60);
    const processes = room.processes(3);
    await Promise.all(
      [0, 1, 2].map(async (turn) => {
        let { waiting } = await processes(turn).tick(room.concertId, room.rules);
        while (waiting > 30) ({ waiting } = await processes(turn).tick(room.concertId, room.rules));
      }),
    );
    const at = (await room.admittedAtMs()).toSorted((a, b) => a - b);
    expect(at.length).toBeGreaterThanOrEqual(30);
    // Any six in a row span more than one interval (a millisecond of rounding down).
    for (let i = 5; i < at.length; i += 1) expect((at[i] ?? 0) - (at[i - 5] ?? 0)).toBeGreaterThanOrEqual(99);
  });

  test('slides the window: what was admitted late in one interval still counts early in the next', async () => {
    await open({ admitPerInterval: 10, admitIntervalMs: 60_000 });
    await room.joinMany(4);
    expect((await room.tick()).admitted).toBe(4);
    await room.elapse(50_000);
    await room.joinMany(20);
    expect((await room.tick()).admitted).toBe(6);
    await room.elapse(9_000);
    const early = await room.tick();
    expect(early.admitted).toBe(0);
    expect(early.retryInMs).toBeGreaterThan(0);
    expect(early.retryInMs).toBeLessThanOrEqual(1_000);
    await room.elapse(1_100);
    expect((await room.tick()).admitted).toBe(4);
    await room.elapse(50_000);
    expect((await room.tick()).admitted).toBe(6);
  });

  test('passes over those without a sign of life, and they have to join again', async () => {
    await open({ maxActive: 2 });
    const [absent, present, alsoAbsent, next, last] = await room.joinMany(5);
    await room.silence(absent?.userId ?? '');
    await room.silence(alsoAbsent?.userId ?? '');
    expect(await room.tick()).toMatchObject({ admitted: 2, abandoned: 2, waiting: 1 });
    const states = await Promise.all([present, next, last].map((fan) => room.look(fan?.userId ?? '')));
    expect(states.map((state) => state?.status)).toEqual(['ACTIVE', 'ACTIVE', 'WAITING']);
    expect(await room.look(absent?.userId ?? '', absent?.token)).toBeNull();
    expect((await room.stats()).abandonedTotal).toBe(2);
    expect((await room.join(absent?.userId ?? '', absent?.token)).position).toBe(2);
  });

  test('takes a poll as a sign of life for as long as the poll was told to wait', async () => {
    await open({ maxActive: 0, abandonAfterSeconds: 60 });
    const [fan] = await room.joinMany(1);
    const absentFromMs = Number(await room.absentFromMs(fan?.userId ?? ''));
    expect(Math.abs(absentFromMs - Date.now() - 60_000)).toBeLessThan(10_000);
  });

  test('bounds its work, and says that there is more', async () => {
    await open({ maxActive: 3 });
    const fans = await room.joinMany(1);
    const [waiting = '', seen = ''] = [0, 1].map(
      (i) => `frontrow:{room:${room.concertId}}:${['waiting', 'seen'][i]}`,
    );
    const ghosts = Array.from({ length: 6_000 }, (_, i) => `ghost${i}`);
    await room.redis.zadd(waiting, ...ghosts.flatMap((ghost, i) => [String(i + 1), ghost]));
    await room.redis.hset(seen, ...ghosts.flatMap((ghost) => [ghost, '1']));
    expect(await room.tick()).toMatchObject({ admitted: 0, abandoned: 5_003, more: true });
    expect(await room.tick()).toMatchObject({ admitted: 1, abandoned: 997, more: false, waiting: 0 });
    expect((await room.look(fans[0]?.userId ?? ''))?.status).toBe('ACTIVE');
  });
});

describe('the policy', () => {
  test('takes effect at the next tick, from whichever way it came', async () => {
    await open({ maxActive: 1 });
    await room.joinMany(6);
    expect((await room.tick()).admitted).toBe(1);
    room.policy = { ...room.policy, maxActive: 3 };
    await room.room.setPolicy(room.concertId, room.policy);
    expect((await room.tick()).admitted).toBe(2);
    room.policy = { ...room.policy, maxActive: 4 };
    expect((await room.tick()).admitted).toBe(1);
    room.policy = { ...room.policy, maxActive: 2 };
    expect(await room.tick()).toMatchObject({ admitted: 0, active: 4 });
  });

  test('lengthened beyond a minute finds those in its window who were admitted in it, and nobody else', async () => {
    await open({ admitPerInterval: 40 });
    await room.joinMany(70);
    expect((await room.tick()).admitted).toBe(40);
    await room.elapseTicking(50_000);
    // All are in by now, 40 of them long ago.
    await room.elapseTicking(70_000);
    await room.joinMany(5);
    expect((await room.tick()).admitted).toBe(5);
    await room.elapseTicking(30_000);
    await room.joinMany(50);
    room.policy = { ...room.policy, admitPerInterval: 20, admitIntervalMs: 90_000 };
    expect((await room.tick()).admitted).toBe(15);
    room.policy = { ...room.policy, admitPerInterval: 80, admitIntervalMs: 200_000 };
    // 40, 30, 5 and 15 of the last three minutes leave nothing: they were not forgotten either.
    expect((await room.tick()).admitted).toBe(0);
    room.policy = { ...room.policy, admitPerInterval: 100 };
    expect((await room.tick()).admitted).toBe(10);
  });

  test('paused admits nobody, keeps the places and gives no estimate', async () => {
    await open({});
    await room.joinMany(1);
    await room.tick();
    const [fan] = await room.joinMany(3);
    expect((await room.look(fan?.userId ?? ''))?.estimatedWaitSeconds).toEqual(expect.any(Number));
    room.policy = { ...room.policy, paused: true };
    expect(await room.tick()).toMatchObject({ admitted: 0, waiting: 3, retryInMs: null });
    expect(await room.look(fan?.userId ?? '')).toMatchObject({ position: 1, estimatedWaitSeconds: null });
    room.policy = { ...room.policy, paused: false };
    expect((await room.tick()).admitted).toBe(3);
  });
});

describe('an admission', () => {
  test('ends by its time, and the slot goes to the next', async () => {
    await open({ maxActive: 1, activeTtlSeconds: 10 });
    const [first, second] = await room.joinMany(2);
    await room.tick();
    await room.elapse(10_001);
    expect(await room.room.admission(room.concertId, first?.userId ?? '')).toBeNull();
    expect(await room.tick()).toMatchObject({ admitted: 1, expired: 1, active: 1 });
    expect((await room.look(second?.userId ?? ''))?.status).toBe('ACTIVE');
    expect(await room.look(first?.userId ?? '', first?.token)).toBeNull();
    expect((await room.stats()).expiredTotal).toBe(1);
  });

  test('frees its slot once, however many free it', async () => {
    await open({ maxActive: 2 });
    const [first] = await room.joinMany(5);
    await room.tick();
    const other = room.process();
    const left = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        (i % 2 ? other : room.room).leave(room.concertId, first?.userId ?? ''),
      ),
    );
    expect(left.filter(Boolean)).toHaveLength(1);
    expect(await room.tick()).toMatchObject({ admitted: 1, active: 2 });
  });

  test('ends when it is used up by a payment, and only the one that was', async () => {
    await open({ maxActive: 1 });
    const [fan] = await room.joinMany(2);
    const userId = fan?.userId ?? '';
    const end = async (paidAt: Date) =>
      (await room.room.endAdmissions(room.concertId, [{ userId, paidAtMs: paidAt.getTime() }])) === 1;
    expect(await end(new Date(Date.now() + 1_000))).toBe(false); // waits, is not admitted
    await room.tick();
    expect(await end(new Date(Date.now() - 60_000))).toBe(false); // paid before this place was taken
    expect(await end(new Date(Date.now() + 1_000))).toBe(true);
    expect(await end(new Date(Date.now() + 1_000))).toBe(false);
    expect(await room.tick()).toMatchObject({ admitted: 1, active: 1, expired: 0 });
  });

  test('that has run out gives way to a new place at once', async () => {
    await open({ maxActive: 1, activeTtlSeconds: 10 });
    const [first] = await room.joinMany(2);
    await room.tick();
    await room.elapse(10_001);
    expect(await room.join(first?.userId ?? '', first?.token)).toMatchObject({
      status: 'WAITING',
      position: 2,
    });
    expect(await room.stats()).toMatchObject({ expiredTotal: 1, active: 0 });
  });

  test('is raised by a hold and never lowered', async () => {
    await open({ activeTtlSeconds: 10, maxActive: 1 });
    const [fan, waiter] = await room.joinMany(2);
    const userId = fan?.userId ?? '';
    await room.tick();
    const laterMs = Date.now() + 300_000;
    expect(await room.room.extend(room.concertId, [{ userId, untilMs: laterMs }])).toBe(1);
    expect((await room.look(userId))?.expiresAt).toBe(new Date(laterMs).toISOString());
    expect(await room.room.extend(room.concertId, [{ userId, untilMs: laterMs - 1 }])).toBe(0);
    expect((await room.look(userId))?.expiresAt).toBe(new Date(laterMs).toISOString());
    expect(await room.room.extend(room.concertId, [{ userId: waiter?.userId ?? '', untilMs: laterMs }])).toBe(
      0,
    );
    expect((await room.look(waiter?.userId ?? ''))?.status).toBe('WAITING');
    expect(await room.room.extend(room.concertId, [])).toBe(0);
  });

  test('outlasts a live hold of which the room was never told', async () => {
    await open({ maxActive: 1, activeTtlSeconds: 10 });
    const [fan] = await room.joinMany(2);
    const userId = fan?.userId ?? '';
    await room.tick();
    const holdEnd = await room.hold(userId, 200_000);
    const asked = rooms.database.asked.neededUntil ?? 0;
    await room.elapse(60_000);
    expect(await room.tick()).toMatchObject({ admitted: 0, expired: 0, active: 1 });
    expect(await room.look(userId)).toMatchObject({ status: 'ACTIVE', expiresAt: holdEnd.toISOString() });
    expect(await room.tick()).toMatchObject({ active: 1 });
    expect(rooms.database.asked.neededUntil).toBe(asked + 1);
  });

  test('outlasts such a hold for the guard too, before any tick', async () => {
    await open({ activeTtlSeconds: 10 });
    const [fan] = await room.joinMany(1);
    const userId = fan?.userId ?? '';
    await room.tick();
    await room.hold(userId, 200_000);
    await room.elapse(10_001);
    expect(await room.room.admission(room.concertId, userId)).toMatchObject({ status: 'ACTIVE' });
    await room.elapse(250_000);
    expect((await room.join(userId)).status).toBe('ACTIVE');
  });
});

describe('waiters in a large room', () => {
  test('do not make a tick cost more', async () => {
    await open({ maxActive: 1000, admitPerInterval: 1000 });
    await room.joinMany(1);
    await room.redis.eval(
      `for i = 1, 100000 do redis.call('ZADD', KEYS[1], i, '#' .. i); redis.call('HSET', KEYS[2], '#' .. i, 9e15) end`,
      2,
      `frontrow:{room:${room.concertId}}:waiting`,
      `frontrow:{room:${room.concertId}}:seen`,
    );
    const elapsedMs = stopwatch();
    expect(await room.tick()).toMatchObject({ admitted: 1000, waiting: 99_001 });
    // Some ten milliseconds. The bound is for a busy machine, and far below what a walk over all would take.
    expect(elapsedMs()).toBeLessThan(300);
    expect(
      (await room.waiting())
        .map((member) => (member.startsWith('#') ? '' : userIdOf(member)))
        .filter(Boolean),
    ).toHaveLength(1);
  });
});
