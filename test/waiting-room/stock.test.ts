import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createSubscriptions } from '../../src/lib/subscriptions';
import { listenToRoom, roomKeys, type RoomNews, type RoomStock } from '../../src/waiting-room';
import type { QueuePolicy } from '../../src/waiting-room/queue-policy';
import { until } from '../support/until';
import { type TestRoom, testRooms } from './room';

const rooms = testRooms();
let room: TestRoom;
beforeEach(async () => {
  room = await rooms.open();
});

const whole = (available: number, held: number, dates = 1): RoomStock => ({
  dates,
  available,
  held,
  isWhole: true,
});
const atLeast = (available: number, held: number): RoomStock => ({
  dates: 1,
  available,
  held,
  isWhole: false,
});
const UNCOUNTED: RoomStock = { dates: 0, available: 0, held: 0, isWhole: false };

/** A tick after which so much is left. */
async function tickWith(stock: RoomStock, policy: Partial<QueuePolicy> = {}) {
  room.stock = stock;
  room.policy = { ...room.policy, ...policy };
  return room.tick();
}

let listener: TestRoom['redis'] | null = null;
afterEach(() => {
  listener?.disconnect();
  listener = null;
});

async function listening(): Promise<{ heard: RoomNews[]; settle: () => Promise<void> }> {
  const heard: RoomNews[] = [];
  const own = room.redis.duplicate();
  listener = own;
  await listenToRoom(createSubscriptions(own), room.concertId, (news) => heard.push(news));
  return { heard, settle: async () => void (await own.ping()) };
}

describe('a room whose concert is sold out', () => {
  test('lets nobody in, says so to those who wait and those inside, and goes on when a seat comes free', async () => {
    const [inside] = await room.joinMany(1);
    await tickWith(whole(1, 0));
    const [fan] = await room.joinMany(3);
    expect(await tickWith(whole(0, 0))).toMatchObject({ admitted: 0, waiting: 3, retryInMs: null });
    const told = { phase: 'SOLD_OUT', stock: { available: 0, held: 0 } };
    expect(await room.look(fan?.userId ?? '')).toMatchObject({
      ...told,
      status: 'WAITING',
      position: 1,
      estimatedWaitSeconds: null,
    });
    expect(await room.look(inside?.userId ?? '')).toMatchObject({ ...told, status: 'ACTIVE', mayHold: true });
    expect(await room.join(randomUUID())).toMatchObject(told);
    expect(await tickWith(whole(1, 0))).toMatchObject({ admitted: 4 });
    expect(await room.look(fan?.userId ?? '')).toMatchObject({
      phase: 'OPEN',
      stock: { available: 1, held: 0 },
    });
  });

  test('is one in which nothing is held either: whoever holds may give back', async () => {
    await room.joinMany(2);
    expect(await tickWith(whole(0, 1))).toMatchObject({ admitted: 2 });
  });

  test('keeps the places of the silent, as no one passes them', async () => {
    const [fan] = await room.joinMany(2);
    await tickWith(whole(0, 0));
    await room.silence(fan?.userId ?? '');
    expect(await tickWith(whole(0, 0))).toMatchObject({ abandoned: 0, waiting: 2 });
    expect(await tickWith(whole(1, 0))).toMatchObject({ abandoned: 1, admitted: 1 });
  });

  test('is told before a pause, and after an opening that is still to come', async () => {
    const [fan] = await room.joinMany(1);
    const phase = async () => (await room.look(fan?.userId ?? ''))?.phase;
    await tickWith(whole(0, 0), { paused: true });
    expect(await phase()).toBe('SOLD_OUT');
    await tickWith(whole(0, 1));
    expect(await phase()).toBe('PAUSED');
    room.booking = { isOpen: false, opensAtMs: Date.now() + 60_000 };
    await tickWith(whole(0, 0));
    expect(await phase()).toBe('BEFORE_OPENING');
  });

  test('is not one without an open date, of which nothing is told', async () => {
    const [fan] = await room.joinMany(1);
    expect(await tickWith(whole(0, 0, 0))).toMatchObject({ admitted: 1 });
    expect(await room.look(fan?.userId ?? '')).toMatchObject({ phase: 'OPEN', stock: null });
  });

  test('stays so while its dates are not counted, until some are found to have seats', async () => {
    const [fan] = await room.joinMany(1);
    await tickWith(whole(0, 0));
    expect(await tickWith(UNCOUNTED)).toMatchObject({ admitted: 0 });
    expect(await room.look(fan?.userId ?? '')).toMatchObject({ phase: 'SOLD_OUT' });
    expect(await tickWith(atLeast(0, 3))).toMatchObject({ admitted: 1 });
    expect(await room.look(fan?.userId ?? '')).toMatchObject({ phase: 'OPEN', stock: null });
  });

  test('lets those in who are owed their admission after a loss, and nobody behind them', async () => {
    room = await rooms.open({ maxActive: 2 });
    const [first, second, third] = await room.joinMany(3);
    await tickWith(whole(5, 0));
    const tokens = await Promise.all(
      [first, second, third].map(async (fan) => {
        const state = await room.look(fan?.userId ?? '', fan?.token);
        return { userId: fan?.userId ?? '', token: state?.queueToken ?? '' };
      }),
    );
    await room.redis.del(...roomKeys(room.concertId));
    room.policy = { ...room.policy, maxActive: 1 };
    await rooms.database.sequelize.query('UPDATE concerts SET max_active = 1 WHERE id = $1', {
      bind: [room.concertId],
    });
    for (const { userId, token } of tokens) await room.join(userId, token);
    await room.elapseTicking(9_001);
    expect(await tickWith(whole(0, 0))).toMatchObject({ active: 1, waiting: 2 });
    room.policy = { ...room.policy, maxActive: 10 };
    expect(await tickWith(whole(0, 0))).toMatchObject({ admitted: 1, active: 2, waiting: 1 });
    expect(await room.look(tokens[2]?.userId ?? '')).toMatchObject({ status: 'WAITING', phase: 'SOLD_OUT' });
  });

  test('is forgotten with the room, and found again by the next tick', async () => {
    const [fan] = await room.joinMany(1);
    await tickWith(whole(0, 0));
    await room.redis.del(...roomKeys(room.concertId));
    expect(await room.join(fan?.userId ?? '', fan?.token)).toMatchObject({ stock: null });
    await room.elapse(20_000);
    expect(await tickWith(whole(0, 0))).toMatchObject({ admitted: 0, waiting: 1 });
    expect(await room.look(fan?.userId ?? '')).toMatchObject({ phase: 'SOLD_OUT' });
  });

  test('is so no more where only builds tick that do not know of it', async () => {
    const [fan] = await room.joinMany(1);
    await tickWith(whole(0, 0));
    const later = `local room = cmsgpack.unpack(redis.call('HGET', KEYS[1], 'state'))
      room.tickedAtMs = room.tickedAtMs + tonumber(ARGV[1])
      redis.call('HSET', KEYS[1], 'state', cmsgpack.pack(room))`;
    const tickedLater = async (ms: number) =>
      room.redis.eval(later, 1, roomKeys(room.concertId)[5] ?? '', String(ms));
    await tickedLater(5000);
    expect(await room.look(fan?.userId ?? '')).toMatchObject({ phase: 'SOLD_OUT' });
    await tickedLater(1);
    expect(await room.look(fan?.userId ?? '')).toMatchObject({ phase: 'OPEN', stock: null });
  });
});

describe('everybody', () => {
  test('is told at once of being sold out and of the return, and of figures only with the next look', async () => {
    const [fan] = await room.joinMany(1);
    const paused = { paused: true };
    await tickWith(whole(9, 3), paused);
    const { heard, settle } = await listening();
    for (let left = 8; left > 0; left -= 1) await tickWith(whole(left, 0));
    await settle();
    expect(heard).toEqual([]);
    await tickWith(whole(0, 0));
    await tickWith(whole(0, 0));
    await settle();
    expect(heard).toEqual([{ kind: 'room' }]);
    const turnedAtMs = Date.now();
    await until(
      'the return',
      async () => (await tickWith(whole(2, 0)), heard.length),
      (told) => told === 2,
    );
    expect(Date.now() - turnedAtMs).toBeLessThan(2000);
    expect(heard[1]).toEqual({ kind: 'room' });
    expect(await room.look(fan?.userId ?? '')).toMatchObject({ phase: 'PAUSED', stock: { available: 2 } });
  });

  test('is not told of seats that come and go faster than a crowd can be', async () => {
    await room.join(randomUUID());
    const fill = `for i = 1, tonumber(ARGV[1]) do redis.call('ZADD', KEYS[1], i, i) end`;
    await room.redis.eval(fill, 1, roomKeys(room.concertId)[0] ?? '', 100_000);
    const paused = { paused: true };
    await tickWith(whole(1, 0), paused);
    const { heard, settle } = await listening();
    for (let turn = 0; turn < 20; turn += 1) await tickWith(whole(turn % 2, 0));
    await settle();
    expect(heard).toEqual([{ kind: 'room', withinMs: 10_000 }]);
  });

  test('who is let in by the return is told at once, however large the crowd that is told in turn', async () => {
    room.policy = { ...room.policy, maxActive: 1 };
    const [fan] = await room.joinMany(1);
    await tickWith(whole(0, 0));
    const fill = `for i = 1, tonumber(ARGV[1]) do redis.call('ZADD', KEYS[1], 9e15 + i, i) end`;
    await room.redis.eval(fill, 1, roomKeys(room.concertId)[0] ?? '', 100_000);
    const state = `local room = cmsgpack.unpack(redis.call('HGET', KEYS[1], 'state')) room.soldOutTellingMs = 0
      redis.call('HSET', KEYS[1], 'state', cmsgpack.pack(room))`;
    await room.redis.eval(state, 1, roomKeys(room.concertId)[5] ?? '');
    const { heard, settle } = await listening();
    await tickWith(whole(1, 0));
    await settle();
    expect(heard).toEqual([
      { kind: 'room', withinMs: 10_000 },
      { kind: 'users', userIds: [fan?.userId.toLowerCase()] },
    ]);
  });
});

describe('a room that admits no more than can be served', () => {
  const LIMITED = { admitBeyondStock: false };

  test('lets in as many as there are free seats, whatever the caps would allow', async () => {
    await room.joinMany(10);
    expect(await tickWith(whole(3, 7), LIMITED)).toMatchObject({ admitted: 3, waiting: 7 });
    expect(await tickWith(whole(3, 7))).toMatchObject({ admitted: 0 });
    expect(await tickWith(whole(5, 5))).toMatchObject({ admitted: 2 });
    expect(await tickWith(whole(2, 2))).toMatchObject({ admitted: 0 });
    expect(await tickWith(whole(0, 2))).toMatchObject({ admitted: 0, retryInMs: null });
    expect(await tickWith(whole(0, 2), { admitBeyondStock: true })).toMatchObject({ admitted: 5 });
  });

  test('lets nobody in while nothing is counted, or no date is open', async () => {
    await room.joinMany(2);
    expect(await tickWith(UNCOUNTED, LIMITED)).toMatchObject({ admitted: 0 });
    expect(await tickWith(whole(0, 0, 0))).toMatchObject({ admitted: 0 });
    expect(await tickWith(atLeast(1, 0))).toMatchObject({ admitted: 1 });
  });

  test('counts those inside who may choose, and not those who only have seats to pay for', async () => {
    room = await rooms.open({ activeTtlSeconds: 100 });
    const fans = await room.joinMany(6);
    await tickWith(whole(2, 0), LIMITED);
    const [holder, chooser] = fans.map(({ userId }) => userId);
    const end = await room.hold(holder ?? '');
    await room.room.extend(room.concertId, [{ userId: holder ?? '', untilMs: end.getTime() }]);
    expect(await room.look(holder ?? '')).toMatchObject({ mayHold: true });
    expect(await tickWith(whole(2, 1))).toMatchObject({ admitted: 0 });
    await room.elapse(100_001);
    expect(await room.look(holder ?? '')).toMatchObject({ status: 'ACTIVE', mayHold: false });
    expect(await tickWith(whole(2, 1))).toMatchObject({ expired: 1, admitted: 2 });
    expect(await room.look(chooser ?? '')).toBeNull();
    expect(await tickWith(whole(3, 1))).toMatchObject({ admitted: 1, active: 4 });
  });

  test('never lets in one too many, however many tick at once', async () => {
    const policy = { maxActive: 5000, admitPerInterval: 5000 };
    room = await rooms.open(policy);
    await room.joinMany(60);
    room.policy = { ...room.policy, ...LIMITED };
    const turn = room.processes(4);
    const ticks = Array.from({ length: 24 }, async (_, i) =>
      turn(i).tick(room.concertId, room.rules, whole(1 + i, 0)),
    );
    await Promise.all(ticks);
    expect(await room.stats()).toMatchObject({ active: 24, waiting: 36 });
  });

  test('takes those beyond what one tick may look at for choosing: rather one too few than one too many', async () => {
    room = await rooms.open({ maxActive: 100_000 });
    await room.joinMany(2);
    const fill = `for i = 1, tonumber(ARGV[1]) do
      redis.call('ZADD', KEYS[1], ARGV[2], 'm' .. i) redis.call('HSET', KEYS[2], 'm' .. i, '1 1') end`;
    const [, , active = '', places = ''] = roomKeys(room.concertId);
    const untilMs = `${Date.now() + 300_000}.5`;
    await room.redis.eval(fill, 2, active, places, '3999', untilMs);
    expect(await tickWith(whole(1, 9), LIMITED)).toMatchObject({ admitted: 1, active: 4000 });
    await room.redis.eval(fill, 2, active, places, '4100', untilMs);
    expect(await tickWith(whole(101, 9), LIMITED)).toMatchObject({ admitted: 0 });
    expect(await tickWith(whole(102, 9), LIMITED)).toMatchObject({ admitted: 1 });
  });

  test('is put back to letting in all whom the caps allow by the policy', async () => {
    await room.joinMany(4);
    await tickWith(whole(1, 0), LIMITED);
    expect(await tickWith(whole(1, 0), { admitBeyondStock: true })).toMatchObject({ admitted: 3 });
  });
});

describe('the estimate', () => {
  test('is not known where the seats may not last for all in front', async () => {
    room = await rooms.open({ maxActive: 1000, admitPerInterval: 2 });
    const fans = await room.joinMany(8);
    await tickWith(whole(2, 1));
    const estimates = await Promise.all(
      fans.slice(2).map(async ({ userId }) => (await room.look(userId))?.estimatedWaitSeconds ?? null),
    );
    expect(estimates.map((each) => each !== null)).toEqual([true, true, true, false, false, false]);
  });
});
