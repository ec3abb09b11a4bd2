import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { CURVE_STEP_MS, createCurves, CURVES, CURVES_KEPT_MS, type Sample } from '../../src/desk/curves';
import { COUNTS_KEY, curveKey, RECENT_KEY, WORKERS_KEY } from '../../src/desk/keys';
import { createDeskNotes } from '../../src/desk/notes';
import { testRedisUrl } from '../support/redis';

let redis: Redis;
beforeAll(async () => {
  redis = new Redis(await testRedisUrl());
});
beforeEach(async () => redis.flushdb());
afterAll(() => redis.disconnect());

const facts = { host: 'a', pid: 1, startedAt: '2030-01-01T00:00:00.000Z', scheduleIds: ['7'], served: 1 };
const held = (count: number) => new Map([['1 queue hold completed', count]]);

describe('what processes tell the desk', () => {
  test('adds up over processes, and is taken once, however many take it at a time', async () => {
    const [one, other] = [createDeskNotes(redis), createDeskNotes(redis)];
    await one.note(held(3));
    await other.note(new Map([...held(4), ['0 door hold SEAT_TAKEN', 2]]));
    await Promise.all([one.take(), other.take(), one.take()]);
    const { recent } = await other.take();
    const total = (field: string) => recent.reduce((sum, { counts }) => sum + (counts.get(field) ?? 0), 0);
    expect([total('1 queue hold completed'), total('0 door hold SEAT_TAKEN')]).toEqual([7, 2]);
    for (const { sinceMs, untilMs } of recent) expect(untilMs).toBeGreaterThanOrEqual(sinceMs);
  });

  test('is never lost between two samples of one millisecond', async () => {
    const notes = createDeskNotes(redis);
    await Promise.all(
      Array.from({ length: 100 }, async () => Promise.all([notes.note(held(1)), notes.take()])),
    );
    const { recent } = await notes.take();
    expect(recent.flatMap(({ counts }) => [...counts.values()]).reduce((sum, count) => sum + count, 0)).toBe(
      100,
    );
  });

  test('is forgotten after a minute, and lost with Redis without harm', async () => {
    const notes = createDeskNotes(redis);
    const long = Date.now() - 61_000;
    await redis.rpush(
      RECENT_KEY,
      `${long - 2000} ${long}\n1 queue hold completed 5`,
      `${long} ${Date.now()}\n`,
    );
    await notes.note(held(1));
    const { recent } = await notes.take();
    expect(recent.flatMap(({ counts }) => [...counts.values()])).not.toContain(5);
    for (const key of [COUNTS_KEY, RECENT_KEY]) expect(await redis.pttl(key)).toBeGreaterThan(0);
    await redis.flushdb();
    expect(await notes.take()).toMatchObject({ recent: [], workers: [] });
  });

  test('a worker that fell silent stays to be seen for a while; one that ends in good order goes', async () => {
    const notes = createDeskNotes(redis);
    await notes.note(new Map(), { id: 'w1', facts });
    await notes.note(new Map(), { id: 'w2', facts });
    await redis.hset(WORKERS_KEY, 'silent', `${Date.now() - 60_000} ${JSON.stringify(facts)}`);
    await redis.hset(WORKERS_KEY, 'long gone', `${Date.now() - 700_000} ${JSON.stringify(facts)}`);
    await redis.hset(WORKERS_KEY, 'another build', `${Date.now()} {"what":`);
    await notes.take();
    await notes.leave('w2');
    const { workers, nowMs } = await notes.take();
    expect(workers.map(({ id, served }) => `${id} ${served}`).toSorted()).toEqual([
      'another build 0',
      'silent 1',
      'w1 1',
    ]);
    const silent = workers.find(({ id }) => id === 'silent');
    expect(nowMs - (silent?.seenAtMs ?? 0)).toBeGreaterThanOrEqual(60_000);
  });
});

describe('the curves of a concert', () => {
  const sample = (waiting: number): Sample => ({
    ...sampleOfNothing,
    waiting,
    revenue: null,
  });
  const sampleOfNothing: Sample = {
    waiting: 0,
    active: 0,
    admittedTotal: 0,
    abandonedTotal: 0,
    admittedPerSecond: 0,
    oldestWaitSeconds: 0,
    available: 0,
    held: 0,
    sold: 0,
    revenue: 0,
    backlogSeconds: 0,
    commandsPerSecond: 0,
    refusedPerSecond: 0,
  };

  test('two samples of one step are one; no more than an hour is kept or told', async () => {
    const curves = createCurves(redis);
    await curves.add('1', sample(1));
    await curves.add('1', sample(2));
    const { at, lines } = await curves.read('1');
    expect(at.length).toBeLessThanOrEqual(2); // A step may have ended in between.
    expect([lines.waiting.at(-1), lines.revenue.at(-1)]).toEqual([2, null]);
    expect(await redis.pttl(curveKey('1'))).toBeGreaterThan(CURVES_KEPT_MS - 5000);

    const step = Math.floor(Date.now() / CURVE_STEP_MS) * CURVE_STEP_MS;
    const numbers = JSON.stringify(CURVES.map(() => 9));
    await redis.hset(curveKey('2'), { 1: `${step - CURVES_KEPT_MS - CURVE_STEP_MS} ${numbers}` });
    await redis.hset(curveKey('2'), {
      2: `${step - 2 * CURVE_STEP_MS} ${numbers}`,
      3: `${step - CURVE_STEP_MS} ${numbers}`,
    });
    await redis.hset(curveKey('2'), { 4: `${step + 60_000} ${numbers}` }); // Of a Redis whose clock was ahead.
    const two = await curves.read('2');
    expect(two.at).toEqual([(step - 2 * CURVE_STEP_MS) / 1000, (step - CURVE_STEP_MS) / 1000]);
    expect(two.lines.held).toEqual([9, 9]);
    expect(await curves.read('3')).toMatchObject({ at: [], lines: { waiting: [] } });
  });

  test('an hour has so many places, whatever is written', async () => {
    const curves = createCurves(redis);
    const places = CURVES_KEPT_MS / CURVE_STEP_MS;
    await redis.hset(
      curveKey('1'),
      Object.fromEntries(Array.from({ length: places }, (_, i) => [i, '0 []'])),
    );
    await curves.add('1', sample(1));
    expect(await redis.hlen(curveKey('1'))).toBe(places);
  });
});
