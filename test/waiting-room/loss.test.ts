import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { memberOf } from '../../src/waiting-room/members';
import { tokens } from '../support/tokens';
import { BACK_WITHIN_MS, type TestRoom, testRooms } from './room';

const rooms = testRooms({ ownRedis: true });
let room: TestRoom;
beforeEach(async () => {
  room = await rooms.open({ maxActive: 2 });
});

describe('a room that Redis lost', () => {
  test('gets its places back in the old order, whoever comes first, with admission paused meanwhile', async () => {
    const fans = await room.joinMany(6);
    await room.lose();
    const stranger = await room.join(randomUUID());
    expect(stranger.estimatedWaitSeconds).toBeNull();
    const shuffled = [3, 5, 0, 4, 1, 2].flatMap((i) => fans[i] ?? []);
    for (const { userId, token } of shuffled) {
      expect(await room.look(userId, token)).toMatchObject({
        position: fans.findIndex((fan) => fan.userId === userId) + 1,
      });
      expect(await room.tick()).toMatchObject({ admitted: 0 });
    }
    expect((await room.waiting()).slice(0, 6)).toEqual(fans.map(({ userId }) => memberOf(userId)));
    await room.elapse(8_000);
    expect(await room.tick()).toMatchObject({ admitted: 0, retryInMs: expect.any(Number) });
    await room.elapse(1_001);
    expect(await room.tick()).toMatchObject({ admitted: 2, waiting: 5 });
    expect((await room.look(fans[1]?.userId ?? ''))?.status).toBe('ACTIVE');
    expect(await room.epoch()).toBe(2);
  });

  test('is opened once by any number of processes', async () => {
    const fans = await room.joinMany(40);
    const processes = room.processes(3);
    await room.lose();
    const states = await Promise.all(
      fans.map(({ userId, token }, i) => processes(i).look(room.concertId, userId, token)),
    );
    expect(states.map((state) => state?.position)).toEqual(fans.map((_, i) => i + 1));
    expect(await room.epoch()).toBe(2);
  });

  test('never shows a position that grows, even to somebody who came back before those in front', async () => {
    const fans = await room.joinMany(5);
    const [first, , , , last] = fans;
    let token = last?.token ?? '';
    const positions: number[] = [];
    const poll = async () => {
      const state = await room.look(last?.userId ?? '', token);
      token = state?.queueToken ?? '';
      positions.push(state?.position ?? -1);
    };
    await poll();
    await room.room.leave(room.concertId, first?.userId ?? '');
    await poll();
    await room.lose();
    await poll();
    for (const fan of fans.slice(1, 3)) await room.look(fan.userId, fan.token);
    await poll();
    await room.elapse(60_001);
    await poll();
    for (const fan of fans.slice(3, 4)) await room.look(fan.userId, fan.token);
    await poll();
    expect(positions).toEqual([5, 4, 4, 4, 3, 3]);
  });

  test('gives nothing back without a token, and asks Postgres nothing for it', async () => {
    const [fan] = await room.joinMany(1);
    await room.lose();
    const before = rooms.database.asked.load;
    expect(await room.look(fan?.userId ?? '')).toBeNull();
    expect(await room.room.admission(room.concertId, fan?.userId ?? '')).toBeNull();
    expect(rooms.database.asked.load).toBe(before);
    expect(await room.stats()).toMatchObject({ waiting: 0 });
  });

  test('takes no token of another user or another concert for a place', async () => {
    const [fan, other] = await room.joinMany(2);
    await room.lose();
    await room.join(randomUUID());
    expect(await room.look(other?.userId ?? '', fan?.token)).toBeNull();
    const foreign = tokens.issue({
      userId: fan?.userId ?? '',
      concertId: '424242',
      sequence: '1',
      epoch: 1,
      position: 1,
      choosesUntilMs: null,
    });
    expect(await room.look(fan?.userId ?? '', foreign)).toBeNull();
    expect(await room.look(fan?.userId ?? '', `${fan?.token}x`)).toBeNull();
  });

  test('puts places back by joining with the token, too', async () => {
    const [fan] = await room.joinMany(2);
    await room.lose();
    await room.joinMany(3);
    const joined = await room.room.join(room.concertId, fan?.userId ?? '', fan?.token);
    expect(joined).toMatchObject({ created: false, state: { position: 1 } });
  });

  test('keeps a place given up after the loss given up', async () => {
    const [fan] = await room.joinMany(2);
    await room.lose();
    const state = await room.look(fan?.userId ?? '', fan?.token);
    await room.room.leave(room.concertId, fan?.userId ?? '');
    expect(await room.look(fan?.userId ?? '', state?.queueToken)).toBeNull();
  });

  test('lets those in who hold seats, at once and until the hold ends, and counts them', async () => {
    const fans = await room.joinMany(4);
    const [first, second] = fans;
    await room.tick();
    const end = (await room.hold(first?.userId ?? '')).toISOString();
    await room.lose();
    // Whoever comes first opens the room with all holders in it.
    await room.look(fans[3]?.userId ?? '', fans[3]?.token);
    expect(await room.stats()).toMatchObject({ active: 1, waiting: 1 });
    expect(await room.look(first?.userId ?? '', first?.token)).toMatchObject({
      status: 'ACTIVE',
      expiresAt: end,
    });
    expect(await room.room.admission(room.concertId, first?.userId ?? '')).toMatchObject({
      status: 'ACTIVE',
    });
    // Admitted before the loss and never told: in again, for no longer than from its last look on.
    const back = await room.look(second?.userId ?? '', second?.token);
    expect(back).toMatchObject({ status: 'ACTIVE', mayHold: true });
    expect(Date.parse(back?.expiresAt ?? '')).toBeLessThanOrEqual(Date.now() + 420_000);
    expect(await room.stats()).toMatchObject({ active: 2 });
  });

  test('lets a holder in at the guard, when the hold was made after the room was opened again', async () => {
    const [fan] = await room.joinMany(2);
    await room.tick();
    const active = await room.look(fan?.userId ?? '');
    await room.lose();
    await room.join(randomUUID());
    await room.hold(fan?.userId ?? '');
    const reading = tokens.read(active?.queueToken ?? '');
    const claims = reading.ok ? reading.claims : null;
    expect(await room.room.admission(room.concertId, fan?.userId ?? '', claims)).toMatchObject({
      status: 'ACTIVE',
    });
  });

  test('does not give a used admission a second time', async () => {
    const [fan] = await room.joinMany(1);
    await rooms.database.pay(room.concertId, fan?.userId ?? '');
    await room.lose();
    await room.join(randomUUID());
    expect(await room.look(fan?.userId ?? '', fan?.token)).toBeNull();
    expect((await room.join(fan?.userId ?? '', fan?.token)).position).toBe(2);
  });

  test('does not give an admission back that had ended by time', async () => {
    const [fan] = await room.joinMany(1);
    await room.join(randomUUID());
    const reading = tokens.read(fan?.token ?? '');
    if (!reading.ok) throw new Error('the token is good');
    await room.lose();
    await room.join(randomUUID());
    const over = tokens.issue({ ...reading.claims, position: 0, choosesUntilMs: Date.now() - 60_000 });
    expect(await room.look(fan?.userId ?? '', over)).toBeNull();
    const endMs = Date.now() + 60_000;
    const running = tokens.issue({ ...reading.claims, position: 0, choosesUntilMs: endMs });
    expect(await room.look(fan?.userId ?? '', running)).toMatchObject({
      status: 'ACTIVE',
      expiresAt: new Date(endMs).toISOString(),
    });
  });

  test('puts everybody who joins later behind the old places, although its clock may be behind', async () => {
    const reading = tokens.read((await room.joinMany(1))[0]?.token ?? '');
    if (!reading.ok) throw new Error('the token is good');
    await room.lose();
    await room.join(randomUUID());
    const ahead = { ...reading.claims, userId: randomUUID(), sequence: String((Date.now() + 60_000) * 1000) };
    await room.look(ahead.userId, tokens.issue(ahead));
    const later = await room.joinMany(1);
    expect((await room.waiting()).at(-1)).toBe(memberOf(later[0]?.userId ?? ''));
  });

  test('admits nobody in what may be the rest of a window', async () => {
    room.close();
    room = await rooms.open({ admitIntervalMs: 120_000 });
    const [fan] = await room.joinMany(1);
    await room.lose();
    await room.look(fan?.userId ?? '', fan?.token);
    await room.elapse(60_001);
    const early = await room.tick();
    expect(early).toMatchObject({ admitted: 0, waiting: 1 });
    expect(early.retryInMs).toBeLessThanOrEqual(60_000);
    await room.elapse(60_001);
    expect((await room.tick()).admitted).toBe(1);
  });
});

describe('somebody far back in a room that was lost', () => {
  const slow = { maxActive: 10, activeTtlSeconds: 600 };

  /** Sixty fans; only these come back. */
  async function backAfterLoss(back: readonly number[]) {
    room.close();
    room = await rooms.open(slow);
    const fans = await room.joinMany(60);
    await room.lose();
    for (const i of back) await room.look(fans[i]?.userId ?? '', fans[i]?.token);
    return fans;
  }

  test('who came back at once overtakes nobody who was told to come later', async () => {
    const fans = await backAfterLoss([59]);
    await room.elapseTicking(BACK_WITHIN_MS);
    expect(await room.tick()).toMatchObject({ admitted: 0, waiting: 1, retryInMs: expect.any(Number) });
    // Told 30 s: half of the soonest turn of number 60.
    await room.elapseTicking(20_000);
    expect((await room.look(fans[58]?.userId ?? '', fans[58]?.token))?.status).toBe('WAITING');
    expect(await room.tick()).toMatchObject({ admitted: 0, waiting: 2 });
    await room.elapseTicking(32_000);
    expect(await room.tick()).toMatchObject({ admitted: 2, waiting: 0 });
  });

  test('is not overtaken by somebody who joins afterwards', async () => {
    room.close();
    room = await rooms.open({ ...slow, maxActive: 1 });
    const fans = await room.joinMany(61);
    await room.tick();
    await room.lose();
    await room.join(randomUUID());
    await room.elapseTicking(60_000);
    expect(await room.tick()).toMatchObject({ admitted: 0, waiting: 1 });
    await room.look(fans[60]?.userId ?? '', fans[60]?.token);
    await room.elapseTicking(345_000);
    expect(await room.tick()).toMatchObject({ waiting: 1 });
    expect((await room.look(fans[60]?.userId ?? ''))?.status).toBe('ACTIVE');
  });

  test('waits for nobody once all in front have had their turn', async () => {
    const fans = await backAfterLoss(Array.from({ length: 60 }, (_, i) => i));
    await room.elapseTicking(8_000);
    for (let taken = 0; taken < 60; taken += 10) {
      await room.elapseTicking(1_001);
      expect({ taken, ...(await room.tick()) }).toMatchObject({ taken, admitted: 10 });
      for (const fan of fans.slice(taken, taken + 10)) await room.room.leave(room.concertId, fan.userId);
    }
  });
});

describe('the first opening', () => {
  test('is no loss, however many processes meet in it', async () => {
    const processes = room.processes(6);
    await Promise.all(Array.from({ length: 60 }, (_, i) => processes(i).join(room.concertId, randomUUID())));
    expect(await room.tick()).toMatchObject({ admitted: 2, waiting: 58 });
    expect(await room.epoch()).toBe(1);
  });

  test('is finished by others when the process that began it died', async () => {
    await rooms.database.records.advanceEpoch(room.concertId, 0);
    expect((await room.join(randomUUID())).position).toBe(1);
    expect(await room.epoch()).toBe(2);
  });
});
