import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { SeatState } from '../../src/booking/types';
import { CHARACTER } from '../../src/seat-map/changes';
import { createSeatMap, type SeatMap, type SeatStates, type SeatTruth } from '../../src/seat-map/seat-map';
import { testRedisUrl } from '../support/redis';
import { HOLD_MS, withEnds } from './ends';

const SCHEDULE = '7';

let redis: Redis;
let truth: SeatStates | null;
let reads: number;
let map: SeatMap;
beforeAll(async () => {
  redis = new Redis(await testRedisUrl());
});
afterAll(() => redis.disconnect());
beforeEach(async () => {
  await redis.flushdb();
  truth = { version: 5, states: 'AAAA' };
  reads = 0;
  map = createSeatMap(redis, TRUTH);
});

const TRUTH: SeatTruth = {
  seatStates: async () => {
    reads += 1;
    return truth === null ? null : withEnds(truth);
  },
  seatVersions: async () => new Map(truth === null ? [] : [[SCHEDULE, truth.version]]),
  raiseSeatVersion: async (_id, version) => {
    if (truth !== null) truth = { ...truth, version: Math.max(truth.version, version) };
  },
};

/** A transaction commits: the truth changes, and (unless the process died) the change is noted. */
async function commit(
  changes: [number, SeatState][],
  noted = true,
  heldUntilMs = Date.now() + HOLD_MS,
): Promise<number> {
  if (truth === null) throw new Error('no schedule');
  const states = truth.states.split('');
  for (const [number, state] of changes) states[number - 1] = state[0] ?? '?';
  truth = { version: truth.version + 1, states: states.join('') };
  if (noted) await map.change(SCHEDULE, truth.version, new Map(changes), heldUntilMs);
  return truth.version;
}

describe('the seat map', () => {
  test('reads the truth once, then answers from what is noted', async () => {
    expect(await map.read(SCHEDULE)).toEqual({ version: 5, states: 'AAAA' });
    expect(await map.read(SCHEDULE)).toEqual({ version: 5, states: 'AAAA' });
    expect(await map.version(SCHEDULE)).toBe(5);
    expect(reads).toBe(1);
  });

  test.each([
    [true, 'goes by itself, changed or not'],
    [false, 'stays'],
  ])('when the show is over (%s) %s', async (isOver) => {
    const old = createSeatMap(redis, {
      ...TRUTH,
      seatStates: async () => ({ ...withEnds({ version: 5, states: 'AAAA' }), isOver }),
    });
    await old.read(SCHEDULE);
    for (let version = 5; version <= 6; version += 1) {
      if (version > 5) await old.change(SCHEDULE, version, new Map([[1, 'HELD']]), Date.now() + HOLD_MS);
      const keys = await redis.keys('*');
      expect(keys).toHaveLength(version === 5 ? 4 : 6);
      for (const key of keys) expect((await redis.pttl(key)) > 0).toBe(isOver);
    }
  });

  test('reads the truth once for everybody who misses at the same time', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, async () => map.read(SCHEDULE)));
    expect(new Set(all.map((states) => JSON.stringify(states))).size).toBe(1);
    expect(reads).toBe(1);
  });

  test('follows changes one by one without reading the truth again', async () => {
    await map.read(SCHEDULE);
    await commit([[2, 'HELD']]);
    await commit([
      [2, 'SOLD'],
      [4, 'HELD'],
    ]);
    expect(await map.read(SCHEDULE)).toEqual({ version: 7, states: 'ASAH' });
    expect(await map.taken(SCHEDULE, [1, 2, 3, 4])).toEqual([2, 4]);
    expect(reads).toBe(1);
  });

  test('drops what it has when a change is missing in between, and reads the truth', async () => {
    await map.read(SCHEDULE);
    await commit([[1, 'HELD']], false);
    await commit([[2, 'HELD']]);
    expect(await map.read(SCHEDULE)).toEqual({ version: 7, states: 'HHAA' });
    expect(reads).toBe(2);
  });

  test('passes over a change that it has already, so that noting twice does no harm', async () => {
    await map.read(SCHEDULE);
    const version = await commit([[1, 'HELD']]);
    await commit([[1, 'AVAILABLE']]);
    await map.change(SCHEDULE, version, new Map([[1, 'HELD']]), Date.now() + HOLD_MS);
    expect(await map.read(SCHEDULE)).toEqual({ version: 7, states: 'AAAA' });
  });

  test('does not let a slow reader note what was read before a change', async () => {
    let release = (): void => undefined;
    const slow = createSeatMap(redis, {
      ...TRUTH,
      seatStates: async () => {
        const read = truth === null ? null : withEnds(truth);
        await new Promise<void>((resolve) => (release = resolve));
        return read;
      },
    });
    const reading = slow.read(SCHEDULE);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await commit([[3, 'SOLD']]);
    release();
    expect(await reading).toEqual({ version: 5, states: 'AAAA' });
    expect(await map.read(SCHEDULE)).toEqual({ version: 6, states: 'AASA' });
  });

  test('is healed when the last change was never noted', async () => {
    await map.read(SCHEDULE);
    await commit([[1, 'SOLD']], false);
    expect((await map.read(SCHEDULE))?.states).toBe('AAAA');
    expect(await map.heal([SCHEDULE])).toEqual([SCHEDULE]);
    expect(await map.read(SCHEDULE)).toEqual({ version: 6, states: 'SAAA' });
    expect(await map.heal([SCHEDULE])).toEqual([]);
  });

  test('is left alone by healing when its last change is only late', async () => {
    await map.read(SCHEDULE);
    const version = await commit([[1, 'SOLD']], false);
    const healing = map.heal([SCHEDULE]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await map.change(SCHEDULE, version, new Map([[1, 'SOLD']]), 0);
    await commit([[2, 'SOLD']], false);
    expect(await healing).toEqual([]);
    expect(await map.read(SCHEDULE)).toEqual({ version: 6, states: 'SAAA' });
    expect(reads).toBe(1);
  });

  test('does not take changes of an earlier life of the database for those of this one', async () => {
    const putBack = truth;
    await commit([[1, 'SOLD']]);
    await commit([[1, 'AVAILABLE']]);
    await commit([[1, 'SOLD']]);
    truth = putBack;
    expect(await map.heal([SCHEDULE])).toEqual([SCHEDULE]);
    expect(truth?.version).toBeGreaterThan(8);
    await map.read(SCHEDULE);
    await commit([[2, 'HELD']]);
    expect(await map.read(SCHEDULE)).toEqual(truth);
    expect(truth?.states).toBe('AHAA');
  });

  test('is dropped when it is ahead of a database that was put back to an earlier state', async () => {
    await map.read(SCHEDULE);
    await commit([[1, 'SOLD']]);
    truth = { version: 4, states: 'AAAA' };
    expect(await map.heal([SCHEDULE])).toEqual([SCHEDULE]);
    expect(await map.read(SCHEDULE)).toEqual(truth);
  });

  test('comes back after Redis has lost it, and its scripts', async () => {
    await map.read(SCHEDULE);
    await commit([[1, 'HELD']]);
    await redis.flushdb();
    await redis.script('FLUSH');
    await commit([[2, 'HELD']]);
    expect(await map.read(SCHEDULE)).toEqual({ version: 7, states: 'HHAA' });
  });

  test('calls no seat taken whose hold has ended, released or not', async () => {
    await map.read(SCHEDULE);
    await commit([[1, 'HELD']], true, Date.now() - 1);
    await commit([
      [2, 'HELD'],
      [3, 'SOLD'],
    ]);
    expect(await map.read(SCHEDULE)).toEqual({ version: 7, states: 'HHSA' });
    expect(await map.taken(SCHEDULE, [1, 2, 3, 4])).toEqual([2, 3]);
  });

  test('knows the ends of holds again after Redis has lost them, and says so at the first question', async () => {
    truth = { version: 5, states: 'HSA' };
    const later = createSeatMap(redis, TRUTH);
    const ended = createSeatMap(redis, {
      ...TRUTH,
      seatStates: async () => (truth === null ? null : withEnds(truth, Date.now() - 1)),
    });
    for (const [each, taken] of [
      [later, [1, 2]],
      [ended, [2]],
    ] as const) {
      await redis.flushdb();
      expect(await each.taken(SCHEDULE, [1, 2, 3])).toEqual(taken);
      expect(await each.taken(SCHEDULE, [1, 2, 3])).toEqual(taken);
    }
    expect(reads).toBe(1);
  });

  test('that was noted without the ends of holds is noted anew, once, with the next change', async () => {
    await map.read(SCHEDULE);
    await redis.del(`frontrow:{seats:${SCHEDULE}}:ends`);
    await commit([[1, 'SOLD']]);
    reads = 0;
    expect(await map.taken(SCHEDULE, [1, 2])).toEqual([1]);
    expect(await map.taken(SCHEDULE, [1, 2])).toEqual([1]);
    expect(reads).toBe(1);
  });

  test('leaves nothing of a healed map for the door to go by', async () => {
    await map.read(SCHEDULE);
    await commit([[1, 'SOLD']]);
    await commit([[1, 'AVAILABLE']], false);
    await map.heal([SCHEDULE]);
    expect(await map.taken(SCHEDULE, [1])).toEqual([]);
  });

  test('does not let a slow reader note what was read between two changes that were noted in the wrong order', async () => {
    let release = (): void => undefined;
    const slow = createSeatMap(redis, {
      ...TRUTH,
      seatStates: async () => {
        const read = truth;
        await new Promise<void>((resolve) => (release = resolve));
        return read === null ? null : withEnds(read);
      },
    });
    const first = await commit([[1, 'SOLD']], false);
    const reading = slow.read(SCHEDULE);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await commit([[2, 'SOLD']]);
    await map.change(SCHEDULE, first, new Map([[1, 'SOLD']]), Date.now() + HOLD_MS);
    release();
    await reading;
    expect(await map.read(SCHEDULE)).toEqual({ version: 7, states: 'SSAA' });
  });

  test('is noted by a slow reader, although every read is older than the latest change', async () => {
    await map.read(SCHEDULE);
    await redis.flushdb();
    const slow = createSeatMap(redis, {
      ...TRUTH,
      seatStates: async () => {
        const read = await TRUTH.seatStates(SCHEDULE);
        const first = await commit([[1, 'HELD']], false);
        await commit([
          [2, 'SOLD'],
          [3, 'HELD'],
        ]);
        await map.change(SCHEDULE, first, new Map([[1, 'HELD']]), Date.now() + HOLD_MS);
        await commit([[3, 'AVAILABLE']]);
        await commit([[4, 'HELD']], true, Date.now() - 1);
        return read;
      },
    });
    await slow.read(SCHEDULE);
    reads = 0;
    expect(await map.read(SCHEDULE)).toEqual({ version: 9, states: 'HSAH' });
    expect(await map.available(SCHEDULE)).toBe(1);
    expect(await map.taken(SCHEDULE, [1, 2, 3, 4])).toEqual([1, 2]);
    expect(await map.changes(SCHEDULE, 8)).toBeNull();
    await commit([[4, 'SOLD']]);
    expect(await map.changes(SCHEDULE, 9)).toEqual({ version: 10, changed: new Map([[4, 'S']]) });
    expect(await map.read(SCHEDULE)).toEqual({ version: 10, states: 'HSAS' });
    expect(reads).toBe(0);
    expect(await redis.keys('*missed*')).toEqual([]);
  });

  test('keeps the changes that it missed within the bounds of the log, and no longer than the floor', async () => {
    const missed = `frontrow:{seats:${SCHEDULE}}:missed`;
    map = createSeatMap(redis, TRUTH, { logEntries: 4, logBytes: 60 });
    for (let i = 0; i < 10; i += 1) {
      const all = [1, 2, 3, 4].map((number): [number, SeatState] => [number, 'HELD']);
      await commit(i < 6 ? [[1, 'HELD']] : all);
      const kept = await redis.zrange(missed, '0', '-1');
      expect(kept.length).toBeGreaterThan(0);
      expect(kept.length).toBeLessThanOrEqual(4);
      expect(kept.join('').length).toBeLessThanOrEqual(60);
      expect(await redis.get(`${missed}-bytes`)).toBe(String(kept.join('').length));
    }
    for (const key of [missed, `${missed}-bytes`]) {
      const ttlMs = await redis.pttl(key);
      expect(ttlMs).toBeGreaterThan(0);
      expect(ttlMs).toBeLessThanOrEqual(60_000);
    }
  });

  test('lets more seats change at once than a command can name', async () => {
    const all = Array.from({ length: 100_000 }, (_, i): [number, SeatState] => [i + 1, 'AVAILABLE']);
    truth = { version: 5, states: 'H'.repeat(all.length) };
    await map.read(SCHEDULE);
    await commit(all);
    expect(await map.available(SCHEDULE)).toBe(all.length);
    expect(await map.version(SCHEDULE)).toBe(6);
    await commit([[1, 'SOLD']]);
    expect(await map.changes(SCHEDULE, 6)).toEqual({ version: 7, changed: new Map([[1, 'S']]) });
    expect(reads).toBe(2);
  });

  test('counts the free seats without reading them', async () => {
    expect(await map.available(SCHEDULE)).toBe(4);
    await commit([
      [1, 'HELD'],
      [2, 'SOLD'],
    ]);
    await commit([
      [1, 'SOLD'],
      [2, 'AVAILABLE'],
    ]);
    expect(await map.available(SCHEDULE)).toBe(3);
    expect(reads).toBe(1);
  });

  test('is noted again when a part of it is lost, instead of being read from the truth for ever', async () => {
    await map.read(SCHEDULE);
    await redis.del(`frontrow:{seats:${SCHEDULE}}:states`);
    await map.read(SCHEDULE);
    expect(await map.read(SCHEDULE)).toEqual({ version: 5, states: 'AAAA' });
    expect(reads).toBe(2);
  });

  test('is none for a schedule that does not exist, and says of nothing noted that nothing is taken', async () => {
    truth = null;
    expect(await map.read(SCHEDULE)).toBeNull();
    expect(await map.version(SCHEDULE)).toBeNull();
    expect(await map.taken(SCHEDULE, [1, 2])).toEqual([]);
  });
});

describe('the counts of a noted map', () => {
  test('tell every state that there is from the others, at each version', async () => {
    expect(await map.counts(SCHEDULE)).toBeNull();
    await map.read(SCHEDULE);
    const states = Object.keys(CHARACTER).filter((state): state is SeatState => state in CHARACTER);
    for (const [index, state] of states.entries()) await commit([[index + 1, state]]);
    expect(states).toHaveLength(4);
    expect(await map.counts(SCHEDULE)).toEqual({ version: 9, available: 1, held: 1, total: 4, blocked: 1 });
    await commit([
      [1, 'HELD'],
      [2, 'BLOCKED'],
    ]);
    expect(await map.counts(SCHEDULE)).toEqual({ version: 10, available: 0, held: 1, total: 4, blocked: 2 });
    expect(await map.taken(SCHEDULE, [1, 2, 3, 4])).toEqual([1, 2, 3, 4]);
  });

  test('are not told of a map that has lost a part of itself', async () => {
    for (const key of ['states', 'version', 'free']) {
      await redis.flushdb();
      await map.read(SCHEDULE);
      await redis.del(`frontrow:{seats:${SCHEDULE}}:${key}`);
      expect(await map.counts(SCHEDULE)).toBeNull();
    }
  });
});
