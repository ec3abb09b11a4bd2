import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { JobAnswer } from '../support/contract';
import { Stack } from '../support/stack';
import { untilIs } from '../support/until';

const ONE_AT_A_TIME = { maxActive: 1, admitPerInterval: 10, admitIntervalMs: 100 };

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(async () => stack.stop());

/** Keeps every transaction of the schedule waiting for so long. */
async function lockSchedule(scheduleId: string, ms: number): Promise<void> {
  const client = await stack.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SET LOCAL idle_in_transaction_session_timeout = 0');
    await client.query('SELECT id FROM schedules WHERE id = $1 FOR UPDATE', [scheduleId]);
    await sleep(ms);
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

describe('an admission', () => {
  test('lasts until a hold that was handed in in time is decided and paid, however late its worker is', async () => {
    const house = await stack.house({ queue: { ...ONE_AT_A_TIME, activeTtlSeconds: 4 } });
    const fan = await stack.fan();
    const next = await stack.fan();
    const { expiresAt } = await fan.enter(house.concertId);
    await next.join(house.concertId);
    const locked = lockSchedule(house.scheduleId, Date.parse(expiresAt ?? '') - Date.now() + 3500);
    await sleep(Date.parse(expiresAt ?? '') - Date.now() - 285);
    const { job } = (await fan.hold(house.scheduleId, [1])).as(JobAnswer, 200);
    await locked;
    expect(job.result).toMatchObject({ booking: { status: 'PENDING' } });
    expect(await fan.look(house.concertId)).toMatchObject({ status: 'ACTIVE', mayHold: false });
    expect(await next.look(house.concertId)).toMatchObject({ status: 'WAITING' });
    expect((await fan.hold(house.scheduleId, [2])).said).toBe('403 QUEUE_EXPIRED');
    expect((await fan.pay(job.id)).status).toBe(200);
    await next.enter(house.concertId, 3000);
  });

  test('does not end with a payment while another hold of the fan waits for its worker', async () => {
    const { concertId, scheduleId } = await stack.house({ queue: ONE_AT_A_TIME });
    const late = await stack.date(concertId);
    const fan = await stack.admitted(concertId);
    const booking = await fan.held(scheduleId, [1]);
    const locked = lockSchedule(late, 2500);
    await sleep(200);
    const { job } = (await fan.hold(late, [1], { headers: {} })).as(JobAnswer, 202);
    await fan.paid(booking.id);
    expect(await fan.look(concertId)).toMatchObject({ status: 'ACTIVE' });
    await locked;
    expect(await fan.end(job.id)).toMatchObject({ status: 'completed' });
    await fan.paid(job.id);
    await untilIs(
      'the end of the admission',
      async () => (await fan.send('GET', `/api/users/queue?concertId=${concertId}`)).said,
      '404 NOT_QUEUED',
    );
  });

  test('cannot be kept by holding and cancelling in turn', async () => {
    const { concertId, scheduleId } = await stack.house({ queue: { ...ONE_AT_A_TIME, activeTtlSeconds: 3 } });
    const fan = await stack.fan();
    const next = await stack.fan();
    const { expiresAt } = await fan.enter(concertId);
    await next.join(concertId);
    const endsMs = Date.parse(expiresAt ?? '');
    let said = '';
    while (said !== '403 QUEUE_EXPIRED') {
      const answer = await fan.hold(scheduleId, [1]);
      said = answer.said;
      if (answer.status === 200) await fan.cancel(answer.as(JobAnswer, 200).job.id);
      expect(Date.now()).toBeLessThan(endsMs + 2000);
    }
    await next.enter(concertId, 8000);
    expect(Date.now()).toBeLessThan(endsMs + 8000);
    expect(await stack.violations()).toEqual([]);
  });
});

describe('a command repeated with its key', () => {
  const keyed = (key: string) => ({ headers: { prefer: 'wait=10', 'idempotency-key': key } });

  test('answers its job after paying has ended the admission, in every process', async () => {
    const { concertId, scheduleId } = await stack.house();
    const fan = await stack.admitted(concertId);
    const hold = (await fan.hold(scheduleId, [1], keyed('hold'))).as(JobAnswer, 200).job;
    const pay = (await fan.pay(hold.id, keyed('pay'))).as(JobAnswer, 200).job;
    await untilIs(
      'the end of the admission',
      async () => (await fan.send('GET', `/api/users/queue?concertId=${concertId}`)).said,
      '404 NOT_QUEUED',
    );
    for (let i = 0; i < 2; i += 1) {
      const again = await fan.pay(hold.id, keyed('pay'));
      expect(again.as(JobAnswer, 200).job).toEqual(pay);
      expect(again.headers.get('idempotency-replayed')).toBe('true');
      expect((await fan.hold(scheduleId, [1], keyed('hold'))).as(JobAnswer, 200).job).toEqual(hold);
      const withoutPlace = await fan.pay(hold.id, { ...keyed('pay'), queueToken: null });
      expect(withoutPlace.as(JobAnswer, 200).job).toEqual(pay);
    }
  });

  test('stays refused when it is new, another request, or another fan’s', async () => {
    const { concertId, scheduleId } = await stack.house();
    const fan = await stack.admitted(concertId);
    const other = await stack.admitted(concertId);
    await fan.hold(scheduleId, [1], keyed('mine'));
    for (const each of [fan, other]) await each.leave(concertId);
    expect((await fan.hold(scheduleId, [1], keyed('new'))).said).toBe('403 QUEUE_EXPIRED');
    expect((await fan.hold(scheduleId, [2], keyed('mine'))).said).toBe('422 IDEMPOTENCY_KEY_REUSED');
    expect((await other.hold(scheduleId, [1], keyed('mine'))).said).toBe('403 QUEUE_EXPIRED');
    expect((await fan.hold(scheduleId, [1])).said).toBe('403 QUEUE_EXPIRED');
    const unreadable = await fan.hold(scheduleId, [], keyed('mine'));
    expect(unreadable.said).toBe('403 QUEUE_EXPIRED');
    const signedOut = await fan.hold(scheduleId, [1], { ...keyed('mine'), token: 'nobody' });
    expect(signedOut.said).toBe('401 TOKEN_INVALID');
  });
});
