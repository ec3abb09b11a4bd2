import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  Blocked,
  Bookable,
  type BookingView,
  Cancellation,
  Entries,
  EntryAnswer,
  JobAnswer,
  RoomStats,
  ScheduleChanged,
  SeatMap,
} from '../support/contract';
import { followEvents } from '../support/events';
import { type Fan, outcomeOf } from '../support/fan';
import { send } from '../support/http';
import { type House, Stack } from '../support/stack';
import { inTurns, until, untilIs } from '../support/until';

const EVERYBODY = { maxActive: 500, admitPerInterval: 500, admitIntervalMs: 100 };
const ALONE = { queueToken: null };

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({ webs: 2, workers: 2 });
});
afterAll(async () => stack.stop());

/** A date that is held by one fan a seat, or sold to them. */
async function soldOut({ seats = 4, offerTtlSeconds = 600, pay = false } = {}): Promise<
  House & { owners: { fan: Fan; booking: BookingView }[] }
> {
  const concertId = await stack.concert({ queue: EVERYBODY });
  const scheduleId = await stack.date(concertId, { seats, offerTtlSeconds });
  const fans = await stack.fans(seats);
  const owners = await inTurns(fans, seats, async (fan) => {
    await fan.enter(concertId);
    const booking = await fan.held(scheduleId, [fans.indexOf(fan) + 1]);
    if (pay) await fan.paid(booking.id);
    return { fan, booking };
  });
  return { concertId, scheduleId, owners };
}

async function joined(fan: Fan, scheduleId: string, wish: object) {
  const { entry } = (await fan.waitFor(scheduleId, wish)).as(EntryAnswer, 201);
  return entry;
}

describe('a date that is sold out', () => {
  test('has ten join, offers what is given back to the first whom it fits, and is paid with the access token alone', async () => {
    const { concertId, scheduleId, owners } = await soldOut({ seats: 4, pay: true });
    const fans = await stack.fans(10);
    // The first wants more than will come free.
    for (const [place, fan] of fans.entries()) {
      const entry = await joined(fan, scheduleId, { count: place === 0 ? 2 : 1 });
      expect(entry).toMatchObject({
        scheduleId,
        concertId,
        status: 'WAITING',
        position: place + 1,
        sections: null,
        bookingId: null,
        offerEndsAt: null,
      });
    }
    const [first, second, third] = fans;
    const [owner] = owners;
    if (!first || !second || !third || !owner) throw new Error('too few fans');
    const stream = await followEvents(second, stack.origin(1), '/api/waitlist/events');
    expect(Entries.omit({ nextCursor: true }).parse(await stream.next('entries')).entries).toMatchObject([
      { status: 'WAITING', position: 2 },
    ]);

    expect((await owner.fan.cancel(owner.booking.id)).status).toBe(200);
    const told = Entries.omit({ nextCursor: true }).parse(await stream.next('entries'));
    stream.close();
    const offered = await second.entry('OFFERED', 3000);
    expect(told.entries).toEqual([offered]);
    const lasts = Date.parse(offered.offerEndsAt ?? '') - Date.now();
    expect(lasts).toBeGreaterThan(550_000);
    expect(lasts).toBeLessThanOrEqual(600_000);
    expect((await first.entries())[0]).toMatchObject({ status: 'WAITING', position: 1 });
    expect((await third.entry('WAITING')).position).toBe(2);

    const bookingId = offered.bookingId ?? '';
    // Nobody else's access token, and no admission: the offer's owner alone.
    expect((await third.pay(bookingId, ALONE)).said).toBe('403 QUEUE_TOKEN_MISSING');
    const paid = (await second.pay(bookingId, ALONE)).as(JobAnswer, 200).job.result;
    expect(paid).toMatchObject({
      booking: { status: 'PAID', entryId: offered.id },
      tickets: [{ status: 'VALID' }],
    });
    expect(await second.entry('TAKEN')).toMatchObject({ position: null, bookingId });
    expect((await second.send('DELETE', `/api/waitlist/${offered.id}`)).said).toBe('409 ALREADY_PAID');
    expect(await stack.violations()).toEqual([]);
  });

  test('says no to who could simply buy, waits otherwise, asks for too much, or asks for nothing that there is', async () => {
    const { scheduleId, owners } = await soldOut({ seats: 2 });
    const free = await stack.house({ seats: 2 });
    const [fan, other] = await stack.fans(2);
    if (!fan || !other) throw new Error('too few fans');
    const saysTo = async (id: string, wish: object) => (await fan.waitFor(id, wish)).said;
    expect(await saysTo(free.scheduleId, { count: 2 })).toBe('409 NOT_SOLD_OUT');
    expect(await saysTo(scheduleId, { count: 5 })).toBe('409 SEAT_LIMIT');
    expect(await saysTo(scheduleId, { count: 1, sections: ['Nowhere'] })).toBe('404 SEAT_NOT_FOUND');
    expect(await saysTo('999999', { count: 1 })).toBe('404 SCHEDULE_NOT_FOUND');
    for (const wish of [{}, { count: 0 }, { count: 101 }, { count: '4' }, { count: 1, sections: [] }])
      expect(await saysTo(scheduleId, wish)).toBe('400 INVALID_REQUEST');
    const headers = { 'idempotency-key': 'once' };
    const first = await fan.waitFor(scheduleId, { count: 1 }, { headers });
    const again = await fan.waitFor(scheduleId, { count: 1 }, { headers });
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
    expect(again.json).toEqual(first.json);
    expect((await fan.waitFor(scheduleId, { count: 2 }, { headers })).said).toBe(
      '422 IDEMPOTENCY_KEY_REUSED',
    );
    expect((await fan.waitFor(scheduleId, { count: 1 })).as(EntryAnswer, 200).entry.id).toBe(
      first.as(EntryAnswer, 201).entry.id,
    );
    expect(await saysTo(scheduleId, { count: 2 })).toBe('409 ALREADY_WAITING');
    const { entry } = first.as(EntryAnswer, 201);
    expect((await other.send('DELETE', `/api/waitlist/${entry.id}`)).said).toBe('404 ENTRY_NOT_FOUND');
    expect((await other.entries()).length).toBe(0);
    expect((await send(stack.origin(), 'GET', '/api/waitlist')).said).toBe('401 TOKEN_MISSING');
    expect(owners).toHaveLength(2);
  });
});

describe('the stream of entries', () => {
  const open = async (fan: Fan) => followEvents(fan, stack.origin(), '/api/waitlist/events');

  test('is for five at a time, the oldest ends, and all end when their user signs out', async () => {
    const fan = await stack.fan();
    const streams = [];
    for (let i = 0; i < 6; i += 1) {
      const stream = await open(fan);
      expect(await stream.next('entries')).toEqual({ entries: [] });
      streams.push(stream);
    }
    const [oldest, ...others] = streams;
    expect(await oldest?.next('entries')).toBeNull();
    const out = { token: fan.token };
    expect((await send(stack.origin(1), 'POST', '/api/auth/logout', out)).status).toBe(204);
    for (const stream of others) expect(await stream.next('entries')).toBeNull();
    expect((await send(stack.origin(), 'GET', '/api/waitlist/events', out)).said).toBe('401 TOKEN_REVOKED');
  });
});

describe('an offer', () => {
  test('that runs out goes on to the next, and what is left at the end is on sale again', async () => {
    const { scheduleId, owners } = await soldOut({ seats: 2, offerTtlSeconds: 1 });
    const [ann, bob] = await stack.fans(2);
    const [owner] = owners;
    if (!ann || !bob || !owner) throw new Error('too few fans');
    await joined(ann, scheduleId, { count: 1 });
    await joined(bob, scheduleId, { count: 1 });
    await owner.fan.cancel(owner.booking.id);
    const first = await ann.entry('OFFERED', 3000);
    const second = await bob.entry('OFFERED', 5000);
    expect((await ann.entries())[0]?.status).toBe('EXPIRED');
    expect(Date.parse(second.createdAt)).toBeLessThan(Date.parse(first.offerEndsAt ?? ''));
    expect((await ann.pay(first.bookingId ?? '', ALONE)).said).toBe('409 HOLD_EXPIRED');
    await bob.entry('EXPIRED', 5000);
    await until(
      'the seat is free',
      async () => (await ann.waitFor(scheduleId, { count: 1 })).said,
      (said) => said === '409 NOT_SOLD_OUT',
    );
    expect(await stack.violations()).toEqual([]);
  });

  test('goes to the next when its owner leaves, or gives it back', async () => {
    const { scheduleId, owners } = await soldOut({ seats: 2 });
    const fans = await stack.fans(3);
    for (const fan of fans) await joined(fan, scheduleId, { count: 1 });
    const [ann, bob, cid] = fans;
    const [owner] = owners;
    if (!ann || !bob || !cid || !owner) throw new Error('too few fans');
    await owner.fan.cancel(owner.booking.id);
    const offered = await ann.entry('OFFERED', 3000);
    expect((await ann.send('DELETE', `/api/waitlist/${offered.id}`)).status).toBe(204);
    expect((await ann.send('DELETE', `/api/waitlist/${offered.id}`)).status).toBe(204);
    expect((await ann.entry('LEFT')).bookingId).toBe(offered.bookingId);
    const next = await bob.entry('OFFERED', 3000);
    expect((await bob.cancel(next.bookingId ?? '')).status).toBe(200);
    expect(await bob.entry('LEFT')).toMatchObject({ position: null });
    await cid.entry('OFFERED', 3000);
    expect(await stack.violations()).toEqual([]);
  });

  test('neither keeps its owner in the room nor ends their stay there when it is paid', async () => {
    const { concertId, scheduleId, owners } = await soldOut({ seats: 2 });
    const [owner, other] = owners;
    if (!owner || !other) throw new Error('too few fans');
    const fan = await stack.fan();
    const before = await fan.enter(concertId);
    await joined(fan, scheduleId, { count: 1 });
    await owner.fan.cancel(owner.booking.id);
    const offered = await fan.entry('OFFERED', 3000);
    expect((await fan.look(concertId)).expiresAt).toBe(before.expiresAt);
    await fan.paid(offered.bookingId ?? '');
    expect(await fan.look(concertId)).toMatchObject({
      status: 'ACTIVE',
      mayHold: true,
      expiresAt: before.expiresAt,
    });
    const stats = await send(stack.origin(), 'GET', `/api/admin/concerts/${concertId}/queue`, {
      token: await stack.operatorToken(),
    });
    expect(stats.as(RoomStats, 200).active).toBe(3);
  });

  test('is made by whichever worker is left, and dates to wait for are told to whoever is outside', async () => {
    const { concertId, scheduleId, owners } = await soldOut({ seats: 3 });
    const [ann, bob] = await stack.fans(2);
    const [owner, other] = owners;
    if (!ann || !bob || !owner || !other) throw new Error('too few fans');
    const dates = await ann.send('GET', `/api/concerts/${concertId}/schedules`);
    expect(dates.json).toMatchObject({ schedules: [{ id: scheduleId, seats: { total: 3, available: 0 } }] });
    await joined(ann, scheduleId, { count: 1 });
    await joined(bob, scheduleId, { count: 1 });
    await stack.workers.shift()?.stop();
    await owner.fan.cancel(owner.booking.id);
    await ann.entry('OFFERED', 10_000);
    await stack.addWorker();
    await stack.workers.shift()?.stop();
    await other.fan.cancel(other.booking.id);
    await bob.entry('OFFERED', 10_000);
    await stack.addWorker();
    expect(await stack.violations()).toEqual([]);
  });
});

describe('a date whose sale an operator steers', () => {
  const ask = async (method: string, path: string, body?: object, process = 0) =>
    send(stack.origin(process), method, `/api/admin${path}`, {
      token: await stack.operatorToken(),
      ...(body && { body }),
    });

  test('is stopped at once, has seats kept out, goes on, and is called off with every payment given back', async () => {
    const { concertId, scheduleId, owners } = await soldOut({ seats: 4 });
    const [first, second, third, inside] = owners;
    if (!first || !second || !third || !inside) throw new Error('too few fans');
    for (const { fan, booking } of [first, second, third]) await fan.paid(booking.id);
    // Still holds a seat, and so is let in: nobody else is, as all is sold.
    const buyer = inside.fan;
    const waiter = await stack.fan();
    await joined(waiter, scheduleId, { count: 1 });
    const change = async (body: object) =>
      (await ask('PATCH', `/schedules/${scheduleId}`, body)).as(ScheduleChanged, 200);

    // Stopped: neither who waits nor anybody else has what comes free, whichever process is asked.
    expect((await change({ stopped: true })).schedule.stopped).toBe(true);
    const onBehalf = await ask('POST', `/bookings/${first.booking.id}/cancel`, { reason: 'ill' });
    expect(onBehalf.status).toBe(202);
    await until(
      'free',
      async () => first.fan.send('GET', `/api/bookings/${first.booking.id}`),
      ({ text }) => text.includes('CANCELLED'),
    );
    for (const headers of [{ prefer: 'wait=10' }, { prefer: 'wait=10', 'idempotency-key': scheduleId }])
      expect((await buyer.hold(scheduleId, [1], { headers })).said).toBe('409 BOOKING_WINDOW_CLOSED');
    expect((await waiter.entries())[0]?.status).toBe('WAITING');
    // The seat is kept out of sale, as the map of every process says, and nobody's once the sale goes on.
    expect(
      (await ask('POST', `/schedules/${scheduleId}/blocks`, { seatNumbers: [1] }, 1)).as(Blocked, 200),
    ).toEqual({
      blocked: 1,
    });
    expect((await ask('POST', `/schedules/${scheduleId}/blocks`, { seatNumbers: [1, 2] })).said).toBe(
      '409 SEAT_TAKEN',
    );
    await change({ stopped: false });
    const seats = (await buyer.send('GET', `/api/concerts/schedules/${scheduleId}/seats`)).as(SeatMap, 200);
    expect(seats.seats.map(({ status }) => status)).toEqual(['BLOCKED', 'SOLD', 'SOLD', 'HELD']);
    await until(
      'heard of',
      async () => outcomeOf(buyer, await buyer.hold(scheduleId, [1])),
      (code) => code === 'SEAT_TAKEN',
    );
    // Back on sale it is for who waits, though somebody asks for it at once.
    expect(
      (await ask('DELETE', `/schedules/${scheduleId}/blocks`, { seatNumbers: [1] })).as(Blocked, 200),
    ).toEqual({
      blocked: 0,
    });
    const refused = async (): Promise<string> => outcomeOf(buyer, await buyer.hold(scheduleId, [1]));
    await untilIs(
      'heard of by every process',
      async () => [await refused(), await refused()].join(),
      'SEAT_TAKEN,SEAT_TAKEN',
    );
    await waiter.entry('OFFERED');
    // Called off, twice, while an offer stands.
    const off = await Promise.all(
      [0, 1].map(async (process) =>
        ask('POST', `/schedules/${scheduleId}/cancel`, { reason: `rain ${process}` }, process),
      ),
    );
    const [one, other] = off.map((answer) => answer.as(Cancellation, 202));
    expect(one?.at).toBe(other?.at);
    expect(one).toMatchObject({ bookings: 4, reason: other?.reason });
    const done = await until(
      'called off',
      async () => (await ask('GET', `/schedules/${scheduleId}/cancellation`)).as(Cancellation, 200),
      ({ doneAt }) => doneAt !== null,
    );
    expect(done).toMatchObject({ bookings: 4, done: 4, refunded: 2000, refundedBookings: 2 });
    expect((await second.fan.send('GET', '/api/points')).text).toBe('{"balance":100000}');
    const heard = async (): Promise<string> => outcomeOf(buyer, await buyer.hold(scheduleId, [2]));
    // Twice in a row: a fan asks the processes in turn, and each hears of it by itself.
    await untilIs(
      'heard of',
      async () => [await heard(), await heard()].join(),
      'SHOW_CANCELLED,SHOW_CANCELLED',
    );
    expect((await third.fan.cancel(third.booking.id)).said).toBe('409 SHOW_CANCELLED');
    expect((await buyer.waitFor(scheduleId, { count: 1 })).said).toBe('409 SHOW_CANCELLED');
    const { schedules } = (await buyer.send('GET', `/api/concerts/${concertId}/schedules`)).as(Bookable, 200);
    expect(schedules).toMatchObject([{ id: scheduleId, cancelledAt: one?.at, seats: { available: 0 } }]);
    expect(await stack.violations()).toEqual([]);
  });
});
