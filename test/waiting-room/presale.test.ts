import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { createSubscriptions } from '../../src/lib/subscriptions';
import { listenToRoom, type QueueState, type RoomNews } from '../../src/waiting-room';
import { memberOf } from '../../src/waiting-room/members';
import { BELOW_ORDINARY, isPresalePlace } from '../../src/waiting-room/presale-range';
import { tokens } from '../support/tokens';
import { until } from '../support/until';
import { BACK_WITHIN_MS, type TestRoom, testRooms } from './room';

/** What polls tell of presales is older by then than they remember it. */
const REMEMBERED_MS = 1100;

const rooms = testRooms({ ownRedis: true });
let room: TestRoom;
const closed = () => ({ isOpen: false, opensAtMs: Date.now() + 600_000 });
beforeEach(async () => {
  room = await rooms.open({ maxActive: 2, admitPerInterval: 2, admitIntervalMs: 100 });
  await rooms.database.opensAt(room.concertId, new Date(Date.now() + 600_000).toISOString());
  await rooms.database.presale(room.concertId, 'Fan club', -1, 5);
  room.booking = closed();
  room.presale = 'RUNS';
});

interface FanHere {
  userId: string;
  token: string;
}

async function joinWithCode(
  userId: string = randomUUID(),
  token?: string,
): Promise<FanHere & { state: QueueState; created: boolean }> {
  const joined = await room.room.join(room.concertId, userId, token, { hasCode: true });
  if (!joined) throw new Error('no such concert');
  return { userId, token: joined.state.queueToken, ...joined };
}

async function withCode(count: number): Promise<FanHere[]> {
  const fans = [];
  for (let i = 0; i < count; i += 1) fans.push(await joinWithCode());
  return fans;
}

function sequenceOf(token: string): string {
  const reading = tokens.read(token);
  if (!reading.ok) throw new Error('not a token');
  return reading.claims.sequence;
}

const members = (...fans: readonly FanHere[]): string[] => fans.map(({ userId }) => memberOf(userId));
const inside = async ({ userId }: FanHere): Promise<boolean> =>
  (await room.room.admission(room.concertId, userId))?.status === 'ACTIVE';

/** Opens the room to all, as Postgres and the next tick know it. */
async function openToAll(): Promise<void> {
  await rooms.database.opensAt(room.concertId, null);
  room.booking = { isOpen: true, opensAtMs: null };
  room.presale = 'NONE';
}

describe('while a presale runs', () => {
  test('fans with a code stand in front, by arrival among themselves, and they alone are let in', async () => {
    const early = await room.joinMany(2);
    const fans = await withCode(3);
    const late = await room.joinMany(1);
    expect(await room.waiting()).toEqual(members(...fans, ...early, ...late));
    expect(await room.tick()).toMatchObject({ admitted: 2, abandoned: 0, waiting: 4 });
    expect(await Promise.all(fans.map(inside))).toEqual([true, true, false]);
    // Slots that come free are for the last of them, and then for nobody.
    for (const { userId } of fans.slice(0, 2)) await room.room.leave(room.concertId, userId);
    await room.elapse(200);
    expect(await room.tick()).toMatchObject({ admitted: 1, waiting: 3, active: 1 });
    await room.elapse(200);
    expect(await room.tick()).toMatchObject({ admitted: 0, waiting: 3, more: false });
  });

  test('are told that the room is open to them, where they stand, and of the presale', async () => {
    const [ordinary] = await room.joinMany(1);
    await withCode(2);
    await room.tick();
    const fan = await joinWithCode();
    const presale = { name: 'Fan club', endsAt: expect.stringMatching(/Z$/) };
    expect(fan.state).toMatchObject({ phase: 'OPEN', position: 1, presale, opensAt: null });
    expect(await room.look(ordinary?.userId ?? '')).toMatchObject({
      phase: 'BEFORE_OPENING',
      position: null,
      estimatedWaitSeconds: null,
      presale,
      opensAt: new Date(room.booking.opensAtMs ?? 0).toISOString(),
    });
    room.policy = { ...room.policy, paused: true };
    await room.tick();
    expect(await room.look(ordinary?.userId ?? '')).toMatchObject({ phase: 'BEFORE_OPENING' });
    expect(await room.look(fan.userId)).toMatchObject({ phase: 'PAUSED', position: 1 });
  });

  test('are told so by Redis alone while Postgres fails or hangs: with the presale as last heard of, or none', async () => {
    const [fan] = await withCode(1);
    const told = await room.look(fan?.userId ?? '');
    expect(told?.presale).toMatchObject({ name: 'Fan club' });
    const knowsNothing = room.process();
    const rename = async (from: string, to: string) =>
      rooms.database.sequelize.query(`ALTER TABLE ${from} RENAME TO ${to}`);
    await rename('presales', 'away');
    try {
      await sleep(REMEMBERED_MS);
      expect(await room.look(fan?.userId ?? '')).toMatchObject({ position: 1, presale: told?.presale });
      expect(await knowsNothing.look(room.concertId, fan?.userId ?? '')).toMatchObject({
        position: 1,
        presale: null,
      });
    } finally {
      await rename('away', 'presales');
    }
    const hanging = await rooms.database.sequelize.transaction();
    try {
      await rooms.database.sequelize.query('LOCK TABLE presales', { transaction: hanging });
      await sleep(REMEMBERED_MS);
      const askedAtMs = performance.now();
      expect(await room.look(fan?.userId ?? '')).toMatchObject({ position: 1, presale: told?.presale });
      expect(performance.now() - askedAtMs).toBeLessThan(1000);
    } finally {
      await hanging.rollback();
    }
    await until(
      'told again',
      async () => (await knowsNothing.look(room.concertId, fan?.userId ?? ''))?.presale?.name,
      (name) => name === 'Fan club',
    );
  });

  test('nobody without a code is told a position before it, either, and nobody is let in', async () => {
    room.presale = 'AHEAD';
    const [ordinary] = await room.joinMany(1);
    expect(await room.tick()).toMatchObject({ admitted: 0 });
    expect(await room.look(ordinary?.userId ?? '')).toMatchObject({ position: null, presale: null });
    const admission = await room.room.admission(room.concertId, ordinary?.userId ?? '');
    expect(admission).toMatchObject({ status: 'WAITING', position: null });
  });

  test('the caps hold, and nobody is let in twice, with several processes that tick and join', async () => {
    const at = room.processes(3);
    const users = Array.from({ length: 12 }, () => randomUUID());
    await Promise.all(
      users.map(async (userId, i) => at(i).join(room.concertId, userId, null, { hasCode: true })),
    );
    await room.joinMany(3);
    const outcomes = await Promise.all([0, 1, 2].map(async (i) => at(i).tick(room.concertId, room.rules)));
    expect(outcomes.reduce((sum, { admitted }) => sum + admitted, 0)).toBe(2);
    expect((await room.stats()).active).toBe(2);
  });

  test('the longest wait is that of a fan, not that of an age', async () => {
    await withCode(1);
    expect((await room.stats()).oldestWaitSeconds).toBeLessThan(5);
  });

  test('the silent are passed over there as anywhere, and none behind them', async () => {
    await room.joinMany(1);
    const [absent, present] = await withCode(2);
    await room.silence(absent?.userId ?? '');
    expect(await room.tick()).toMatchObject({ admitted: 1, abandoned: 1, waiting: 1 });
    expect(await inside(present ?? { userId: '', token: '' })).toBe(true);
  });
});

describe('a fan who waits without a code and gets one', () => {
  test('moves in front for a new place, once, and gives up the old one for good', async () => {
    const [first, fan] = await room.joinMany(2);
    const [before] = await withCode(1);
    if (fan === undefined || first === undefined || before === undefined) throw new Error('no fans');
    const moved = await joinWithCode(fan.userId, fan.token);
    expect(moved).toMatchObject({ created: true, state: { position: 2 } });
    expect(isPresalePlace(sequenceOf(moved.token))).toBe(true);
    expect(await room.waiting()).toEqual(members(before, fan, first));
    // Again, from another tab: the same place.
    const again = await joinWithCode(fan.userId);
    expect(again).toMatchObject({ created: false, state: { position: 2 } });
    expect(sequenceOf(again.token)).toBe(sequenceOf(moved.token));
    // The old token is worth nothing after a loss, and the new one its place.
    await room.lose();
    expect(await room.look(fan.userId, fan.token)).toBeNull();
    expect(await room.look(fan.userId, moved.token)).toMatchObject({ status: 'WAITING', position: 2 });
  });

  test('has no second turn by the old token, once the new place was used up', async () => {
    const [fan] = await room.joinMany(1);
    const moved = await joinWithCode(fan?.userId, fan?.token);
    expect(await room.tick()).toMatchObject({ admitted: 1 });
    await room.room.leave(room.concertId, moved.userId, moved.token);
    await room.lose();
    await openToAll();
    expect(await room.look(moved.userId, fan?.token)).toBeNull();
    expect(await room.look(moved.userId, moved.token)).toBeNull();
  });

  test('has none either when a loss comes before the code, and the old token is not shown with it', async () => {
    const [fan] = await room.joinMany(1);
    await room.lose();
    const moved = await joinWithCode(fan?.userId);
    expect(isPresalePlace(sequenceOf(moved.token))).toBe(true);
    await room.elapse(BACK_WITHIN_MS);
    expect(await room.tick()).toMatchObject({ admitted: 1 });
    await room.elapse(room.policy.activeTtlSeconds * 1000 + 1000);
    await openToAll();
    expect(await room.tick()).toMatchObject({ expired: 1 });
    // Silent for longer than anybody is waited for, then a second loss: else the place could come back by that alone.
    await room.lose();
    expect(await room.look(moved.userId, fan?.token)).toBeNull();
  });

  test('has none either when the process died that made the place, and another one found it', async () => {
    const [fan] = await room.joinMany(1);
    await room.lose();
    const { giveUp } = rooms.database.records;
    rooms.database.records.giveUp = async () => Promise.reject(new Error('killed'));
    try {
      await expect(joinWithCode(fan?.userId)).rejects.toThrow('killed');
    } finally {
      rooms.database.records.giveUp = giveUp;
    }
    const moved = await joinWithCode(fan?.userId);
    expect(moved.created).toBe(false);
    await room.lose();
    expect(await room.look(moved.userId, fan?.token)).toBeNull();
    expect(await room.look(moved.userId, moved.token)).toMatchObject({ status: 'WAITING' });
  });

  test('who is in already stays in', async () => {
    const [fan] = await withCode(1);
    await room.tick();
    expect(await joinWithCode(fan?.userId, fan?.token)).toMatchObject({
      created: false,
      state: { status: 'ACTIVE' },
    });
  });

  test('who left a place of a presale can have another, behind the others', async () => {
    const [fan, other] = await withCode(2);
    await room.room.leave(room.concertId, fan?.userId ?? '', fan?.token);
    const back = await joinWithCode(fan?.userId, fan?.token);
    expect(back).toMatchObject({ created: true, state: { position: 2 } });
    await room.lose();
    expect(await room.look(back.userId, fan?.token)).toBeNull();
    expect(await room.look(back.userId, back.token)).toMatchObject({ status: 'WAITING' });
    expect(await room.look(other?.userId ?? '', other?.token)).toMatchObject({ status: 'WAITING' });
    expect(await room.waiting()).toEqual(members(...(other === undefined ? [] : [other]), back));
  });
});

describe('the general opening', () => {
  test('follows: fans with a code keep their places in front, then come the others, in order', async () => {
    const early = await room.joinMany(2);
    const fans = await withCode(4);
    await room.tick();
    const positions = async (): Promise<(number | null)[]> =>
      Promise.all(fans.slice(2).map(async ({ userId }) => (await room.look(userId))?.position ?? null));
    expect(await positions()).toEqual([1, 2]);
    // Between the presale and the opening nobody is let in.
    room.presale = 'NONE';
    for (const { userId } of fans.slice(0, 2)) await room.room.leave(room.concertId, userId);
    await room.elapse(200);
    expect(await room.tick()).toMatchObject({ admitted: 0 });
    expect(await positions()).toEqual([1, 2]);
    expect(await room.look(fans[2]?.userId ?? '')).toMatchObject({ phase: 'BEFORE_OPENING', presale: null });
    expect((await room.look(early[0]?.userId ?? ''))?.position).toBe(3);
    await openToAll();
    expect(await room.tick()).toMatchObject({ admitted: 2 });
    expect(await Promise.all(fans.slice(2).map(inside))).toEqual([true, true]);
    for (const { userId } of fans) await room.room.leave(room.concertId, userId);
    await room.elapse(200);
    expect(await room.tick()).toMatchObject({ admitted: 2, waiting: 0 });
    expect(await Promise.all(early.map(inside))).toEqual([true, true]);
  });

  test('ends what codes are good for: once an ordinary place has had its turn, a code gives an ordinary one', async () => {
    await room.joinMany(1);
    await openToAll();
    await room.tick();
    const [ordinary] = await room.joinMany(1);
    // Closed again, with a presale that runs.
    room.booking = closed();
    room.presale = 'RUNS';
    const late = await joinWithCode();
    expect(isPresalePlace(sequenceOf(late.token))).toBe(false);
    const asked = await joinWithCode(ordinary?.userId, ordinary?.token);
    expect(asked.created).toBe(false);
    expect(sequenceOf(asked.token)).toBe(sequenceOf(ordinary?.token ?? ''));
    // And gave nothing up for it.
    await room.lose();
    expect(await room.look(asked.userId, asked.token)).toMatchObject({ status: 'WAITING' });
  });

  test.each([
    ['has opened', openToAll],
    ['has no presale any more', async () => void (room.presale = 'NONE')],
  ])(
    'lets no position grow: in a room that %s while a code was looked at, the place is an ordinary one',
    async (_what, happens) => {
      const fans = await room.joinMany(2);
      await happens();
      room.policy = { ...room.policy, paused: true };
      await room.tick();
      expect(await room.look(fans[0]?.userId ?? '')).toMatchObject({ position: 1 });
      expect(await joinWithCode()).toMatchObject({ created: true, state: { position: 3 } });
      const asked = await joinWithCode(fans[1]?.userId, fans[1]?.token);
      expect(asked).toMatchObject({ created: false, state: { position: 2 } });
      expect(await room.look(fans[0]?.userId ?? '')).toMatchObject({ position: 1 });
      // And gave nothing up for it.
      await room.lose();
      expect(await room.look(asked.userId, asked.token)).toMatchObject({ status: 'WAITING' });
    },
  );

  test('begins and ends of presales are told to all streams, and within the time that a crowd needs', async () => {
    await room.joinMany(1);
    room.presale = 'NONE';
    await room.tick();
    const heard: RoomNews[] = [];
    const listener = room.redis.duplicate();
    await listenToRoom(createSubscriptions(listener), room.concertId, (news) => heard.push(news));
    for (const presale of ['AHEAD', 'AHEAD', 'RUNS', 'RUNS', 'NONE'] as const) {
      room.presale = presale;
      await room.tick();
    }
    await listener.ping();
    expect(heard).toEqual([{ kind: 'room' }, { kind: 'room' }, { kind: 'room' }]);
    listener.disconnect();
  });
});

describe('a loss of Redis in the middle of a presale', () => {
  test('puts everybody back where they were: fans with a code in front, the admitted inside', async () => {
    const [ordinary] = await room.joinMany(1);
    // The clock of the Redis that is lost was ahead.
    await room.lastSequencePlus(60_000_000);
    const fans = await withCode(5);
    await room.tick();
    const told: FanHere[] = [];
    for (const fan of fans) {
      const state = await room.look(fan.userId, fan.token);
      told.push({ ...fan, token: state?.queueToken ?? '' });
    }
    const ordinaryToken = (await room.look(ordinary?.userId ?? ''))?.queueToken;
    await rooms.database.records.raiseWatermark(room.concertId, Number(sequenceOf(told[1]?.token ?? '')), 4);
    await room.lose();
    const back = [told[4], told[2], told[0], told[3], told[1]];
    expect(await room.look(ordinary?.userId ?? '', ordinaryToken)).toMatchObject({ position: null });
    for (const fan of back) await room.look(fan?.userId ?? '', fan?.token);
    expect(await room.waiting()).toEqual(members(...told.slice(2), ordinary ?? { userId: '', token: '' }));
    expect(await Promise.all(told.map(inside))).toEqual([true, true, false, false, false]);
    // A new one stands behind those who came back.
    const late = await joinWithCode();
    expect(Number(sequenceOf(late.token))).toBeGreaterThan(Number(sequenceOf(told[4]?.token ?? '')));
    await room.elapse(BACK_WITHIN_MS);
    for (const { userId } of told.slice(0, 2)) await room.room.leave(room.concertId, userId);
    expect(await room.tick()).toMatchObject({ admitted: 2 });
    expect(await Promise.all(told.map(inside))).toEqual([false, false, true, true, false]);
  });

  test('and once more: who came in front meanwhile is waited for by those behind, whatever these stood at before', async () => {
    const [first] = await room.joinMany(1);
    await room.lose();
    const again = await room.look(first?.userId ?? '', first?.token);
    await room.elapse(BACK_WITHIN_MS);
    await room.tick();
    const fans = await withCode(4);
    const since = await room.look(first?.userId ?? '', again?.queueToken);
    const reading = tokens.read(since?.queueToken ?? '');
    expect(reading).toMatchObject({ ok: true, claims: { position: 5 } });
    await room.lose();
    await openToAll();
    // Back before all others: the token still says for how many to wait.
    const back = await room.look(first?.userId ?? '', since?.queueToken);
    expect(tokens.read(back?.queueToken ?? '')).toMatchObject({ ok: true, claims: { position: 5 } });
    for (const fan of fans) await room.look(fan.userId, fan.token);
    expect(await room.waiting()).toEqual(members(...fans, first ?? { userId: '', token: '' }));
  });

  test('keeps the larger position while fans are still coming back to places in front', async () => {
    const [first] = await room.joinMany(1);
    const fans = await withCode(4);
    const told = await room.look(first?.userId ?? '', first?.token);
    await room.lose();
    let token = told?.queueToken;
    const stored = async (): Promise<number> => {
      token = (await room.look(first?.userId ?? '', token))?.queueToken;
      const reading = tokens.read(token ?? '');
      return reading.ok ? reading.claims.position : -1;
    };
    expect(await stored()).toBe(5);
    await withCode(2);
    for (const fan of fans) await room.look(fan.userId, fan.token);
    expect(await stored()).toBe(7);
  });

  test('gives no second turn to a place that was used, and no first one to who paid', async () => {
    const [left, paid, waits] = await withCode(3);
    await room.tick();
    await room.room.leave(room.concertId, left?.userId ?? '', left?.token);
    await rooms.database.pay(room.concertId, paid?.userId ?? '');
    await room.lose();
    expect(await room.look(left?.userId ?? '', left?.token)).toBeNull();
    expect(await room.look(paid?.userId ?? '', paid?.token)).toBeNull();
    expect(await room.look(waits?.userId ?? '', waits?.token)).toMatchObject({ status: 'WAITING' });
  });

  test('who moved in front before it stays, though the old place was given up in it', async () => {
    const [fan] = await room.joinMany(1);
    const moved = await joinWithCode(fan?.userId, fan?.token);
    // A copy of the room that has forgotten nothing, as far as it knows: what was given up is put right by Postgres.
    await room.pretendRestart();
    expect(await room.look(moved.userId, moved.token)).toMatchObject({ status: 'WAITING', position: 1 });
    expect(await room.waiting()).toEqual(members(moved));
  });

  test('a payment ends the admission that began before it, and none that began after', async () => {
    const [fan] = await withCode(1);
    await room.tick();
    const paidAtMs = Date.now() + 5;
    expect(
      await room.room.endAdmissions(room.concertId, [
        { userId: fan?.userId ?? '', paidAtMs: paidAtMs - 60_000 },
      ]),
    ).toBe(0);
    expect(await room.room.endAdmissions(room.concertId, [{ userId: fan?.userId ?? '', paidAtMs }])).toBe(1);
  });
});

describe('in a room with a draw', () => {
  test('fans with a code are not drawn: they stay in front, and come back there after a loss', async () => {
    await rooms.database.announceDraw(room.concertId, new Date(Date.now() + 600_000).toISOString());
    const draw = { drawnAgoMs: null, upTo: 0, entrants: 0 };
    room.draw = { isDrawn: false, ...draw };
    const ordinary = await room.joinMany(5);
    const fans = await withCode(4);
    expect(await room.tick()).toMatchObject({ admitted: 2 });
    expect(await room.look(fans[2]?.userId ?? '')).toMatchObject({ position: 1, drawPseudonym: null });
    expect(await room.look(ordinary[0]?.userId ?? '')).toMatchObject({
      position: null,
      drawPseudonym: expect.stringMatching(/./),
    });
    await openToAll();
    expect(await room.room.draw(room.concertId)).toBe('IN_FORCE');
    const [published] = await rooms.database.rows<{ entrants: number }>(
      'SELECT entrants FROM draws WHERE concert_id = $1',
      [room.concertId],
    );
    expect(published?.entrants).toBe(5);
    const line = await room.waiting();
    expect(line.slice(0, 2)).toEqual(members(...fans.slice(2)));
    expect(new Set(line.slice(2))).toEqual(new Set(members(...ordinary)));
    const state = await room.look(fans[2]?.userId ?? '');
    await room.lose();
    expect(await room.look(fans[2]?.userId ?? '', state?.queueToken)).toMatchObject({
      status: 'WAITING',
      position: 1,
    });
    expect(Number(sequenceOf(state?.queueToken ?? ''))).toBeLessThan(BELOW_ORDINARY);
  });
});
