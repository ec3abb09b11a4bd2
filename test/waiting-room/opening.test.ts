import { beforeEach, describe, expect, test } from '@jest/globals';
import { createSubscriptions } from '../../src/lib/subscriptions';
import { listenToRoom, type RoomNews } from '../../src/waiting-room';
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
    await rooms.database.date(room.concertId, 0.02, 30);
    expect(await bookingNow()).toEqual({ isOpen: true, opensAtMs: null });
  });
});
