import { beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createSubscriptions } from '../../src/lib/subscriptions';
import { listenToRoom, roomKeys, type RoomNews } from '../../src/waiting-room';
import { memberOf } from '../../src/waiting-room/members';
import { untilIs } from '../support/until';
import { type TestRoom, testRooms } from './room';

const rooms = testRooms();
let room: TestRoom;
beforeEach(async () => {
  room = await rooms.open();
});

const bookingNow = async () =>
  (await rooms.database.records.rules([room.concertId])).get(room.concertId)?.booking;

describe('a concert without a date that can be booked', () => {
  test('lets nobody in, says since when somebody may, and opens for all at once', async () => {
    const opensAtMs = Date.now() + 600_000;
    room.booking = { isOpen: false, opensAtMs };
    const [fan] = await room.joinMany(3);
    expect(await room.tick()).toMatchObject({ admitted: 0, waiting: 3, retryInMs: null });
    expect(await room.look(fan?.userId ?? '')).toMatchObject({
      status: 'WAITING',
      position: 1,
      phase: 'BEFORE_OPENING',
      opensAt: new Date(opensAtMs).toISOString(),
      mayHold: false,
      estimatedWaitSeconds: null,
    });
    const heard: RoomNews[] = [];
    const listener = room.redis.duplicate();
    await listenToRoom(createSubscriptions(listener), room.concertId, (news) => heard.push(news));
    room.booking = { isOpen: true, opensAtMs: null };
    expect(await room.tick()).toMatchObject({ admitted: 3 });
    await listener.ping();
    expect(heard).toEqual([{ kind: 'room' }]);
    expect(await room.look(fan?.userId ?? '')).toMatchObject({
      status: 'ACTIVE',
      phase: 'OPEN',
      opensAt: null,
    });
    listener.disconnect();
  });

  test('is told from one that is paused', async () => {
    room.policy = { ...room.policy, paused: true };
    const [fan] = await room.joinMany(1);
    await room.tick();
    expect(await room.look(fan?.userId ?? '')).toMatchObject({ phase: 'PAUSED', opensAt: null });
    room.booking = { isOpen: false, opensAtMs: null };
    await room.tick();
    expect(await room.look(fan?.userId ?? '')).toMatchObject({ phase: 'BEFORE_OPENING', opensAt: null });
  });

  test('says so to the very first who joins', async () => {
    await rooms.database.noDates(room.concertId);
    await rooms.database.date(room.concertId, 10, 60);
    expect(await room.join('00000000-0000-7000-8000-000000000001')).toMatchObject({
      phase: 'BEFORE_OPENING',
    });
  });
});

describe('whether a date can be booked', () => {
  test('is what Postgres says of all of them', async () => {
    expect(await bookingNow()).toEqual({ isOpen: true, opensAtMs: null });
    await rooms.database.noDates(room.concertId);
    expect(await bookingNow()).toEqual({ isOpen: false, opensAtMs: null });
    await rooms.database.date(room.concertId, -20, -10);
    expect(await bookingNow()).toEqual({ isOpen: false, opensAtMs: null });
    await rooms.database.date(room.concertId, 20, 30);
    await rooms.database.date(room.concertId, 10, 30);
    const later = await bookingNow();
    expect(later?.isOpen).toBe(false);
    expect(Math.abs((later?.opensAtMs ?? 0) - Date.now() - 600_000)).toBeLessThan(60_000);
    await rooms.database.date(room.concertId, 0.001, 30);
    await untilIs('the booking', async () => (await bookingNow())?.isOpen, true);
    expect(await bookingNow()).toEqual({ isOpen: true, opensAtMs: null });
  });
});

describe('a room with a moment of its own', () => {
  const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

  test('opens then, by the clock of Postgres, although a date can be booked already', async () => {
    room = await rooms.open({ opensAt: inMs(700) });
    const opensAtMs = Date.parse(room.policy.opensAt ?? '');
    expect(await bookingNow()).toEqual({ isOpen: false, opensAtMs });
    await untilIs('the opening', async () => (await bookingNow())?.isOpen, true, { everyMs: 5 });
    expect(Date.now()).toBeGreaterThanOrEqual(opensAtMs);
    expect(Date.now()).toBeLessThan(opensAtMs + 300);
  });

  test('waits for the first date where that can be booked later, and tells of a past moment no more', async () => {
    room = await rooms.open({ opensAt: inMs(100) });
    await rooms.database.noDates(room.concertId);
    expect((await bookingNow())?.opensAtMs).toBe(Date.parse(room.policy.opensAt ?? ''));
    await untilIs('the moment', async () => (await bookingNow())?.opensAtMs === null, true);
    expect(await bookingNow()).toEqual({ isOpen: false, opensAtMs: null });
    await rooms.database.date(room.concertId, 10, 30);
    expect((await bookingNow())?.opensAtMs).toBeGreaterThan(Date.now() + 500_000);
  });

  test('takes it over without a tick when it is set', async () => {
    const [fan] = await room.joinMany(1);
    await room.tick();
    const later = await rooms.open({ opensAt: inMs(60_000) });
    expect(await later.join(fan?.userId ?? '')).toMatchObject({ phase: 'BEFORE_OPENING' });
    await rooms.database.opensAt(later.concertId, null);
    await later.room.setPolicy(later.concertId, { ...later.policy, opensAt: null });
    expect(await later.look(fan?.userId ?? '')).toMatchObject({ phase: 'OPEN', opensAt: null });
  });
});

describe('the looks of a crowd around the opening', () => {
  const CROWD = 200_000;
  const ROUND_MS = 20_000;

  async function toldAt(position: number, leftMs: number): Promise<number> {
    room.booking = { isOpen: false, opensAtMs: Date.now() + leftMs };
    await room.tick();
    const userId = randomUUID();
    await room.join(userId);
    const key = roomKeys(room.concertId)[0] ?? '';
    await room.redis.zadd(key, position - 0.5, memberOf(userId));
    const told = (await room.look(userId))?.pollAfterMs ?? 0;
    await room.redis.zrem(key, memberOf(userId));
    return told;
  }

  beforeEach(async () => {
    await room.join(randomUUID());
    const fill = `for i = 1, tonumber(ARGV[1]) do redis.call('ZADD', KEYS[1], i, i) end`;
    await room.redis.eval(fill, 1, roomKeys(room.concertId)[0] ?? '', CROWD);
  });

  test('are as ever while it is far, and then one each, in turn, over the time that so many need', async () => {
    expect(await toldAt(CROWD / 2, 600_000)).toBe(ROUND_MS);
    const leftMs = 3_000;
    const told = [];
    for (let part = 1; part <= 10; part += 1) told.push(await toldAt((part * CROWD) / 10, leftMs));
    for (const [index, ms] of told.entries()) {
      const wantedMs = leftMs + 500 + ((index + 1) * ROUND_MS) / 10;
      expect(Math.abs(ms - wantedMs)).toBeLessThan(500);
    }
  });

  test('come at once near the front, and are as ever once it is open', async () => {
    expect(await toldAt(1, 500)).toBeLessThan(1_500);
    room.booking = { isOpen: true, opensAtMs: null };
    await room.redis.del(roomKeys(room.concertId)[1] ?? '');
    room.policy = { ...room.policy, maxActive: 0 };
    expect((await room.join(randomUUID())).pollAfterMs).toBeGreaterThan(ROUND_MS - 1);
  });

  test('are no later after it than an admission leaves time for', async () => {
    room.policy = { ...room.policy, activeTtlSeconds: 15 };
    // A third of fifteen seconds, instead of the twenty that so many need.
    const toldMs = await toldAt(CROWD, 3_000);
    expect(toldMs).toBeGreaterThan(8_000);
    expect(toldMs).toBeLessThanOrEqual(8_500);
  });

  test('come round as fast as so many can while a draw is made: nobody knows who is first', async () => {
    room.draw = { isDrawn: false, drawnAgoMs: null, upTo: 0, entrants: 0 };
    const key = roomKeys(room.concertId)[0] ?? '';
    await room.redis.zremrangebyrank(key, 50_000, -1);
    expect(await toldAt(25_000, 600_000)).toBe(20_000);
    const [soonest, latest] = [4_900, 5_100];
    const dueMs = await toldAt(25_000, -1);
    expect(dueMs).toBeGreaterThan(soonest);
    expect(dueMs).toBeLessThan(latest);
    room.booking = { isOpen: true, opensAtMs: null };
    await room.tick();
    const told = await room.join(randomUUID());
    expect(told.position).toBeNull();
    expect(told.pollAfterMs).toBeLessThan(latest);
    await room.redis.zremrangebyrank(key, 20, -1);
    expect((await room.join(randomUUID())).pollAfterMs).toBe(1_000);
  });

  test('of streams are called for within that time, too', async () => {
    const heard: RoomNews[] = [];
    const listener = room.redis.duplicate();
    await listenToRoom(createSubscriptions(listener), room.concertId, (news) => heard.push(news));
    room.policy = { ...room.policy, paused: true };
    await room.tick();
    await listener.ping();
    expect(heard).toEqual([{ kind: 'room', withinMs: ROUND_MS }]);
    listener.disconnect();
  });
});

describe('what the operators say to everybody', () => {
  test('is told with every state, whatever is in it, and gone when it is taken back', async () => {
    const message = 'Two lines,\n5 words 😀';
    room.policy = { ...room.policy, message, maxActive: 1 };
    const [first, second] = await room.joinMany(2);
    await room.tick();
    expect(await room.look(first?.userId ?? '')).toMatchObject({ status: 'ACTIVE', message });
    expect(await room.look(second?.userId ?? '')).toMatchObject({ status: 'WAITING', position: 1, message });
    room.policy = { ...room.policy, message: null };
    await room.tick();
    expect(await room.look(second?.userId ?? '')).toMatchObject({ message: null, stock: null });
  });

  test('is known to a room that is opened anew', async () => {
    const told = await rooms.open({ message: 'Welcome' });
    expect(await told.join(randomUUID())).toMatchObject({ message: 'Welcome' });
  });
});
