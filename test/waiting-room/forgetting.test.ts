import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { OPEN_ROOMS_KEY, roomKeys } from '../../src/waiting-room';
import { createRetentionStore, type RetentionStore } from '../../src/models/retention-store';
import { testRedisUrl } from '../support/redis';
import { HOUR_MS } from '../support/times';
import { RoomDatabase } from './records';
import { aged, BACK_WITHIN_MS, TestRoom } from './room';

let url: string;
let database: RoomDatabase;
let retention: RetentionStore;
let room: TestRoom;
beforeAll(async () => {
  [url, database] = await Promise.all([testRedisUrl(), RoomDatabase.open()]);
  retention = createRetentionStore(database.sequelize);
});
afterAll(async () => database.drop());
beforeEach(async () => {
  room = await TestRoom.open(url, database, { maxActive: 3, activeTtlSeconds: 600 });
});
afterEach(async () => {
  await room.redis.flushdb();
  room.close();
});

const forget = async () => room.room.forget(room.concertId);
const keysOfIt = async () => room.redis.keys(`*room:${room.concertId}}*`);
const isListed = async () => room.redis.sismember(OPEN_ROOMS_KEY, room.concertId);

/** Nobody has been heard of in the room for so long. */
async function silent(ms: number): Promise<void> {
  await room.elapse(ms, 'silent');
  const meta = roomKeys(room.concertId)[5] ?? '';
  await room.redis.hincrby(meta, 'lastSequence', -ms * 1000);
}

/** The concert's dates ended so many hours ago. */
async function over(hoursAgo: number): Promise<void> {
  await database.sequelize.query(
    `UPDATE schedules SET booking_start_at = now() - $2::float8 * interval '1 hour' - interval '3 days',
            booking_end_at = now() - $2::float8 * interval '1 hour' - interval '2 days',
            start_at = now() - $2::float8 * interval '1 hour' - interval '3 hours',
            end_at = now() - $2::float8 * interval '1 hour' WHERE concert_id = $1`,
    { bind: [room.concertId, hoursAgo] },
  );
  room.booking = { isOpen: false, opensAtMs: null };
}
const foundOver = async (): Promise<boolean> =>
  (await retention.overRooms('0', 1000)).some(({ concertId }) => concertId === room.concertId);

describe('a room that is over', () => {
  test('is removed with every key and everybody who waits without a word, and is ticked no more', async () => {
    await room.joinMany(5);
    await room.tick();
    await silent(2 * HOUR_MS);
    expect((await keysOfIt()).length).toBeGreaterThan(3);
    expect(await isListed()).toBe(1);
    expect(await forget()).toBe(true);
    expect([await keysOfIt(), await isListed()]).toEqual([[], 0]);
    expect(await forget()).toBe(true);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['somebody has joined within the hour', async () => silent(HOUR_MS).then(async () => room.joinMany(1))],
    ['somebody was heard of within the hour', async () => silent(HOUR_MS - 5000)],
    [
      'somebody is in it',
      async () => {
        await silent(2 * HOUR_MS);
        const [fan] = await room.waiting();
        await room.redis.zadd(roomKeys(room.concertId)[2] ?? '', Date.now() + 5000, fan ?? '');
      },
    ],
    [
      'a token of it may be owed an admission, where choosing lasts longer than an hour',
      async () => {
        room.policy = { ...room.policy, activeTtlSeconds: 3 * 3600 };
        await room.tick();
        await silent(2 * HOUR_MS);
        await room.redis.del(roomKeys(room.concertId)[2] ?? '');
      },
    ],
  ])('stays, and stays on the list, while %s', async (_why, make) => {
    await room.joinMany(1);
    await make();
    const before = await keysOfIt();
    expect(await forget()).toBe(false);
    expect((await keysOfIt()).toSorted()).toEqual(before.toSorted());
    expect(await isListed()).toBe(1);
  });

  test('lets nobody in a second time, however late Postgres was told of the first; its waiters have their places', async () => {
    const fans = await room.joinMany(5);
    await room.tick();
    // The last of it was not told before the process died.
    await database.sequelize.query('UPDATE concerts SET room_watermark = 0 WHERE id = $1', {
      bind: [room.concertId],
    });
    await silent(2 * HOUR_MS);
    expect(await forget()).toBe(true);
    expect(await database.watermarkOf(room.concertId)).toBeGreaterThan(0);

    // A new date, and everybody comes back with the tokens of before.
    const back: (string | null)[] = [];
    for (const { userId, token } of fans)
      back.push((await room.look(userId, aged(token, 7200)))?.status ?? null);
    expect(back).toEqual([null, null, null, 'WAITING', 'WAITING']);
    const [used] = fans;
    if (used === undefined) throw new Error('no fan');
    const anew = await room.join(used.userId, aged(used.token, 7200));
    expect([anew.status, anew.position]).toEqual(['WAITING', 3]);
  });

  test('is forgotten by the concert once, and again when it was opened again', async () => {
    await room.joinMany(2);
    await over(25);
    expect(await foundOver()).toBe(true);
    await silent(2 * HOUR_MS);
    const [found] = (await retention.overRooms('0', 1000)).filter(
      (each) => each.concertId === room.concertId,
    );
    if (found === undefined) throw new Error('not found');
    await forget();
    await retention.roomForgotten([found]);
    await retention.roomForgotten([found]);
    expect(await foundOver()).toBe(false);
    await room.joinMany(1);
    expect(await foundOver()).toBe(true);
    // Told late by another process: the room of now has a later epoch.
    await database.records.raiseWatermark(room.concertId, Date.now() * 2000, 7);
    await retention.roomForgotten([found]);
    expect(await foundOver()).toBe(true);
    expect(await database.records.load(room.concertId)).toMatchObject({ waiting: 7 });
  });

  test('is not looked for within a day of its last date, while another date is to come, or without any date', async () => {
    await room.joinMany(1);
    expect(await foundOver()).toBe(false);
    await over(23.9);
    expect(await foundOver()).toBe(false);
    await over(24.1);
    expect(await foundOver()).toBe(true);
    await database.date(room.concertId, 60, 120);
    expect(await foundOver()).toBe(false);
    await database.noDates(room.concertId);
    expect(await foundOver()).toBe(false);
  });

  test('pauses nobody for those who waited there once: all their tokens have had their time', async () => {
    await room.joinMany(60);
    await room.tick();
    await over(25);
    const [found] = (await retention.overRooms('0', 1000)).filter(
      (each) => each.concertId === room.concertId,
    );
    if (found === undefined) throw new Error('not found');
    await silent(2 * HOUR_MS);
    await forget();
    await retention.roomForgotten([found]);
    room.booking = { isOpen: true, opensAtMs: null };
    await room.joinMany(1);
    await room.elapseTicking(BACK_WITHIN_MS);
    expect(await room.tick()).toMatchObject({ admitted: 1 });
  });
});
