import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BookingView, JobAnswer, SeatMap } from '../support/contract';
import type { Fan } from '../support/fan';
import { Stack } from '../support/stack';
import { untilIs } from '../support/until';

const EVERYBODY = { maxActive: 2000, admitPerInterval: 2000, admitIntervalMs: 100 };

let stack: Stack;
let concertId: string;
let fans: Fan[];
beforeAll(async () => {
  stack = await Stack.start();
  concertId = await stack.concert({ queue: EVERYBODY });
  // A room without a date lets nobody in.
  await stack.date(concertId);
  fans = await stack.fans(120);
  await Promise.all(fans.map(async (fan) => fan.enter(concertId)));
});
afterAll(async () => stack.stop());

const fanAt = (index: number): Fan => {
  const fan = fans[index % fans.length];
  if (fan === undefined) throw new Error('There are no fans');
  return fan;
};

/** The booking, or the code of the refusal. */
async function bestFor(fan: Fan, scheduleId: string, wish: object): Promise<BookingView | string> {
  const answer = await fan.best(scheduleId, wish);
  if (answer.status >= 400) return answer.problem.code;
  const { job } = answer.as(JobAnswer, 200, 202);
  const { result, error } = await fan.end(job.id);
  return result?.booking ?? error?.code ?? 'nothing';
}

describe('the best seats of a hall', () => {
  test('go to a crowd that asks at once: side by side, none twice, until it is too full', async () => {
    const scheduleId = await stack.date(concertId, { seats: 200, rows: 10 });
    const counts = fans.map((_fan, index) => (index % 4) + 1);
    const got = await Promise.all(
      counts.map(async (count, index) => bestFor(fanAt(index), scheduleId, { count })),
    );
    const bookings = got.flatMap((each) => (typeof each === 'string' ? [] : [each]));
    const numbers = bookings.flatMap(({ seats }) => seats.map((seat) => seat.number));
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const { seats } of bookings) {
      expect(new Set(seats.map(({ row }) => row)).size).toBe(1);
      expect(seats.map(({ number }) => number - (seats[0]?.number ?? 0))).toEqual(seats.map((_, i) => i));
    }
    // 300 seats were asked for of 200: nobody was turned away while as many were free side by side.
    expect(numbers.length).toBeGreaterThan(190);
    const refusals = new Set(got.filter((each) => typeof each === 'string'));
    expect([...refusals].filter((code) => code !== 'SOLD_OUT' && code !== 'NOT_TOGETHER')).toEqual([]);
    expect(await stack.violations()).toEqual([]);
  });

  test('are refused at the door when not one seat is left, and there again when one comes back', async () => {
    const scheduleId = await stack.date(concertId, { seats: 2 });
    const held = await bestFor(fanAt(0), scheduleId, { count: 2 });
    if (typeof held === 'string') throw new Error(held);
    await untilIs('no job', async () => (await fanAt(1).best(scheduleId, { count: 1 })).said, '409 SOLD_OUT');
    await fanAt(0).cancel(held.id);
    await untilIs(
      'a booking',
      async () => typeof (await bestFor(fanAt(1), scheduleId, { count: 1 })),
      'object',
    );
  });

  test('of places to stand: shown as such, never chosen, sold to the last one', async () => {
    const floor = { name: 'Floor', rows: 1, seatsPerRow: 5, price: 10, standing: true };
    const scheduleId = await stack.date(concertId, {
      sections: [{ name: 'Stalls', rows: 1, seatsPerRow: 3, price: 20 }, floor],
    });
    const map = await fanAt(2).send('GET', `/api/concerts/schedules/${scheduleId}/seats`);
    expect(map.as(SeatMap, 200).seats.filter(({ standing }) => standing)).toHaveLength(5);
    expect((await fanAt(2).hold(scheduleId, [4])).said).toBe('409 STANDING_AREA');
    const found = [3, 2].map(async (count, i) =>
      bestFor(fanAt(i), scheduleId, { count, sections: ['Floor'] }),
    );
    expect((await Promise.all(found)).map((each) => typeof each)).toEqual(['object', 'object']);
    expect(await bestFor(fanAt(3), scheduleId, { count: 1, sections: ['Floor'] })).toBe('SOLD_OUT');
    expect(typeof (await bestFor(fanAt(3), scheduleId, { count: 3 }))).toBe('object');
  });

  test('follow what the operator says of rows and seats', async () => {
    const scheduleId = await stack.date(concertId, {
      sections: [
        { name: 'A', rows: 2, seatsPerRow: 4, price: 1, rowQuality: [1, 5], seatQuality: [9, 0, 0, 0] },
      ],
    });
    const booking = await bestFor(fanAt(4), scheduleId, { count: 1 });
    expect(typeof booking === 'string' ? booking : booking.seats.map(({ number }) => number)).toEqual([5]);
  });
});

test('a choice that leaves a single seat is refused where the operator wants that', async () => {
  const scheduleId = await stack.date(concertId, { seats: 6, singleSeats: 'refuse' });
  const refused = await fanAt(5).hold(scheduleId, [2, 3]);
  expect(refused.said).toBe('409 LEAVES_SINGLE_SEAT');
  expect(refused.problem).toMatchObject({ seatIds: [`${scheduleId}-1`] });
  expect((await fanAt(5).hold(scheduleId, [1, 2])).status).toBe(200);
});
