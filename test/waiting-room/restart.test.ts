import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { memberOf, userIdOf } from '../../src/waiting-room/members';
import { startPrivateRedis } from '../support/redis';
import { tokens } from '../support/tokens';
import { BACK_WITHIN_MS, type TestRoom, testRooms } from './room';

const rooms = testRooms({ ownRedis: true });
let room: TestRoom;
beforeEach(async () => {
  room = await rooms.open({ maxActive: 2 });
});

const sequenceOf = (token = ''): string => {
  const read = tokens.read(token);
  return read.ok ? read.claims.sequence : '';
};

describe('a Redis that restarted with its data', () => {
  // A restart with data is told from the process' id alone; what the last second held is missing.
  const restart = async () => room.pretendRestart();
  const waitingKey = () => `frontrow:{room:${room.concertId}}:waiting`;

  test('pauses nothing: a new epoch, the places kept, the next one in', async () => {
    const fans = await room.joinMany(4);
    await room.tick();
    await restart();
    expect(await room.tick()).toMatchObject({ admitted: 0, waiting: 2, active: 2 });
    expect(await room.epoch()).toBe(2);
    expect((await room.look(fans[0]?.userId ?? ''))?.status).toBe('ACTIVE');
    await room.room.leave(room.concertId, fans[0]?.userId ?? '');
    expect(await room.tick()).toMatchObject({ admitted: 1, active: 2 });
    expect((await room.look(fans[2]?.userId ?? ''))?.status).toBe('ACTIVE');
  });

  test('lets nobody who joins afterwards in before those whose joins it forgot had time to come back', async () => {
    const [kept, forgotten] = await room.joinMany(2);
    await room.redis.zrem(waitingKey(), memberOf(forgotten?.userId ?? ''));
    await restart();
    expect(await room.tick()).toMatchObject({ admitted: 1, waiting: 0 });
    const later = await room.join(randomUUID());
    expect(later).toMatchObject({ status: 'WAITING' });
    expect(await room.tick()).toMatchObject({ admitted: 0, waiting: 1, retryInMs: expect.any(Number) });
    // Never more than it was told; the rank is 1.
    expect(await room.look(forgotten?.userId ?? '', forgotten?.token)).toMatchObject({ position: 2 });
    await room.elapse(BACK_WITHIN_MS);
    expect(await room.tick()).toMatchObject({ admitted: 1, waiting: 1 });
    expect((await room.look(forgotten?.userId ?? ''))?.status).toBe('ACTIVE');
    expect((await room.look(kept?.userId ?? ''))?.status).toBe('ACTIVE');
  });

  test('gives a lost place back even before a tick has noticed', async () => {
    const [first, second] = await room.joinMany(2);
    await room.redis.zrem(waitingKey(), memberOf(first?.userId ?? ''));
    await restart();
    expect(await room.look(first?.userId ?? '', first?.token)).toMatchObject({ position: 1 });
    expect(await room.look(second?.userId ?? '', second?.token)).toMatchObject({ position: 2 });
  });

  test('keeps holders in whose admission is missing', async () => {
    const [fan] = await room.joinMany(2);
    await room.hold(fan?.userId ?? '');
    await restart();
    await room.tick();
    expect(await room.look(fan?.userId ?? '')).toMatchObject({ status: 'ACTIVE', mayHold: false });
    expect(await room.stats()).toMatchObject({ active: 2, waiting: 0 });
  });

  test('lets nobody in who had their turn, or left, in the time that it forgot, and waits here still', async () => {
    const [left, paid, stays] = await room.joinMany(3);
    await rooms.database.records.giveUp(room.concertId, left?.userId ?? '', sequenceOf(left?.token));
    await rooms.database.pay(room.concertId, paid?.userId ?? '');
    await restart();
    expect(await room.tick()).toMatchObject({ admitted: 1, waiting: 0, active: 1 });
    expect(await room.look(left?.userId ?? '', left?.token)).toBeNull();
    expect(await room.look(paid?.userId ?? '', paid?.token)).toBeNull();
    expect((await room.look(stays?.userId ?? ''))?.status).toBe('ACTIVE');
    // Queueing up anew is another place.
    expect((await room.join(paid?.userId ?? '')).status).toBe('WAITING');
    expect(await room.tick()).toMatchObject({ active: 1, waiting: 1 });
  });

  test('keeps nobody in who has paid or left in the time that it forgot', async () => {
    const [paid, left, stays, payer] = await room.joinMany(4);
    room.policy = { ...room.policy, maxActive: 4 };
    await room.tick();
    await rooms.database.pay(room.concertId, paid?.userId ?? '');
    await rooms.database.pay(room.concertId, payer?.userId ?? '');
    await room.hold(payer?.userId ?? ''); // Of other seats, not paid for yet.
    await rooms.database.records.giveUp(room.concertId, left?.userId ?? '', sequenceOf(left?.token));
    await restart();
    await room.tick();
    const states = await Promise.all(
      [paid, left, stays, payer].map(async (fan) => room.look(fan?.userId ?? '')),
    );
    expect(states.map((state) => state?.status)).toEqual([undefined, undefined, 'ACTIVE', 'ACTIVE']);
    expect(await room.stats()).toMatchObject({ active: 2 });
  });

  test('lets more holders in than one call of a script could name', async () => {
    room.close();
    room = await rooms.open({ maxActive: 5000 });
    await room.tick();
    await rooms.database.holders(room.concertId, 2500);
    await room.lose();
    await room.tick();
    expect(await room.stats()).toMatchObject({ active: 2500 });
  });

  test('with a copy of long ago, lets nobody have a second turn', async () => {
    const fans = await room.joinMany(6);
    const keys = await room.redis.keys(`frontrow:{room:${room.concertId}}*`);
    const copies = await Promise.all(keys.map(async (key) => room.redis.dumpBuffer(key)));
    await room.tick();
    for (const fan of fans.slice(0, 2)) await room.room.leave(room.concertId, fan.userId);
    await room.elapse(1_001);
    // Another process: it does not wait to note how far the room has come.
    await room.process().tick(room.concertId, room.rules);
    await room.redis.del(...(await room.redis.keys(`frontrow:{room:${room.concertId}}*`)));
    for (const [i, key] of keys.entries()) {
      await room.redis.restore(key, 0, copies[i] ?? Buffer.alloc(0));
    }
    await restart();
    expect(await room.tick()).toMatchObject({ admitted: 0, waiting: 2, active: 0 });
    expect((await room.waiting()).map(userIdOf)).toEqual(fans.slice(4).map(({ userId }) => userId));
    expect(await room.look(fans[0]?.userId ?? '', fans[0]?.token)).toBeNull();
    expect(await room.look(fans[2]?.userId ?? '', fans[2]?.token)).toMatchObject({ status: 'ACTIVE' });
    await room.elapse(BACK_WITHIN_MS);
    expect(await room.tick()).toMatchObject({ admitted: 1, active: 2 });
    expect((await room.look(fans[4]?.userId ?? ''))?.status).toBe('ACTIVE');
  });
});

describe('a Redis that is away', () => {
  test('makes calls fail, and all is as before when it answers again', async () => {
    const own = await startPrivateRedis({ appendOnly: true });
    const there = await rooms.open({ maxActive: 1 }, own.url);
    const fans = await there.joinMany(3);
    await own.kill();
    there.redis.options.maxRetriesPerRequest = 0;
    await expect(there.look(fans[0]?.userId ?? '')).rejects.toThrow(Error);
    await own.restart();
    await there.redis.ping().catch(() => undefined);
    const states = await Promise.all(
      fans.map(({ userId, token }) => there.process().look(there.concertId, userId, token)),
    );
    expect(states.map((state) => state?.position)).toEqual([1, 2, 3]);
    expect(await there.tick()).toMatchObject({ admitted: 1 });
    there.close();
    await own.stop();
  });
});
