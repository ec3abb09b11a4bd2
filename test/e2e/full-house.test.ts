import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Bookings, RoomStats, SeatMap, type State } from '../support/contract';
import { type Fan, outcomeOf, tally } from '../support/fan';
import { send } from '../support/http';
import { type House, Stack } from '../support/stack';
import { until } from '../support/until';

const SEATS = 50;
const FANS = 200;
const ROOM = 20;
const PRICE = 1500;
const POINTS = 10_000;

let stack: Stack;
let house: House;
beforeAll(async () => {
  stack = await Stack.start();
  const queue = { maxActive: ROOM, admitPerInterval: ROOM, admitIntervalMs: 200 };
  house = await stack.house({ seats: SEATS, price: PRICE, queue });
});
afterAll(async () => stack.stop());

/** What a fan does: wait, look, try some free seat, pay for it; go home when there is none, or when the room says so. */
async function visit(fan: Fan): Promise<string> {
  const isTold = ({ status, phase }: State): boolean => status === 'ACTIVE' || phase === 'SOLD_OUT';
  const look = async () => fan.look(house.concertId);
  const state = await until('admitted, or sold out', look, isTold, { withinMs: 60_000, everyMs: 600 });
  if (state.status === 'WAITING') {
    await fan.leave(house.concertId);
    return 'sold out';
  }
  for (;;) {
    const map = await fan.send('GET', `/api/concerts/schedules/${house.scheduleId}/seats?status=available`);
    const { seats } = map.as(SeatMap, 200);
    if (seats.length === 0) {
      await fan.leave(house.concertId);
      return 'sold out';
    }
    const seat = seats[randomInt(seats.length)];
    if (seat === undefined) continue;
    const answer = await fan.send('POST', `/api/concerts/seats/${seat.id}/book`, {
      headers: { prefer: 'wait=10' },
    });
    const outcome = await outcomeOf(fan, answer);
    if (outcome === 'SEAT_TAKEN') continue;
    if (outcome !== 'completed') return outcome;
    const { bookings } = await myBookings(fan);
    await fan.paid(bookings[0]?.id ?? '');
    return `seat ${seat.number}`;
  }
}

async function myBookings(fan: Fan): Promise<{ bookings: { id: string }[] }> {
  return (await fan.send('GET', '/api/bookings?status=PENDING')).as(Bookings, 200);
}

async function roomNow() {
  const path = `/api/admin/concerts/${house.concertId}/queue`;
  return (await send(stack.origin(), 'GET', path, { token: await stack.operatorToken() })).as(RoomStats, 200);
}

describe('a full house', () => {
  test('50 seats are sold to 200 fans through a waiting room of 20: every seat once, all the money right', async () => {
    const fans = await stack.fans(FANS, POINTS);
    for (const fan of fans) await fan.join(house.concertId);
    const active: number[] = [];
    const over = new AbortController();
    const watching = (async () => {
      while (!over.signal.aborted) {
        active.push((await roomNow()).active);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    const outcomes = await Promise.all(fans.map(visit)).finally(() => over.abort());
    await watching;

    expect(Math.max(...active)).toBeLessThanOrEqual(ROOM);
    expect(tally(outcomes)['sold out']).toBe(FANS - SEATS);
    const sold = outcomes.filter((outcome) => outcome.startsWith('seat '));
    expect(new Set(sold).size).toBe(SEATS);

    const tickets = await stack.query<{ seat_number: number; user_id: string }>(
      `SELECT seat_number, user_id FROM tickets WHERE status = 'VALID' AND schedule_id = $1 ORDER BY seat_number`,
      [house.scheduleId],
    );
    expect(tickets.map((ticket) => ticket.seat_number)).toEqual(
      Array.from({ length: SEATS }, (_, i) => i + 1),
    );
    for (const [i, fan] of fans.entries()) {
      const mine = tickets.filter((ticket) => ticket.user_id === fan.id);
      expect(mine.map((ticket) => `seat ${ticket.seat_number}`)).toEqual(
        outcomes[i] === 'sold out' ? [] : [outcomes[i]],
      );
    }
    const balances = await stack.query<{ balance: string; count: string }>(
      'SELECT balance, count(*) FROM points WHERE user_id = ANY($1::uuid[]) GROUP BY balance ORDER BY balance',
      [fans.map((fan) => fan.id)],
    );
    expect(balances).toEqual([
      { balance: String(POINTS - PRICE), count: String(SEATS) },
      { balance: String(POINTS), count: String(FANS - SEATS) },
    ]);
    expect(await stack.violations()).toEqual([]);
  }, 90_000);

  test('afterwards the room is empty, and whoever comes late is told that every seat is sold', async () => {
    const late = await stack.fan();
    await late.join(house.concertId);
    const look = async () => late.look(house.concertId);
    const told = await until('told', look, ({ phase }) => phase === 'SOLD_OUT');
    expect(told).toMatchObject({ status: 'WAITING', position: 1, stock: { available: 0, held: 0 } });
    expect(await late.hold(house.scheduleId, [7])).toMatchObject({ said: '403 QUEUE_WAITING' });
    expect(await roomNow()).toMatchObject({ waiting: 1, active: 0 });
  });
});
