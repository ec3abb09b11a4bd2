import { createHash, randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import pino from 'pino';
import { createDrawStore, type PublicDraw } from '../../src/models/draw-store';
import { roomKeys, type RoomNews, listenToRoom, type QueueState } from '../../src/waiting-room';
import type { DrawRecords } from '../../src/waiting-room/draw-records';
import { drawDue } from '../../src/jobs/clock/draw';
import { Drawing } from '../../src/waiting-room/drawing';
import { BELOW_ORDINARY } from '../../src/waiting-room/presale-range';
import { memberOf } from '../../src/waiting-room/members';
import { RoomOpening } from '../../src/waiting-room/opening';
import { createScripts } from '../../src/waiting-room/scripts';
import { createSubscriptions } from '../../src/lib/subscriptions';
import { aged, BACK_WITHIN_MS, type TestRoom, testRooms } from './room';

const rooms = testRooms({ ownRedis: true });
let room: TestRoom;
type FanAtDraw = { userId: string; token: string };

beforeEach(async () => {
  room = await rooms.open({ maxActive: 1000 });
  await rooms.database.announceDraw(room.concertId);
});

/** By the rules that Postgres has now. */
async function tick() {
  const rules = (await rooms.database.records.rules([room.concertId])).get(room.concertId);
  if (rules === undefined) throw new Error('no rules');
  return room.room.tick(room.concertId, rules);
}

async function state({ userId, token }: FanAtDraw): Promise<QueueState> {
  const found = await room.look(userId, token);
  if (found === null) throw new Error('no place');
  return found;
}

async function published(): Promise<{ draw: PublicDraw; order: string[] }> {
  const store = createDrawStore(rooms.database.sequelize);
  const draw = await store.find(room.concertId);
  if (draw === null) throw new Error('no draw');
  const rows = await store.order(room.concertId, 0, 1_000_000);
  return { draw, order: rows.map(({ pseudonym }) => pseudonym.toString('hex')) };
}

/** The order that the published facts give for these names. */
function rule({ seed, entrantsHash, beaconValue }: PublicDraw, names: string[]): string[] {
  const keyOf = (name: string): string =>
    createHash('sha256')
      .update(seed ?? '')
      .update(entrantsHash ?? '')
      .update(beaconValue ?? '')
      .update(name)
      .digest('hex');
  return names.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

const namesOf = async (fans: readonly FanAtDraw[]): Promise<string[]> =>
  Promise.all(fans.map(async (fan) => (await state(fan)).drawPseudonym ?? ''));

/** Who waits in the room, front first, by pseudonym. */
async function line(fans: readonly FanAtDraw[]): Promise<string[]> {
  const nameOf = new Map<string, string>();
  for (const fan of fans) nameOf.set(memberOf(fan.userId), (await state(fan)).drawPseudonym ?? '');
  return (await room.waiting()).map((member) => nameOf.get(member) ?? member);
}

describe('before a draw', () => {
  test('nobody is let in, nobody has a position, and everybody has a name of their own', async () => {
    await rooms.database.opensAt(room.concertId, new Date(Date.now() + 60_000).toISOString());
    const fans = await room.joinMany(3);
    expect(await tick()).toMatchObject({ admitted: 0, waiting: 3 });
    expect(await room.room.draw(room.concertId)).toBe('WAITS');
    const states = await Promise.all(fans.map(state));
    for (const each of states) {
      expect(each).toMatchObject({ position: null, phase: 'BEFORE_OPENING', estimatedWaitSeconds: null });
    }
    const names = states.map(({ drawPseudonym }) => drawPseudonym);
    expect(new Set(names).size).toBe(3);
    expect(await namesOf(fans)).toEqual(names);
    const { draw } = await published();
    expect(draw).toMatchObject({ seed: null, entrants: null, entrantsHash: null, drawnAt: null });
  });

  test('a name stays that of its fan, who cannot get another by leaving', async () => {
    const [fan] = await room.joinMany(1);
    if (fan === undefined) throw new Error('nobody');
    const [name] = await namesOf([fan]);
    await room.room.leave(room.concertId, fan.userId);
    expect(await room.join(fan.userId)).toMatchObject({ drawPseudonym: name });
  });

  test('the guard says that a draw will tell', async () => {
    const [fan] = await room.joinMany(1);
    expect(await room.room.admission(room.concertId, fan?.userId ?? '')).toMatchObject({
      status: 'WAITING',
      position: null,
    });
  });

  test('a concert without one tells no name', async () => {
    const other = await rooms.open();
    expect(await other.join(randomUUID())).toMatchObject({ drawPseudonym: null, position: 1 });
  });
});

describe('a draw', () => {
  test('puts who is there in the published order, whoever comes later behind, and lets in by it', async () => {
    const fans = await room.joinMany(40);
    expect(await tick()).toMatchObject({ admitted: 0 });
    const heard: RoomNews[] = [];
    const listener = room.redis.duplicate();
    await listenToRoom(createSubscriptions(listener), room.concertId, (news) => heard.push(news));
    expect(await room.room.draw(room.concertId)).toBe('IN_FORCE');
    await listener.ping();
    expect(heard).toEqual([{ kind: 'room' }]);
    listener.disconnect();
    const late = await room.joinMany(2);
    const { draw, order } = await published();
    expect(draw.entrants).toBe(40);
    expect(
      createHash('sha256')
        .update(draw.seed ?? '')
        .digest(),
    ).toEqual(draw.commitment);
    const names = await namesOf(fans);
    expect(draw.entrantsHash?.toString('hex')).toBe(
      createHash('sha256').update(names.toSorted().join('\n')).digest('hex'),
    );
    expect(order).toEqual(rule(draw, names));
    expect(order).not.toEqual(names);
    expect(await line([...fans, ...late])).toEqual([...order, ...(await namesOf(late))]);
    for (const fan of fans) {
      const told = await state(fan);
      expect(told.position).toBe(order.indexOf(told.drawPseudonym ?? '') + 1);
    }
    room.policy = { ...room.policy, admitPerInterval: 10 };
    await rooms.database.policy(room.concertId, { admitPerInterval: 10 });
    expect(await tick()).toMatchObject({ admitted: 10 });
    const admitted = await Promise.all(
      fans.map(async (fan) => ((await state(fan)).status === 'ACTIVE' ? (await namesOf([fan]))[0] : null)),
    );
    expect(new Set(admitted.filter((name) => name !== null))).toEqual(new Set(order.slice(0, 10)));
  });

  test('of nobody, and of one', async () => {
    expect(await room.room.draw(room.concertId)).toBe('IN_FORCE');
    expect(await published()).toMatchObject({ draw: { entrants: 0 }, order: [] });
    expect((await room.join(randomUUID())).position).toBe(1);

    room = await rooms.open();
    await rooms.database.announceDraw(room.concertId);
    const fans = await room.joinMany(1);
    expect(await room.room.draw(room.concertId)).toBe('IN_FORCE');
    expect((await published()).order).toEqual(await namesOf(fans));
    expect(await tick()).toMatchObject({ admitted: 1 });
  });

  test('is not due before its moment, again afterwards, or without a draw', async () => {
    const { draws } = rooms.database.records;
    await rooms.database.opensAt(room.concertId, new Date(Date.now() + 60_000).toISOString());
    expect(await draws.allDue()).not.toContain(room.concertId);
    await rooms.database.opensAt(room.concertId, null);
    expect(await draws.allDue()).toContain(room.concertId);
    await room.room.draw(room.concertId);
    expect(await draws.allDue()).not.toContain(room.concertId);
    const other = await rooms.open();
    expect(await draws.due(other.concertId)).toBeNull();
    expect(await other.room.draw(other.concertId)).toBe('WAITS');
  });

  test('is made only after every list that is due is closed', async () => {
    await (await stepsOf(room)).until('close');
    const later = await rooms.open();
    await rooms.database.announceDraw(later.concertId);
    const fans = await later.joinMany(3);
    const both = [room.concertId, later.concertId];
    const { draws } = rooms.database.records;
    const begun: string[] = [];
    await drawDue({
      room: {
        closeList: async (id) => room.room.closeList(id),
        draw: async (id) => {
          for (const each of both) expect(await draws.closedUpTo(each)).toBeGreaterThan(0);
          begun.push(id);
          return room.room.draw(id);
        },
      },
      records: { draws: { ...draws, allDue: async () => both } },
      logger: pino({ level: 'silent' }),
    });
    expect(begun).toEqual(both);
    expect(await later.look(fans[0]?.userId ?? '')).toMatchObject({ position: expect.any(Number) });
  });

  test('leaves out who left before, and does not bring back who leaves while it is made', async () => {
    const fans = await room.joinMany(10);
    const [gone, going] = fans;
    await room.room.leave(room.concertId, gone?.userId ?? '');
    const drawing = await stepsOf(room);
    await drawing.until('close');
    await room.room.leave(room.concertId, going?.userId ?? '');
    expect(await room.room.draw(room.concertId)).toBe('IN_FORCE');
    expect((await published()).draw.entrants).toBe(9);
    expect(await room.waiting()).toHaveLength(8);
    expect(await room.look(going?.userId ?? '', going?.token)).toBeNull();
  });

  test('waits for a promised beacon, and its order depends on it', async () => {
    const store = createDrawStore(rooms.database.sequelize);
    const source = 'the lottery of Saturday';
    const fans = await room.joinMany(20);
    expect(await store.giveBeacon(room.concertId, { source: 'another', value: 'known' })).toBeNull();
    expect(await store.giveBeacon(room.concertId, { source, value: null })).toBeNull();
    expect(await room.room.draw(room.concertId)).toBe('WAITS');
    expect(await tick()).toMatchObject({ admitted: 0 });
    expect((await published()).draw).toMatchObject({ entrants: 20, seed: null, beaconSource: source });
    expect(await rooms.database.records.draws.allDue()).not.toContain(room.concertId);
    expect(await store.giveBeacon(room.concertId, { source: 'mine', value: '1' })).toMatchObject({
      part: 'source',
    });
    expect(await store.giveBeacon(room.concertId, { source, value: '7 11 23' })).toBeNull();
    expect(await store.giveBeacon(room.concertId, { source, value: '1' })).toMatchObject({ part: 'value' });
    expect(await room.room.draw(room.concertId)).toBe('IN_FORCE');
    expect(await store.giveBeacon(room.concertId, { source, value: '2' })).toMatchObject({ part: 'value' });
    const { draw, order } = await published();
    expect(draw.beaconValue).toBe('7 11 23');
    const names = await namesOf(fans);
    expect(order).toEqual(rule(draw, names));
    expect(order).not.toEqual(rule({ ...draw, beaconValue: null }, names));
  });

  test('shows since when a beacon has been known, however often it is given', async () => {
    const store = createDrawStore(rooms.database.sequelize);
    const beacon = { source: 'a round', value: 'known early' };
    await room.joinMany(1);
    expect(await store.giveBeacon(room.concertId, beacon)).toBeNull();
    const { draw: before } = await published();
    expect(await store.giveBeacon(room.concertId, beacon)).toBeNull();
    await (await stepsOf(room)).until('close');
    expect(await store.giveBeacon(room.concertId, beacon)).toBeNull();
    const { draw: after } = await published();
    expect(after.beaconGivenAt).toEqual(before.beaconGivenAt);
    expect(after.beaconPromisedAt).toEqual(before.beaconPromisedAt);
    expect(Number(after.beaconGivenAt)).toBeLessThan(Number(after.closedAt));
  });

  test('tells whoever came after its list was closed no name, and nobody else', async () => {
    const fans = await room.joinMany(6);
    const names = await namesOf(fans);
    await (await stepsOf(room)).until('close');
    const [late] = await room.joinMany(1);
    if (late === undefined) throw new Error('nobody');
    const behind = { drawPseudonym: null };
    expect(await state(late)).toMatchObject({ ...behind, position: null, phase: 'BEFORE_OPENING' });
    // Between the calls a part of them have their drawn places.
    for (let atCall = 1; await dying(room, atCall, 'after'); atCall += 1) {
      expect(await namesOf(fans)).toEqual(names);
      expect(await state(late)).toMatchObject(behind);
    }
    expect(await namesOf(fans)).toEqual(names);
    expect(await state(late)).toMatchObject({ ...behind, position: 7 });
    await tick();
    expect(await state(late)).toMatchObject({ ...behind, status: 'ACTIVE' });
    expect(await namesOf(fans)).toEqual(names);
  });

  test('takes no beacon that was not promised while its list was open', async () => {
    const store = createDrawStore(rooms.database.sequelize);
    await room.joinMany(1);
    await room.room.draw(room.concertId);
    expect(await store.giveBeacon(room.concertId, { source: 'late', value: '1' })).toMatchObject({
      part: 'source',
    });
    expect(await store.giveBeacon('999999', { source: 'late', value: '1' })).toBe('NO_DRAW');
  });
});

/** A process that draws in small steps and dies at its n-th call to Redis or Postgres, before or after that took effect. */
async function dying(of: TestRoom, atCall: number, when: 'before' | 'after'): Promise<boolean> {
  let calls = 0;
  const step = async <T>(act: () => Promise<T>): Promise<T> => {
    // Its own number: some calls are under way together.
    const call = (calls += 1);
    if (call === atCall && when === 'before') throw new Error('killed');
    const result = await act();
    if (call === atCall) throw new Error('killed');
    return result;
  };
  const redis = new Redis(of.url);
  try {
    const { records } = rooms.database;
    const scripts = createScripts(redis);
    const stepping = { ...scripts, run: async (...args: Parameters<typeof scripts.run>) => step(async () => scripts.run(...args)), placesAfter: async (...args: Parameters<typeof scripts.placesAfter>) => step(async () => scripts.placesAfter(...args)) }; // prettier-ignore
    const draws: DrawRecords = {
      ...records.draws,
      due: async (id) => step(async () => records.draws.due(id)),
      close: async (...args) => step(async () => records.draws.close(...args)),
      draw: async (id) => step(async () => records.draws.draw(id)),
      placesAfter: async (...args) => step(async () => records.draws.placesAfter(...args)),
      sequencesOf: async (...args) => step(async () => records.draws.sequencesOf(...args)),
      placed: async (...args) => step(async () => records.draws.placed(...args)),
    };
    const opening = new RoomOpening(stepping, records);
    const drawing = new Drawing({ scripts: stepping, draws, opening, atOnce: { read: 5, placed: 4 } });
    await drawing.draw(of.concertId);
    return false;
  } catch (error) {
    if (error instanceof Error && error.message === 'killed') return true;
    throw error;
  } finally {
    redis.disconnect();
  }
}

/** Goes as far as that step of Postgres', and no further. */
async function stepsOf(of: TestRoom) {
  const { records } = rooms.database;
  const scripts = createScripts(of.redis);
  return {
    until: async (last: 'close' | 'draw'): Promise<void> => {
      let ended = false;
      const draws: DrawRecords = {
        ...records.draws,
        due: async (id) => (ended ? null : records.draws.due(id)),
        [last]: async (...args: [string, number, Buffer]) => {
          await (last === 'close' ? records.draws.close(...args) : records.draws.draw(args[0]));
          ended = true;
        },
      };
      await new Drawing({ scripts, draws, opening: new RoomOpening(scripts, records) }).draw(of.concertId);
    },
  };
}

describe('a process killed at any moment of a draw', () => {
  test.each(['before', 'after'] as const)(
    'leaves it to the next, which ends with the same order (%s)',
    async (when) => {
      for (let atCall = 1; ; atCall += 1) {
        room = await rooms.open();
        await rooms.database.announceDraw(room.concertId);
        const fans = await room.joinMany(11);
        const died = await dying(room, atCall, when);
        await tick();
        const drawn = (await published()).draw.drawnAt !== null;
        if (!drawn)
          expect((await Promise.all(fans.map(state))).every(({ status }) => status === 'WAITING')).toBe(true);
        expect(await room.room.draw(room.concertId)).toBe('IN_FORCE');
        const { draw, order } = await published();
        const names = await namesOf(fans);
        expect(order).toEqual(rule(draw, names));
        await tick();
        expect((await room.stats()).admittedTotal).toBe(11);
        if (!died) {
          expect(atCall).toBeGreaterThan(15);
          return;
        }
      }
    },
  );

  test('wakes up beside its successor, and changes nothing', async () => {
    const fans = await room.joinMany(30);
    await Promise.all([1, 2, 3].map(async () => room.process().draw(room.concertId)));
    const { draw, order } = await published();
    expect(order).toEqual(rule(draw, await namesOf(fans)));
    expect(await line(fans)).toEqual(order);
    expect(await room.room.draw(room.concertId)).toBe('IN_FORCE');
    expect(await line(fans)).toEqual(order);
  });
});

describe('a Redis', () => {
  /** Two thirds of an admission, and a failed try: the longest pause that a room of any size tells before its draw. */
  const BACK_MS = 281_501;
  const comeBack = async (fans: readonly FanAtDraw[]): Promise<void> => {
    for (const fan of fans) expect(await room.look(fan.userId, fan.token)).not.toBeNull();
  };

  test.each([
    ['that loses everything', async () => room.lose()],
    ['that restarts with a copy', async () => room.pretendRestart()],
  ])(
    '%s before the draw: it waits until those who have tokens had the time to come back',
    async (_, fail) => {
      const fans = await room.joinMany(12);
      const waitingKey = roomKeys(room.concertId)[0] ?? '';
      await room.redis.zremrangebyrank(waitingKey, 1, -1);
      await fail();
      const [first, ...others] = fans;
      await comeBack(first ? [first] : []);
      expect(await room.room.draw(room.concertId)).toBe('WAITS');
      await room.elapse(BACK_MS - 10_000);
      expect(await room.room.draw(room.concertId)).toBe('WAITS');
      await comeBack(others);
      await room.elapse(10_000);
      expect(await room.room.draw(room.concertId)).toBe('IN_FORCE');
      const { draw, order } = await published();
      expect(draw.entrants).toBe(12);
      expect(await line(fans)).toEqual(order);
    },
  );

  test.each(['close', 'draw'] as const)(
    'in the middle of it, after "%s": nobody loses the drawn place',
    async (step) => {
      const fans = await room.joinMany(12);
      const steps = await stepsOf(room);
      await steps.until(step);
      await room.lose();
      const late = await room.joinMany(1);
      await comeBack(fans.slice(0, 6));
      expect(await room.room.draw(room.concertId)).toBe('IN_FORCE');
      await comeBack(fans.slice(6));
      const { draw, order } = await published();
      expect(draw.entrants).toBe(12);
      expect(await line([...fans, ...late])).toEqual([...order, ...(await namesOf(late))]);
    },
  );

  test('after it: tokens from before and from after bring the drawn places back, and those who had their turn stay out', async () => {
    const fans = await room.joinMany(12);
    await room.room.draw(room.concertId);
    const told = await Promise.all(fans.map(state));
    const half = fans.map((fan, i) => (i % 2 === 0 ? fan : { ...fan, token: told[i]?.queueToken ?? '' }));
    await rooms.database.policy(room.concertId, { admitPerInterval: 3 });
    expect(await tick()).toMatchObject({ admitted: 3 });
    const { order } = await published();
    await room.elapse(1_000);
    await rooms.database.policy(room.concertId, { paused: true });
    await tick();
    await room.lose();
    const placed = new Map(told.map((each, i) => [each.drawPseudonym, half[i]]));
    for (const [index, name] of order.entries()) {
      const fan = placed.get(name);
      if (fan === undefined) throw new Error('nobody');
      const back = await room.look(fan.userId, fan.token);
      if (index >= 3) expect(back).toMatchObject({ status: 'WAITING' });
      else expect(back?.status).toBe('ACTIVE');
    }
    expect(await line(fans)).toEqual(order.slice(3));
  });

  /** Drawn, and lost before anybody looked: all come back but who was drawn first. @returns that one */
  async function lostAfterDraw(drawnSecondsAgo = 0): Promise<FanAtDraw> {
    room = await rooms.open({ maxActive: 1 });
    await rooms.database.announceDraw(room.concertId);
    const fans = await room.joinMany(12);
    await room.room.draw(room.concertId);
    const { order } = await published();
    const first = fans[(await namesOf(fans)).indexOf(order[0] ?? '')];
    if (first === undefined) throw new Error('nobody');
    await rooms.database.drawnBefore(room.concertId, drawnSecondsAgo);
    await room.lose();
    await comeBack(fans.filter((fan) => fan !== first));
    return first;
  }

  test('right after it: those drawn first are waited for as long as they were told to pause before', async () => {
    const first = await lostAfterDraw();
    // A third of the patience, then the moment of its own and a failed try: 21.5 s.
    await room.elapse(15_000);
    expect(await tick()).toMatchObject({ admitted: 0, waiting: 11 });
    await comeBack([first]);
    await room.elapse(7_000);
    expect(await tick()).toMatchObject({ admitted: 1, waiting: 11 });
    expect((await state(first)).status).toBe('ACTIVE');
  });

  test('long after it: admission rests no longer than after any loss', async () => {
    await lostAfterDraw(600);
    await room.elapse(BACK_WITHIN_MS);
    expect(await tick()).toMatchObject({ admitted: 1, waiting: 10 });
  });

  test('after it: whoever had their turn while obeying a long pause is let in again', async () => {
    room = await rooms.open({ abandonAfterSeconds: 3 });
    await rooms.database.announceDraw(room.concertId);
    const [obeying, silent] = await room.joinMany(2);
    await room.room.draw(room.concertId);
    expect(await tick()).toMatchObject({ admitted: 2 });
    await room.lose();
    // Told to pause for two seconds and a half at most.
    const look = async (fan: FanAtDraw | undefined, seconds: number) =>
      room.look(fan?.userId ?? '', aged(fan?.token ?? '', seconds));
    expect(await look(obeying, 5)).toMatchObject({ status: 'ACTIVE' });
    expect(await look(silent, 9)).toBeNull();
  });

  test('tells nobody a position that others, on their way back, will push them from', async () => {
    const fans = await room.joinMany(12);
    await room.room.draw(room.concertId);
    const { order } = await published();
    const last = (await Promise.all(fans.map(async (fan) => ({ fan, told: await state(fan) })))).find(
      ({ told }) => told.drawPseudonym === order[11],
    );
    await room.lose();
    expect(await room.look(last?.fan.userId ?? '', last?.fan.token)).toMatchObject({ position: 12 });
  });

  test('a token whose place was not in the draw gives nothing; its owner joins behind', async () => {
    const [away, ...fans] = await room.joinMany(8);
    await room.lose();
    await comeBack(fans);
    await room.elapse(BACK_MS);
    await room.room.draw(room.concertId);
    expect((await published()).draw.entrants).toBe(7);
    expect(await room.look(away?.userId ?? '', away?.token)).toBeNull();
    expect((await room.join(away?.userId ?? '', away?.token)).position).toBe(8);
  });

  test('and somebody who comes back while places are given stands where the draw put them', async () => {
    const fans = await room.joinMany(9);
    const steps = await stepsOf(room);
    await steps.until('draw');
    await room.lose();
    await comeBack(fans.slice(0, 4));
    // As if put back by a process that had not heard of the draw yet.
    const keys = roomKeys(room.concertId);
    for (const fan of fans.slice(4)) {
      await room.redis.zadd(keys[0] ?? '', BELOW_ORDINARY + 5, memberOf(fan.userId));
    }
    const stranger = randomUUID();
    await room.redis.zadd(keys[0] ?? '', BELOW_ORDINARY + 1, memberOf(stranger));
    await room.room.draw(room.concertId);
    const { order } = await published();
    const waiting = await line(fans);
    expect(waiting.slice(0, 9)).toEqual(order);
    expect(waiting[9]).toBe(memberOf(stranger));
  });
});
