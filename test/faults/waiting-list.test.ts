import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EntryAnswer, JobAnswer } from '../support/contract';
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
