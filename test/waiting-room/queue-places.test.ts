import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { userIdOf } from '../../src/waiting-room/members';
import { tokens } from '../support/tokens';
import { type TestRoom, testRooms } from './room';

const rooms = testRooms();
let room: TestRoom;
beforeEach(async () => {
  room = await rooms.open();
});

describe('a place', () => {
  test('is behind everybody who came before', async () => {
    const [first, second] = await room.joinMany(2);
    expect(await room.look(first?.userId ?? '')).toMatchObject({
      status: 'WAITING',
      position: 1,
      expiresAt: null,
    });
    expect(await room.look(second?.userId ?? '')).toMatchObject({ status: 'WAITING', position: 2 });
  });

  test('is the same from two tabs', async () => {
    const userId = randomUUID();
    const first = await room.room.join(room.concertId, userId);
    await room.joinMany(3);
    const second = await room.room.join(room.concertId, userId.toUpperCase());
    expect([first?.created, second?.created]).toEqual([true, false]);
    expect([first?.state.position, second?.state.position]).toEqual([1, 1]);
    expect((await room.stats()).waiting).toBe(4);
  });

  test('comes in the order in which joins reached Redis, whatever the number of processes', async () => {
    await room.joinMany(1);
    const processes = room.processes(4);
    const joined = await Promise.all(
      Array.from({ length: 400 }, async (_, i) => {
        const userId = randomUUID();
        const result = await processes(i).join(room.concertId, userId);
        return { userId, position: result?.state.position };
      }),
    );
    const byPosition = joined.toSorted((a, b) => Number(a.position) - Number(b.position));
    expect(byPosition.map(({ position }) => position)).toEqual(Array.from({ length: 400 }, (_, i) => i + 2));
    expect((await room.waiting()).slice(1).map(userIdOf)).toEqual(byPosition.map(({ userId }) => userId));
  });

  test('taken twice at once is made once', async () => {
    const userId = randomUUID();
    const other = room.process();
    const both = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? other : room.room).join(room.concertId, userId)),
    );
    expect(both.filter((joined) => joined?.created)).toHaveLength(1);
    expect((await room.stats()).waiting).toBe(1);
    expect(await rooms.database.epochOf(room.concertId)).toBe(1);
  });

  test('never moves back while others join, leave and are admitted', async () => {
    const [, , , , fan] = await room.joinMany(5);
    const positions: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      positions.push((await room.look(fan?.userId ?? ''))?.position ?? -1);
      const [next] = await room.joinMany(2);
      await room.room.leave(
        room.concertId,
        round % 2 ? userIdOf((await room.waiting())[0] ?? '') : (next?.userId ?? ''),
      );
      positions.push((await room.look(fan?.userId ?? ''))?.position ?? -1);
    }
    expect(positions).toEqual(positions.toSorted((a, b) => b - a));
    expect(positions.at(-1)).toBe(3);
  });

  test('given up is gone, and joining again is a new place at the end', async () => {
    const [first, second] = await room.joinMany(2);
    expect(await room.room.leave(room.concertId, first?.userId ?? '')).toBe(true);
    expect(await room.room.leave(room.concertId, first?.userId ?? '')).toBe(false);
    expect(await room.look(first?.userId ?? '', first?.token)).toBeNull();
    expect((await room.look(second?.userId ?? ''))?.position).toBe(1);
    expect((await room.join(first?.userId ?? '', first?.token)).position).toBe(2);
  });

  test('cannot be had for a concert that does not exist', async () => {
    expect(await room.room.join('999999999', randomUUID())).toBeNull();
    expect(await room.room.look('999999999', randomUUID())).toBeNull();
    expect(await room.room.stats('999999999')).toMatchObject({ waiting: 0, active: 0, admittedTotal: 0 });
  });

  test('needs a user id that is a UUID', async () => {
    await expect(room.room.join(room.concertId, 'x')).rejects.toThrow(TypeError);
  });

  test('has a token that says where it is', async () => {
    const [, fan] = await room.joinMany(2);
    const reading = tokens.read(fan?.token ?? '');
    expect(reading).toMatchObject({
      ok: true,
      claims: { userId: fan?.userId, concertId: room.concertId, epoch: 1, position: 2, choosesUntilMs: null },
    });
    expect(reading.ok && reading.claims.sequence).toMatch(/^\d{16}$/);
  });

  test('keeps sequences apart and rising when Redis’ clock stands still or goes back', async () => {
    await room.joinMany(1);
    const ahead = await room.lastSequencePlus(60_000_000);
    const [fan] = await room.joinMany(2);
    const reading = tokens.read(fan?.token ?? '');
    expect(reading.ok && reading.claims.sequence).toBe(String(Number(ahead) + 1));
    expect((await room.waiting())[1]).toBeDefined();
  });
});

describe('looking', () => {
  test('survives a Redis that has forgotten the scripts', async () => {
    const fans = await room.joinMany(3);
    await room.redis.script('FLUSH');
    const states = await Promise.all(fans.map((fan) => room.look(fan.userId)));
    expect(states.map((state) => state?.position)).toEqual([1, 2, 3]);
  });
});

describe('the guard', () => {
  test('tells who is admitted, who waits, and who is neither', async () => {
    const [fan] = await room.joinMany(1);
    const ask = (userId = '') => room.room.admission(room.concertId, userId);
    expect(await ask(fan?.userId)).toMatchObject({ status: 'WAITING', position: 1, pollAfterMs: 1000 });
    await room.tick();
    expect(await ask(fan?.userId)).toEqual({ status: 'ACTIVE' });
    expect(await ask(randomUUID())).toBeNull();
  });

  test('counts as a sign of life', async () => {
    const [fan] = await room.joinMany(1);
    await room.silence(fan?.userId ?? '');
    await room.room.admission(room.concertId, fan?.userId ?? '');
    expect(await room.tick()).toMatchObject({ admitted: 1, abandoned: 0 });
  });
});

describe('the list of rooms', () => {
  test('has a room as soon as somebody joined, and until nobody is in it', async () => {
    const [fan] = await room.joinMany(1);
    expect(await room.room.openRooms()).toContain(room.concertId);
    expect(await room.room.retire(room.concertId)).toBe(false);
    await room.room.leave(room.concertId, fan?.userId ?? '');
    expect(await room.room.retire(room.concertId)).toBe(true);
    expect(await room.room.openRooms()).not.toContain(room.concertId);
    await room.joinMany(1);
    expect(await room.room.openRooms()).toContain(room.concertId);
  });

  test('never loses a room that is joined while it is being retired', async () => {
    const other = room.process();
    for (let round = 0; round < 30; round += 1) {
      const userId = randomUUID();
      await Promise.all([room.room.retire(room.concertId), other.join(room.concertId, userId)]);
      expect(await room.room.openRooms()).toContain(room.concertId);
      await room.room.leave(room.concertId, userId);
    }
  });
});
