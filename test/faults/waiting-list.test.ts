import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Cancellation, EntryAnswer, JobAnswer } from '../support/contract';
import { send } from '../support/http';
import type { Fan } from '../support/fan';
import { sessionsAtLock } from '../support/locks';
import { Stack } from '../support/stack';
import { until } from '../support/until';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({ webs: 1, workers: 1 });
});
afterAll(async () => stack.stop({ expectErrors: true }));

describe('a worker that dies between freeing a seat and offering it', () => {
  test('has done neither; its successor does both', async () => {
    const { concertId, scheduleId } = await stack.house({ seats: 1 });
    const owner = await stack.admitted(concertId);
    const held = await owner.held(scheduleId, [1]);
    const [ann, bob] = await stack.fans(2);
    if (!ann || !bob) throw new Error('too few fans');
    const { entry } = (await ann.waitFor(scheduleId, { count: 1 })).as(EntryAnswer, 201);
    const claimant = async () =>
      (
        await stack.query<{ user: string; entry: string | null }>(
          `SELECT b.user_id AS user, b.entry_id AS entry FROM seat_claims c JOIN bookings b ON b.id = c.booking_id
            WHERE c.schedule_id = $1`,
          [scheduleId],
        )
      )[0];

    const blocker = await stack.pool.connect();
    let jobId: string;
    try {
      // The worker has given the seat up in its transaction, and waits to note the offer.
      await blocker.query('BEGIN');
      await blocker.query('SELECT id FROM waitlist_entries WHERE id = $1 FOR UPDATE', [entry.id]);
      jobId = (await owner.cancel(held.id, { headers: {} })).as(JobAnswer, 202).job.id;
      const atLock = async () => sessionsAtLock(stack.pool, { application: 'frontrow worker' });
      await until('the worker waits', atLock, (count) => count > 0);
      expect((await claimant())?.user).toBe(owner.id);
      await stack.workers.shift()?.kill();
    } finally {
      await blocker.query('ROLLBACK');
      blocker.release();
    }
    expect((await bob.waitFor(scheduleId, { count: 1 }, { headers: {} })).status).toBe(202);
    await stack.addWorker();
    expect((await owner.end(jobId)).status).toBe('completed');
    await ann.entry('OFFERED');
    expect(await claimant()).toEqual({ user: ann.id, entry: entry.id });
    expect((await bob.entry('WAITING')).position).toBe(1);
    expect(await stack.violations()).toEqual([]);
  });
});

describe('a worker that dies in the middle of a show’s cancellation', () => {
  test('has refunded some; its successor refunds the others, each once', async () => {
    const { concertId, scheduleId } = await stack.house({ seats: 700, price: 1, seatLimit: 700 });
    const [ann, bob] = [await stack.admitted(concertId), await stack.admitted(concertId)];
    // A transaction ends the bookings of five hundred seats: Bob's are in the second one.
    const hundred = (from: number) => Array.from({ length: 100 }, (_, index) => from + index);
    for (const from of [1, 101, 201, 301, 401, 501]) {
      await ann.held(scheduleId, hundred(from));
    }
    for (const { id } of await heldBy(ann.id, scheduleId)) await pay(ann, concertId, id);
    await pay(bob, concertId, (await bob.held(scheduleId, hundred(601))).id);
    const path = `/api/admin/schedules/${scheduleId}/cancel`;
    const sent = { token: await stack.operatorToken(), body: { reason: 'rain' } };

    const blocker = await stack.pool.connect();
    try {
      await blocker.query('BEGIN');
      await blocker.query('SELECT * FROM points WHERE user_id = $1 FOR UPDATE', [bob.id]);
      expect((await send(stack.origin(), 'POST', path, sent)).as(Cancellation, 202).bookings).toBe(7);
      const atLock = async () => sessionsAtLock(stack.pool, { application: 'frontrow worker' });
      await until('the worker waits', atLock, (count) => count > 0);
      expect(await progress(scheduleId)).toMatchObject({ bookings: 7, done: 5, refunded: 500, doneAt: null });
      await stack.workers.shift()?.kill();
    } finally {
      await blocker.query('ROLLBACK');
      blocker.release();
    }
    await stack.addWorker();
    const isDone = ({ doneAt }: { doneAt: string | null }): boolean => doneAt !== null;
    expect(await until('done', async () => progress(scheduleId), isDone)).toMatchObject({
      bookings: 7,
      done: 7,
      refunded: 700,
      refundedBookings: 7,
    });
    expect(await stack.violations()).toEqual([]);
  });
});

const progress = async (scheduleId: string) =>
  (
    await send(stack.origin(), 'GET', `/api/admin/schedules/${scheduleId}/cancellation`, {
      token: await stack.operatorToken(),
    })
  ).as(Cancellation, 200);

const heldBy = async (userId: string, scheduleId: string) =>
  stack.query<{ id: string }>(
    `SELECT id FROM bookings WHERE user_id = $1 AND schedule_id = $2 AND status = 'PENDING'`,
    [userId, scheduleId],
  );

/** Whoever has paid for everything that they hold is out of the room: in again before the next payment. */
async function pay(fan: Fan, concertId: string, bookingId: string): Promise<void> {
  if ((await fan.look(concertId).catch(() => null)) === null) await fan.enter(concertId);
  await fan.paid(bookingId);
}
