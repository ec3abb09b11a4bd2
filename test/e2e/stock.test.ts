import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PolicyAnswer, RoomStats, type State } from '../support/contract';
import type { Fan } from '../support/fan';
import { send } from '../support/http';
import { type House, Stack } from '../support/stack';
import { followStates } from '../support/sse';
import { until } from '../support/until';
import { hoursFromNow } from '../support/times';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(async () => stack.stop());

const SEATS = 4;
const QUICK = { admitIntervalMs: 100, admitPerInterval: 100 };

async function change(concertId: string, body: object) {
  const path = `/api/admin/concerts/${concertId}/queue`;
  const answer = await send(stack.origin(1), 'PATCH', path, { token: await stack.operatorToken(), body });
  return answer.as(PolicyAnswer, 200).policy;
}

async function roomNow(concertId: string) {
  const path = `/api/admin/concerts/${concertId}/queue`;
  return (await send(stack.origin(), 'GET', path, { token: await stack.operatorToken() })).as(RoomStats, 200);
}

const told = async (fan: Fan, concertId: string, isRight: (state: State) => boolean): Promise<State> =>
  until('told', async () => fan.look(concertId), isRight, { withinMs: 6000 });
const isSoldOut = ({ phase }: State): boolean => phase === 'SOLD_OUT';

/** A fan inside who has bought all seats of a small hall, one booking a seat. */
async function soldOut(queue: object = {}): Promise<House & { buyer: Fan; bookings: string[] }> {
  const house = await stack.house({ seats: SEATS, queue: { ...QUICK, ...queue } });
  const buyer = await stack.admitted(house.concertId);
  const bookings: string[] = [];
  for (let seat = 1; seat <= SEATS; seat += 1) bookings.push((await buyer.held(house.scheduleId, [seat])).id);
  for (const booking of bookings) await buyer.paid(booking);
  // The room hears of it within a second: who comes before may still be let in.
  const [scout] = await waiters(house.concertId, 1);
  if (scout === undefined) throw new Error('nobody came');
  await told(scout, house.concertId, isSoldOut);
  await scout.leave(house.concertId);
  return { ...house, buyer, bookings };
}

const waiters = async (concertId: string, count: number): Promise<Fan[]> => {
  const fans = await stack.fans(count);
  for (const fan of fans) await fan.join(concertId);
  return fans;
};

describe('a room that stops and goes on', () => {
  test('tells those who wait, by stream, when all is sold and when a seat is back, and lets in as many as can be served', async () => {
    const house = await stack.house({ seats: SEATS, queue: { ...QUICK, admitBeyondStock: false } });
    const { concertId, scheduleId } = house;
    const buyer = await stack.admitted(concertId);
    const others = [await stack.admitted(concertId), await stack.admitted(concertId)];
    const bookings: string[] = [];
    for (let seat = 1; seat <= SEATS; seat += 1) bookings.push((await buyer.held(scheduleId, [seat])).id);
    for (const other of others) await other.leave(concertId);
    const fans = await waiters(concertId, 6);
    const [first] = fans;
    if (first === undefined) throw new Error('nobody waits');
    const state = await told(first, concertId, ({ stock }) => stock?.held === SEATS);
    expect(state).toMatchObject({ status: 'WAITING', phase: 'OPEN', stock: { available: 0, held: SEATS } });

    const streams = await Promise.all(
      fans.map(async (fan, i) => followStates(fan, concertId, stack.origin(i % 2))),
    );
    const next = async (phase: State['phase']): Promise<State[]> =>
      Promise.all(
        streams.map(async (stream) => {
          for (;;) {
            const heard = await stream.next();
            if (heard.phase === phase) return heard;
          }
        }),
      );
    try {
      for (const booking of bookings) await buyer.paid(booking);
      const soldAtMs = Date.now();
      for (const heard of await next('SOLD_OUT')) {
        expect(heard).toMatchObject({
          status: 'WAITING',
          estimatedWaitSeconds: null,
          stock: { available: 0, held: 0 },
        });
      }
      expect(Date.now() - soldAtMs).toBeLessThan(2500);
      expect(await roomNow(concertId)).toMatchObject({ waiting: 6, active: 0 });

      expect((await buyer.cancel(bookings[0] ?? '')).status).toBe(200);
      expect((await buyer.cancel(bookings[1] ?? '')).status).toBe(200);
      const freeAtMs = Date.now();
      await next('OPEN');
      expect(Date.now() - freeAtMs).toBeLessThan(3000);
      await until(
        'two are in',
        async () => roomNow(concertId),
        ({ active }) => active === 2,
        { withinMs: 3000 },
      );
    } finally {
      for (const stream of streams) stream.close();
    }
    const states = await Promise.all(fans.map(async (fan) => fan.look(concertId)));
    expect(states.map(({ position }) => position)).toEqual([0, 0, 1, 2, 3, 4]);
    expect(states[5]).toMatchObject({ position: 4, stock: { available: 2, held: 0 } });

    // A third place inside would be one without a seat: until the policy says otherwise.
    await fans[0]?.held(scheduleId, [1]);
    expect((await change(concertId, { admitBeyondStock: true })).admitBeyondStock).toBe(true);
    await Promise.all(fans.slice(2).map(async (fan) => fan.admitted(concertId, { withinMs: 2000 })));
    expect(await stack.violations()).toEqual([]);
  });

  test('goes on when a hold lapses, or is given back: until then it says that seats are held', async () => {
    const { concertId, scheduleId, buyer, bookings } = await soldOut();
    const [fan, watcher] = await waiters(concertId, 2);
    if (fan === undefined || watcher === undefined) throw new Error('nobody waits');
    await told(fan, concertId, isSoldOut);
    // Of the two that come back one is held, and the other is sold again.
    for (const booking of bookings.slice(0, 2)) await buyer.cancel(booking);
    await fan.admitted(concertId, { withinMs: 3000 });
    const held = await fan.held(scheduleId, [1]);
    const kept = await fan.held(scheduleId, [2]);
    await fan.paid(kept.id);
    expect(await told(fan, concertId, ({ stock }) => stock?.held === 1)).toMatchObject({ phase: 'OPEN' });
    await stack.query(`UPDATE bookings SET expires_at = now() WHERE id = $1`, [held.id]);
    // Not the fan: who has paid and holds nothing any more is out.
    expect(await told(watcher, concertId, ({ stock }) => stock?.available === 1)).toMatchObject({
      stock: { available: 1, held: 0 },
    });
  });

  test('keeps all that through an emptied Redis', async () => {
    const { concertId, buyer, bookings } = await soldOut();
    const [fan] = await waiters(concertId, 1);
    if (fan === undefined) throw new Error('nobody waits');
    expect(await told(fan, concertId, isSoldOut)).toMatchObject({ status: 'WAITING' });
    await stack.onRedis(async (redis) => redis.flushall());
    await until(
      'back',
      async () => fan.look(concertId).catch(() => null),
      (state) => state !== null && isSoldOut(state),
    );
    expect(await roomNow(concertId)).toMatchObject({ waiting: 1, active: 0 });
    await buyer.cancel(bookings[0] ?? '');
    await fan.admitted(concertId, { withinMs: 15_000 });
  });

  test('is sold out only when all its open dates are, and looks at none of the others', async () => {
    const { concertId } = await soldOut();
    const [fan] = await waiters(concertId, 1);
    if (fan === undefined) throw new Error('nobody waits');
    await told(fan, concertId, isSoldOut);
    const other = await stack.date(concertId, { seats: 7 });
    expect(await fan.admitted(concertId, { withinMs: 3000 })).toMatchObject({ phase: 'OPEN' });
    expect(await told(fan, concertId, ({ stock }) => stock?.available === 7)).toMatchObject({
      stock: { available: 7, held: 0 },
    });
    await stack.query('UPDATE schedules SET booking_end_at = now() WHERE id = $1', [other]);
    await told(fan, concertId, isSoldOut);
    await stack.query('UPDATE schedules SET booking_start_at = $2, booking_end_at = $3 WHERE id = $1', [
      other,
      hoursFromNow(1),
      hoursFromNow(2),
    ]);
    await told(fan, concertId, isSoldOut);
    await stack.query('UPDATE schedules SET booking_start_at = $2 WHERE id = $1', [other, hoursFromNow(-1)]);
    await told(fan, concertId, ({ phase, stock }) => phase === 'OPEN' && stock?.available === 7);
  });

  test('without a date tells no stock', async () => {
    const concertId = await stack.concert({ queue: { admitBeyondStock: false } });
    const fan = await stack.fan();
    expect(await fan.join(concertId)).toMatchObject({ phase: 'BEFORE_OPENING', stock: null });
    await stack.date(concertId, { seats: 2 });
    await fan.admitted(concertId, { withinMs: 3000 });
    expect((await roomNow(concertId)).policy.admitBeyondStock).toBe(false);
  });
});
