import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Bookable, PresaleMade, Presales, ScheduleMade, type State } from '../support/contract';
import { type Fan, outcomeOf } from '../support/fan';
import { type Answer, send } from '../support/http';
import { Stack } from '../support/stack';
import { hoursFromNow } from '../support/times';
import { inTurns, until, untilIs } from '../support/until';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(async () => stack.stop());

const QUICK = { admitIntervalMs: 100, maxActive: 3, admitPerInterval: 3 };
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
const asOperator = async (method: string, of: string, body?: object): Promise<Answer> =>
  send(stack.origin(1), method, of, { token: await stack.operatorToken(), ...(body && { body }) });

/** A date whose booking starts for all at that moment. */
async function date(concertId: string, bookingStartAt: string): Promise<string> {
  const answer = await asOperator('POST', `/api/admin/concerts/${concertId}/schedules`, {
    bookingStartAt,
    bookingEndAt: hoursFromNow(48),
    startAt: hoursFromNow(72),
    endAt: hoursFromNow(75),
    sections: [{ name: 'A', rows: 1, seatsPerRow: 50, price: 100 }],
  });
  return answer.as(ScheduleMade, 201).schedule.id;
}

async function presale(concertId: string, body: object): Promise<string[]> {
  const path = `/api/admin/concerts/${concertId}/presales`;
  const made = (await asOperator('POST', path, { name: 'Fan club', startsAt: inMs(-1000), ...body })).as(
    PresaleMade,
    201,
  );
  return made.codes;
}

const bookable = async (fan: Fan, concertId: string): Promise<string[]> =>
  (await fan.send('GET', `/api/concerts/${concertId}/schedules/bookable`))
    .as(Bookable, 200)
    .schedules.map(({ id }) => id);
const isIn = ({ status }: State): boolean => status === 'ACTIVE';

describe('a presale', () => {
  test('sells its dates to those with a code; the opening for all follows by itself, and they keep their places', async () => {
    const opensAt = inMs(9000);
    const concertId = await stack.concert({ queue: QUICK });
    const mine = await date(concertId, opensAt);
    const other = await date(concertId, opensAt);
    const [before, ...others] = await stack.fans(4);
    if (before === undefined) throw new Error('no fans');
    expect(await before.join(concertId)).toMatchObject({ position: 1, phase: 'BEFORE_OPENING', opensAt });
    const codes = await presale(concertId, {
      endsAt: inMs(6500),
      codes: { count: 10 },
      scheduleIds: [mine],
      seatLimit: 2,
    });
    // Who was there before keeps the place, and hears no number that could grow.
    expect(await before.look(concertId)).toMatchObject({ position: null, presale: { name: 'Fan club' } });
    for (const fan of others) expect((await fan.tryJoin(concertId)).said).toBe('403 ACCESS_CODE_REQUIRED');

    const fans = await stack.fans(8);
    for (const [i, fan] of fans.entries()) {
      // As somebody types it.
      const state = await fan.join(concertId, codes[i]?.toLowerCase().replaceAll('-', ' '));
      expect(state).toMatchObject({ presale: { name: 'Fan club', endsAt: expect.stringMatching(/Z$/) } });
    }
    const first = fans.slice(0, 3);
    for (const fan of first) await until('in', async () => fan.look(concertId), isIn, { everyMs: 50 });
    const [buyer, holder, looker] = first;
    if (buyer === undefined || holder === undefined || looker === undefined) throw new Error('no fans');
    expect(await bookable(buyer, concertId)).toEqual([mine]);
    expect(await outcomeOf(buyer, await buyer.hold(other, [1]))).toBe('BOOKING_WINDOW_CLOSED');
    expect(await outcomeOf(buyer, await buyer.hold(mine, [1, 2, 3]))).toBe('SEAT_LIMIT');
    const { id } = await buyer.held(mine, [1, 2]);
    await buyer.paid(id);
    const held = await holder.held(mine, [5]);
    // Paid: one slot is free, for the next with a code.
    const next = fans[3];
    await until(
      'next',
      async () => next?.look(concertId) ?? null,
      (state) => state?.status === 'ACTIVE',
      { everyMs: 50 },
    );

    const isOver = ({ position }: State): boolean => position !== null;
    await until('the end of the presale', async () => before.look(concertId), isOver, { everyMs: 50 });
    expect(Date.now()).toBeLessThan(Date.parse(opensAt));
    expect(await outcomeOf(looker, await looker.hold(mine, [9]))).toBe('BOOKING_WINDOW_CLOSED');
    expect(await bookable(looker, concertId)).toEqual([]);
    // What was held in it is paid after it; whoever comes now needs no code, and stands behind.
    await holder.paid(held.id);
    const [late] = others;
    expect(await late?.join(concertId)).toMatchObject({
      phase: 'BEFORE_OPENING',
      position: expect.any(Number),
    });
    const waiting = await inTurns(fans.slice(4), 4, async (fan) => fan.look(concertId));
    expect(waiting.map(({ status, position }) => [status, position])).toEqual([
      ['WAITING', 1],
      ['WAITING', 2],
      ['WAITING', 3],
      ['WAITING', 4],
    ]);
    expect(await before.look(concertId)).toMatchObject({ position: 5 });

    for (const fan of [looker, next]) await fan?.leave(concertId);
    const [fifth] = fans.slice(4);
    await until(
      'the opening',
      async () => fifth?.look(concertId) ?? null,
      (state) => state?.status === 'ACTIVE',
      { everyMs: 50 },
    );
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(opensAt));
    expect((await before.look(concertId)).status).toBe('WAITING');
    if (fifth === undefined) throw new Error('no fans');
    expect((await bookable(fifth, concertId)).toSorted()).toEqual([mine, other].toSorted());
    expect(await outcomeOf(fifth, await fifth.hold(other, [1, 2, 3, 4]))).toBe('completed');
    for (const fan of fans.slice(5)) await fan.enter(concertId).then(async () => fan.leave(concertId));
    expect((await before.enter(concertId)).phase).toBe('OPEN');
    expect(await bookable(before, concertId)).toHaveLength(2);
    expect(await outcomeOf(before, await before.hold(mine, [20]))).toBe('completed');
    expect(await stack.violations()).toEqual([]);
  }, 40_000);

  test('its codes have one owner each, on any device, and are told once', async () => {
    const opensAt = inMs(3_600_000);
    const { concertId, scheduleId } = await stack.house({ queue: { ...QUICK, opensAt } });
    const path = `/api/admin/concerts/${concertId}/presales`;
    const body = { name: 'List', startsAt: inMs(-1000), endsAt: opensAt };
    const listed = ['Summer-2026', 'member 0001'];
    const made = (await asOperator('POST', path, { ...body, codes: { list: listed } })).as(PresaleMade, 201);
    expect(made.codes).toEqual(listed);
    const [fan, other] = await stack.fans(2);
    if (fan === undefined || other === undefined) throw new Error('no fans');
    const tries = await Promise.all(
      [fan, other]
        .flatMap((one) => [one, one, one])
        .map(async (one) => one.tryJoin(concertId, 'MEMBER-0001')),
    );
    const said = tries.map((answer) => (answer.status < 300 ? 'in' : answer.said));
    expect(said.filter((each) => each === 'in')).toHaveLength(3);
    expect(said.filter((each) => each === '403 ACCESS_CODE_USED')).toHaveLength(3);
    const owner = said[0] === 'in' ? fan : other;
    // The waiting list is no way round: what the presale sells is for those with a code.
    const stranger = owner === fan ? other : fan;
    expect((await stranger.waitFor(scheduleId, { count: 1 })).said).toBe('409 BOOKING_WINDOW_CLOSED');
    expect((await owner.waitFor(scheduleId, { count: 1 })).said).toBe('409 NOT_SOLD_OUT');
    // From anywhere, with the code or without.
    expect((await owner.tryJoin(concertId)).status).toBe(200);
    await owner.leave(concertId);
    expect((await owner.tryJoin(concertId)).status).toBe(201);
    const list = await asOperator('GET', path);
    expect(list.as(Presales, 200).presales).toEqual([{ ...made.presale, claimed: 1 }]);
    expect(list.text).not.toMatch(/summer|member/i);
    for (const { log } of [...stack.webs, ...stack.workers])
      expect(log).not.toMatch(/Summer-2026|member 0001/);
    expect(await stack.violations()).toEqual([]);
  });

  test('begins while everybody waits: who has a code moves in front of those who came before', async () => {
    const startsAt = inMs(2500);
    const concertId = await stack.room({ ...QUICK, maxActive: 1, opensAt: inMs(3_600_000) });
    const codes = await presale(concertId, { startsAt, endsAt: inMs(60_000), codes: { count: 5 } });
    const [first, second, third] = await stack.fans(3);
    if (first === undefined || second === undefined || third === undefined) throw new Error('no fans');
    for (const fan of [first, second, third]) {
      expect(await fan.join(concertId)).toMatchObject({ position: null, presale: null });
    }
    const started = ({ presale }: State): boolean => presale !== null;
    await until('the presale', async () => first.look(concertId), started, { everyMs: 50 });
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(startsAt));
    await third.join(concertId, codes[0]);
    await second.join(concertId, codes[1]);
    await until('in', async () => third.look(concertId), isIn, { everyMs: 50 });
    await untilIs('told', async () => (await second.look(concertId)).phase, 'OPEN');
    expect(await second.look(concertId)).toMatchObject({ status: 'WAITING', position: 1 });
    expect(await first.look(concertId)).toMatchObject({ status: 'WAITING', position: null });
    // With the place a code had given, the last token brings it back in front.
    await stack.onRedis(async (redis) => redis.flushall());
    expect(await second.look(concertId)).toMatchObject({ status: 'WAITING', position: 1 });
    expect(await first.look(concertId)).toMatchObject({ status: 'WAITING', position: null });
    expect(await third.look(concertId)).toMatchObject({ status: 'ACTIVE' });
  });
});
