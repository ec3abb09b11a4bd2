import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { JobAnswer, SeatMap } from '../support/contract';
import { type Fan, tally } from '../support/fan';
import { type Answer, send } from '../support/http';
import { expectUnavailable, notReady } from '../support/refusal';
import { type House, Stack } from '../support/stack';
import { inTurns, untilIs } from '../support/until';

const ABANDON_SECONDS = 4;

let stack: Stack;
let house: House;
beforeAll(async () => {
  stack = await Stack.start({ redis: { appendOnly: true } });
});
afterAll(async () => stack.stop({ expectErrors: true }));
afterEach(async () => {
  signalWorkers('SIGCONT'); // Should a test have failed in between.
  expect(await stack.violations()).toEqual([]);
});

const signalWorkers = (signal: NodeJS.Signals): void =>
  stack.workers.forEach((worker) => worker.signal(signal));

/** Fans inside and waiters outside, in order. */
async function fill(inside: number, outside: number): Promise<{ buyers: Fan[]; waiters: Fan[] }> {
  const queue = {
    maxActive: inside,
    admitPerInterval: 100,
    admitIntervalMs: 100,
    abandonAfterSeconds: ABANDON_SECONDS,
  };
  house = await stack.house({ seats: 30, queue });
  const [buyers, waiters] = [await stack.fans(inside), await stack.fans(outside)];
  await Promise.all(buyers.map(async (fan) => fan.enter(house.concertId)));
  for (const fan of waiters) await fan.join(house.concertId);
  return { buyers, waiters };
}

/** A hold of each, recorded while no worker takes it. */
async function recordedUnseen(fans: readonly Fan[], firstSeat: number): Promise<string[]> {
  signalWorkers('SIGSTOP');
  const answers = await Promise.all(
    fans.map(async (fan, i) => fan.hold(house.scheduleId, [firstSeat + i], { headers: {} })),
  );
  return answers.map((answer) => answer.as(JobAnswer, 202).job.id);
}

const seatStatuses = async (fan: Fan): Promise<Record<number, string>> => {
  const map = await fan.send('GET', `/api/concerts/schedules/${house.scheduleId}/seats`);
  const { seats } = map.as(SeatMap, 200);
  return Object.fromEntries(
    seats.filter((seat) => seat.status !== 'AVAILABLE').map((seat) => [seat.number, seat.status]),
  );
};

const positionsOf = async (waiters: readonly Fan[]): Promise<(number | null)[]> =>
  inTurns(waiters, 1, async (fan) => (await fan.look(house.concertId)).position);

describe('a Redis that loses everything in the middle of a sale', () => {
  test('costs nobody a place, a hold, a seat or an acknowledged command', async () => {
    const { buyers, waiters } = await fill(4, 6);
    const [holder, patient, ...others] = buyers;
    if (holder === undefined || patient === undefined) throw new Error('no buyers');
    const booking = await holder.held(house.scheduleId, [1]);
    const jobs = await recordedUnseen(others, 2);
    // This one travels in its job alone until its wait has run out: then it is promised, although the job is gone.
    const waiting = patient.hold(house.scheduleId, [4], { headers: { prefer: 'wait=1' } });
    await sleep(300); // It is in the queue by now, and so are the others.
    await stack.onRedis(async (redis) => redis.flushall());
    const { job: promised } = (await waiting).as(JobAnswer, 202);
    signalWorkers('SIGCONT');

    // The last to come back first: their tokens still say where they stood.
    expect(await positionsOf(waiters.toReversed())).toEqual([6, 5, 4, 3, 2, 1]);
    expect((await holder.look(house.concertId)).status).toBe('ACTIVE');
    expect(await seatStatuses(holder)).toMatchObject({ 1: 'HELD' });
    expect((await holder.paid(booking.id)).tickets).toHaveLength(1);

    // Upkeep looks after commands that have waited for some seconds: these have, now.
    await stack.query(
      `UPDATE commands SET created_at = created_at - interval '1 minute' WHERE status = 'queued'`,
    );
    const ends = await Promise.all(others.map(async (fan, i) => fan.end(jobs[i] ?? '', 20_000)));
    expect(tally(ends.map((job) => job.status))).toEqual({ completed: 2 });
    expect((await patient.end(promised.id, 20_000)).status).toBe('completed');

    const admittedAt = await admissionOrder(waiters);
    expect(admittedAt).toEqual(admittedAt.toSorted((a, b) => a - b));
    const late = waiters[5];
    if (late === undefined) throw new Error('no waiter');
    expect(await seatStatuses(late)).toEqual({ 1: 'SOLD', 2: 'HELD', 3: 'HELD', 4: 'HELD' });
  }, 60_000);

  /** Everybody polls; who is admitted leaves at once, for the next. */
  async function admissionOrder(waiters: readonly Fan[]): Promise<number[]> {
    const follow = async (fan: Fan, index: number): Promise<number> => {
      const state = await fan.admitted(house.concertId, { withinMs: 30_000, everyMs: 250 });
      if (index < waiters.length - 1) await fan.leave(house.concertId);
      return Date.parse(state.expiresAt ?? '');
    };
    return Promise.all(waiters.map(follow));
  }
});

describe('a Redis that is away', () => {
  /** What needs it, and is refused in time. */
  const asked = async (fan: Fan): Promise<Answer[]> =>
    Promise.all([
      fan.send('GET', `/api/users/queue?concertId=${house.concertId}`),
      fan.send('POST', '/api/users/queue', { body: { concertId: house.concertId } }),
      fan.send('GET', `/api/concerts/schedules/${house.scheduleId}/seats`),
      fan.hold(house.scheduleId, [20]),
      fan.send('POST', `/api/concerts/seats/${house.scheduleId}-21/book`),
    ]);

  async function expectAway(fan: Fan): Promise<void> {
    expectUnavailable(await asked(fan));
    const ready = await notReady(stack.origin());
    expect(ready.problem).toMatchObject({ code: 'UNAVAILABLE', parts: { database: 'ok', migrations: 'ok' } });
    expect(ready.text).not.toContain('"redis":"ok"');
    expect((await fan.send('GET', '/api/points')).status).toBe(200);
  }

  async function expectBack(): Promise<void> {
    for (const origin of stack.origins) {
      const ready = async (): Promise<number> => (await send(origin, 'GET', '/readyz')).status;
      await untilIs('ready again', ready, 200);
    }
  }

  test('killed and started again: 503 in time meanwhile, and every acknowledged command ends', async () => {
    const { buyers, waiters } = await fill(4, 3);
    const jobs = await recordedUnseen(buyers, 1);
    await stack.redis.kill();
    signalWorkers('SIGCONT');
    const [fan] = buyers;
    if (fan === undefined) throw new Error('no buyer');
    await expectAway(fan);
    await stack.redis.restart();
    await expectBack();
    const ends = await Promise.all(buyers.map(async (buyer, i) => buyer.end(jobs[i] ?? '', 20_000)));
    expect(tally(ends.map((job) => job.status))).toEqual({ completed: 4 });
    expect(await positionsOf(waiters)).toEqual([1, 2, 3]);
    for (const [i, buyer] of buyers.entries()) await buyer.paid(jobs[i] ?? '');
  }, 60_000);

  test('hanging with open connections: 503 in time, and all is well when it goes on', async () => {
    const { buyers } = await fill(2, 0);
    const [fan, other] = buyers;
    if (fan === undefined || other === undefined) throw new Error('no buyers');
    stack.redis.pause();
    try {
      await expectAway(fan);
    } finally {
      stack.redis.resume();
    }
    await expectBack();
    expect((await other.held(house.scheduleId, [1])).status).toBe('PENDING');
  });
});
