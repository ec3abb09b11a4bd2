import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PolicyAnswer, RoomStats } from '../support/contract';
import type { Fan } from '../support/fan';
import { send } from '../support/http';
import { followStates } from '../support/sse';
import { Stack } from '../support/stack';
import { until, untilIs } from '../support/until';

const TTL_SECONDS = 300;

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(async () => stack.stop());

const lookAgain = async (fan: Fan, concertId: string): Promise<string> =>
  (await fan.send('GET', `/api/users/queue?concertId=${concertId}`)).said;

async function operator(method: string, concertId: string, body?: object) {
  const token = await stack.operatorToken();
  return send(stack.origin(1), method, `/api/admin/concerts/${concertId}/queue`, { token, body });
}

const statsOf = async (concertId: string) => (await operator('GET', concertId)).as(RoomStats, 200);

interface Visit {
  admittedAt: number;
  leftAt: number;
}

/** Follows all fans until each was admitted; each leaves as soon as that is seen, which makes room for the next. */
async function passThrough(fans: readonly Fan[], concertId: string): Promise<Visit[]> {
  const follow = async (fan: Fan): Promise<Visit> => {
    const state = await fan.admitted(concertId, { everyMs: 100 });
    const leftAt = Date.now();
    await fan.leave(concertId);
    return { admittedAt: Date.parse(state.expiresAt ?? '') - TTL_SECONDS * 1000, leftAt };
  };
  return Promise.all(fans.map(follow));
}

describe('a waiting room that two workers tick', () => {
  test('admits in the order of arrival, and never more at once or in an interval than allowed', async () => {
    const queue = { maxActive: 4, admitPerInterval: 3, admitIntervalMs: 400, activeTtlSeconds: TTL_SECONDS };
    const concertId = await stack.room(queue);
    const fans = await stack.fans(24);
    for (const fan of fans) await fan.join(concertId);
    const visits = await passThrough(fans, concertId);

    const admitted = visits.map((visit) => visit.admittedAt);
    expect(admitted).toEqual(admitted.toSorted((a, b) => a - b));
    for (const [i, at] of admitted.entries()) {
      const later = admitted[i + queue.admitPerInterval];
      // A millisecond for the rounding of the times told.
      if (later !== undefined) expect(later - at).toBeGreaterThanOrEqual(queue.admitIntervalMs - 1);
      const inside = visits.filter((visit) => visit.admittedAt <= at && visit.leftAt > at);
      expect(inside.length).toBeLessThanOrEqual(queue.maxActive);
    }
    expect(await statsOf(concertId)).toMatchObject({ waiting: 0, active: 0, admittedTotal: fans.length });
  });

  test('never shows more active than maxActive, however many press', async () => {
    const concertId = await stack.room({ maxActive: 7, admitPerInterval: 500, admitIntervalMs: 100 });
    const fans = await stack.fans(40);
    await Promise.all(fans.map(async (fan) => fan.join(concertId)));
    const seen: number[] = [];
    await until(
      'full',
      async () => {
        const { active } = await statsOf(concertId);
        seen.push(active);
        return active;
      },
      (active) => active === 7 && seen.length > 20,
      { everyMs: 20 },
    );
    expect(Math.max(...seen)).toBe(7);
    expect(await statsOf(concertId)).toMatchObject({ active: 7, waiting: 33 });
  });

  test('gives the same place to every tab and process, and one that never grows', async () => {
    const concertId = await stack.room({ maxActive: 0 });
    const [first, second, third] = await stack.fans(3);
    if (first === undefined || second === undefined || third === undefined) throw new Error('no fans');
    const joinAt = async (fan: Fan, index: number) =>
      send(stack.origin(index), 'POST', '/api/users/queue', { token: fan.token, body: { concertId } });
    expect((await joinAt(first, 0)).status).toBe(201);
    expect((await joinAt(second, 1)).status).toBe(201);
    const again = await joinAt(first, 1);
    expect(again).toMatchObject({ status: 200, json: { position: 1, status: 'WAITING' } });
    expect((await joinAt(second, 0)).json).toMatchObject({ position: 2 });
    expect((await joinAt(third, 0)).json).toMatchObject({ position: 3 });
    expect(Number(again.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect((await first.leave(concertId)).said).toBe('204');
    expect((await second.look(concertId)).position).toBe(1);
    expect((await third.look(concertId)).position).toBe(2);
    expect(await lookAgain(first, concertId)).toBe('404 NOT_QUEUED');
    expect((await first.join(concertId)).position).toBe(3);
  });

  test('takes a changed policy within a tick, in every process', async () => {
    const concertId = await stack.room({ maxActive: 10, paused: true });
    const fan = await stack.fan();
    expect(await fan.join(concertId)).toMatchObject({ status: 'WAITING', estimatedWaitSeconds: null });
    await until(
      'two ticks',
      async () => statsOf(concertId),
      ({ oldestWaitSeconds }) => oldestWaitSeconds >= 1,
    );
    expect((await fan.look(concertId)).status).toBe('WAITING');
    const { policy } = (await operator('PATCH', concertId, { paused: false })).as(PolicyAnswer, 200);
    expect(policy).toMatchObject({ paused: false, maxActive: 10 });
    await until(
      'admitted',
      async () => fan.look(concertId),
      ({ status }) => status === 'ACTIVE',
    );
  });
});

describe('an admission', () => {
  const ONE_AT_A_TIME = { maxActive: 1, admitPerInterval: 10, admitIntervalMs: 100 };

  test('ends with the payment, and its slot goes to the next', async () => {
    const { concertId, scheduleId } = await stack.house({ queue: ONE_AT_A_TIME });
    const buyer = await stack.admitted(concertId);
    const next = await stack.fan();
    expect(await next.join(concertId)).toMatchObject({ status: 'WAITING', position: 1 });
    const booking = await buyer.held(scheduleId, [1]);
    expect((await next.look(concertId)).status).toBe('WAITING');
    await buyer.paid(booking.id);
    await next.enter(concertId, 3000);
    expect((await buyer.hold(scheduleId, [2])).said).toBe('403 QUEUE_EXPIRED');
    expect(await lookAgain(buyer, concertId)).toBe('404 NOT_QUEUED');
    expect(await statsOf(concertId)).toMatchObject({ active: 1, waiting: 0 });
    expect(await stack.violations()).toEqual([]);
  });

  test('stays as long as its owner holds other seats that are not paid for yet', async () => {
    const { concertId, scheduleId } = await stack.house({ queue: ONE_AT_A_TIME });
    const buyer = await stack.admitted(concertId);
    const first = await buyer.held(scheduleId, [1]);
    const second = await buyer.held(scheduleId, [2]);
    await buyer.paid(first.id);
    expect((await buyer.look(concertId)).status).toBe('ACTIVE');
    await buyer.paid(second.id);
    await untilIs('ended', async () => lookAgain(buyer, concertId), '404 NOT_QUEUED');
    expect(await stack.violations()).toEqual([]);
  });

  test('given up frees its slot, once', async () => {
    const concertId = await stack.room(ONE_AT_A_TIME);
    const first = await stack.admitted(concertId);
    const [second, third] = await stack.fans(2);
    await second?.join(concertId);
    await third?.join(concertId);
    const twice = await Promise.all([first.leave(concertId), first.leave(concertId)]);
    expect(twice.map(({ said }) => said)).toEqual(['204', '204']);
    await second?.enter(concertId, 3000);
    expect(await third?.look(concertId)).toMatchObject({ status: 'WAITING', position: 1 });
    expect((await statsOf(concertId)).active).toBe(1);
  });
});

describe('a stream of states', () => {
  test('tells the place at once and the admission when it comes, and ends with the place', async () => {
    const concertId = await stack.room({ maxActive: 1, admitPerInterval: 5, admitIntervalMs: 100 });
    const inside = await stack.admitted(concertId);
    const fan = await stack.fan();
    await fan.join(concertId);
    const stream = await followStates(fan, concertId, stack.origin(1));
    try {
      expect(stream.answer.status).toBe(200);
      expect(stream.answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
      expect(await stream.next()).toMatchObject({ status: 'WAITING', position: 1 });
      await inside.leave(concertId);
      for (;;) {
        const state = await stream.next();
        if (state.status === 'ACTIVE') break;
      }
      await fan.leave(concertId);
      await expect(stream.next()).rejects.toThrow('The stream ended');
    } finally {
      stream.close();
    }
  });

  test('is refused to somebody without a place', async () => {
    const concertId = await stack.concert();
    const fan = await stack.fan();
    const answer = await fan.send('GET', `/api/users/queue/events?concertId=${concertId}`);
    expect(answer.said).toBe('404 NOT_QUEUED');
  });
});
