import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { tokens } from '../support/tokens';
import { aged, BACK_WITHIN_MS, type TestRoom, testRooms } from './room';

const rooms = testRooms({ ownRedis: true });
let room: TestRoom;
beforeEach(async () => {
  room = await rooms.open({ maxActive: 3 });
});

const leave = async (userId: string) => room.room.leave(room.concertId, userId);
const look = async ({ userId, token }: { userId: string; token: string }) => room.look(userId, token);
/** So that the room of the next moment has let everybody back in who was to come. */
const comeBack = async () => room.elapseTicking(BACK_WITHIN_MS);

describe('a place that was used', () => {
  test('is not given again for its oldest token: not after leaving, however often the room is lost', async () => {
    const [fan] = await room.joinMany(1);
    const others = await room.joinMany(4);
    if (fan === undefined) throw new Error('no fan');
    for (let round = 0; round < 3; round += 1) {
      await room.lose();
      for (const other of others) await look(other);
      const back = await look(fan);
      expect(back?.status ?? null).toBe(round === 0 ? 'WAITING' : null);
      await comeBack();
      await room.tick();
      if (back !== null) expect(await room.look(fan.userId)).toMatchObject({ status: 'ACTIVE' });
      await leave(fan.userId);
      expect(await room.look(fan.userId, back?.queueToken ?? fan.token)).toBeNull();
      expect(await look(fan)).toBeNull();
    }
    expect((await room.join(fan.userId, fan.token)).position).toBeGreaterThan(0);
    expect((await room.waiting()).length).toBe((await room.join(fan.userId)).position);
  });

  test('given up while waiting stays given up, whatever Redis forgets', async () => {
    const [, fan] = await room.joinMany(2);
    if (fan === undefined) throw new Error('no fan');
    await leave(fan.userId);
    await room.lose();
    await room.joinMany(1);
    expect(await look(fan)).toBeNull();
  });

  test('given up with its token, after the room was lost, is given up too', async () => {
    const [fan] = await room.joinMany(1);
    if (fan === undefined) throw new Error('no fan');
    await room.lose();
    expect(await room.room.leave(room.concertId, fan.userId, fan.token)).toBe(false);
    await room.joinMany(1);
    expect(await look(fan)).toBeNull();
  });

  test('stays given up when an older token is given up after it', async () => {
    const [fan] = await room.joinMany(1);
    if (fan === undefined) throw new Error('no fan');
    await leave(fan.userId);
    const { queueToken } = await room.join(fan.userId);
    await leave(fan.userId);
    await room.room.leave(room.concertId, fan.userId, fan.token);
    await room.lose();
    await room.joinMany(1);
    expect(await room.look(fan.userId, queueToken)).toBeNull();
  });

  test('does not stand in the way of the next one of the same fan', async () => {
    const [fan] = await room.joinMany(1);
    if (fan === undefined) throw new Error('no fan');
    await leave(fan.userId);
    const { queueToken } = await room.join(fan.userId);
    await room.lose();
    await room.joinMany(1);
    expect(await look({ ...fan, token: queueToken })).toMatchObject({ status: 'WAITING', position: 1 });
  });

  test('was passed over: gone, in the next epoch too', async () => {
    const [absent] = await room.joinMany(2);
    if (absent === undefined) throw new Error('no fan');
    await room.silence(absent.userId);
    expect(await room.tick()).toMatchObject({ abandoned: 1, admitted: 1 });
    await room.lose();
    await room.joinMany(1);
    // Silent for longer than the patience, as whoever is passed over.
    expect(await room.look(absent.userId, aged(absent.token, 61))).toBeNull();
  });

  test('timed out: a token from before the admission gives nothing', async () => {
    const [fan] = await room.joinMany(1);
    if (fan === undefined) throw new Error('no fan');
    await room.tick();
    await room.lose();
    await room.joinMany(1);
    expect(await room.look(fan.userId, aged(fan.token, 421))).toBeNull();
  });

  test('is known to Postgres within a second of its turn', async () => {
    const fans = await room.joinMany(2);
    await room.tick();
    const reading = tokens.read(fans[1]?.token ?? '');
    expect(String(await rooms.database.watermarkOf(room.concertId))).toBe(
      reading.ok && reading.claims.sequence,
    );
  });
});

describe('what a lost room still owes', () => {
  test('is not an admission to whoever left with seats in hand; the number inside stays within the cap', async () => {
    const fans = await room.joinMany(7);
    await room.lose();
    for (const fan of fans) await look(fan);
    await comeBack();
    expect(await room.tick()).toMatchObject({ active: 3 });
    for (const fan of fans.slice(0, 3)) {
      await room.hold(fan.userId);
      await leave(fan.userId);
    }
    expect(await room.tick()).toMatchObject({ admitted: 3, active: 3 });
    for (const fan of fans.slice(0, 3)) expect(await look(fan)).toBeNull();
    expect(await room.stats()).toMatchObject({ active: 3 });
    await room.lose();
    const first = await look(fans[6] ?? fans[0] ?? { userId: '', token: '' });
    expect(first).toMatchObject({ status: 'WAITING' });
    expect(await room.stats()).toMatchObject({ active: 0 });
  });

  test('never lifts the number inside above the cap, not for holders either: they are the next', async () => {
    const fans = await room.joinMany(5);
    await room.tick();
    for (const fan of fans.slice(0, 3)) await room.hold(fan.userId);
    // Made on the way out: decided after its owner had left, and somebody else had come in.
    await room.hold(fans[3]?.userId ?? '');
    await room.lose();
    await look(fans[4] ?? { userId: '', token: '' });
    expect(await room.stats()).toMatchObject({ active: 3 });
    const states = await Promise.all(fans.slice(0, 4).map(async (fan) => look(fan)));
    expect(states.filter((state) => state?.status === 'ACTIVE')).toHaveLength(3);
    expect(states.filter((state) => state?.status === 'WAITING')).toHaveLength(1);
    expect(await room.stats()).toMatchObject({ active: 3, waiting: 2 });
  });

  test('is an admission until its own end, in front of everybody, when the slots are taken meanwhile', async () => {
    room.close();
    room = await rooms.open({ maxActive: 1 });
    const [inside] = await room.joinMany(1);
    const others = await room.joinMany(2);
    await room.tick();
    const state = await room.look(inside?.userId ?? '');
    await room.lose();
    for (const other of others) await look(other);
    await comeBack();
    expect(await room.tick()).toMatchObject({ admitted: 1, active: 1 });
    const userId = inside?.userId ?? '';
    expect(await room.look(userId, state?.queueToken)).toMatchObject({ status: 'WAITING', position: 1 });
    expect(await room.stats()).toMatchObject({ active: 1 });
    await leave(others[0]?.userId ?? '');
    expect(await room.tick()).toMatchObject({ admitted: 1, active: 1, waiting: 1 });
    expect(await room.look(userId)).toMatchObject({ status: 'ACTIVE', expiresAt: state?.expiresAt });
  });

  test('is nothing any more once that end has come', async () => {
    room.close();
    room = await rooms.open({ maxActive: 1, activeTtlSeconds: 60 });
    const [inside, other] = await room.joinMany(2);
    await room.tick();
    const state = await room.look(inside?.userId ?? '');
    await room.lose();
    await look(other ?? { userId: '', token: '' });
    await comeBack();
    await room.tick();
    await room.look(inside?.userId ?? '', state?.queueToken);
    await room.elapse(60_000);
    expect(await room.tick()).toMatchObject({ admitted: 0, expired: 2, active: 0, waiting: 0 });
    expect(await room.look(inside?.userId ?? '')).toBeNull();
  });

  test('keeps the time for choosing of somebody who was let in for a hold before they came', async () => {
    const [fan] = await room.joinMany(2);
    const userId = fan?.userId ?? '';
    await room.tick();
    const state = await room.look(userId);
    await room.hold(userId);
    await room.lose();
    await room.joinMany(1);
    expect(await room.stats()).toMatchObject({ active: 1 });
    expect(await room.look(userId)).toMatchObject({ status: 'ACTIVE', mayHold: false });
    expect(await room.look(userId, state?.queueToken)).toMatchObject({ status: 'ACTIVE', mayHold: true });
  });

  test('is a new place behind the old ones for everybody else, although this clock may be behind', async () => {
    await room.joinMany(1);
    await room.lastSequencePlus(60_000_000);
    const [fan] = await room.joinMany(1);
    await room.tick();
    await room.lose();
    const state = await room.join(randomUUID());
    const [before, after] = [fan?.token ?? '', state.queueToken].map((token) => {
      const reading = tokens.read(token);
      return reading.ok ? Number(reading.claims.sequence) : 0;
    });
    expect(after).toBeGreaterThan(before ?? Infinity);
  });
});
