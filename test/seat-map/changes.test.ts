import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { Redis } from 'ioredis';
import type { SeatState } from '../../src/booking/types';
import { changedStates } from '../../src/seat-map/changes';
import {
  createNotedMap,
  type LogBounds,
  type NotedMap,
  type SeatTruthRead,
} from '../../src/seat-map/noted-map';
import { createSeatMap, type SeatMap, type SeatStates, type SeatTruth } from '../../src/seat-map/seat-map';
import { testRedisUrl } from '../support/redis';
import { HOLD_MS, withEnds } from './ends';

const SCHEDULE = '7';
const SEATS = 6;
const BOUNDS = { logEntries: 4, logBytes: 40 };
const ROOMY = { logEntries: 4, logBytes: 100 };
const DROPPED_AT_ONCE_MS = 0;

let redis: Redis;
beforeAll(async () => {
  redis = new Redis(await testRedisUrl());
});
afterAll(() => redis.disconnect());
beforeEach(async () => {
  await redis.flushdb();
});

/** A house whose changes are noted, or not, in this order or that; and a client that only ever asks what has changed. */
class House implements SeatTruth {
  readonly map: SeatMap;
  truth: SeatStates = { version: 1, states: 'A'.repeat(SEATS) };
  client: SeatStates | null = null;
  wholeMaps = 0;
  #backup = this.truth;
  #late: (() => Promise<void>)[] = [];
  #reads: SeatTruthRead[] = [];
  readonly #noted: NotedMap;

  constructor(bounds: LogBounds = BOUNDS) {
    this.map = createSeatMap(redis, this, bounds, DROPPED_AT_ONCE_MS);
    this.#noted = createNotedMap(redis, bounds);
  }

  seatStates = async () => withEnds(this.truth);
  seatVersions = async () => new Map([[SCHEDULE, this.truth.version]]);
  raiseSeatVersion = async (_id: string, version: number) => {
    this.truth = { ...this.truth, version: Math.max(this.truth.version, version) };
  };

  /** A transaction changes seats; what follows it comes at once, later, or never. */
  async commit(seats: readonly [number, SeatState][], noted: 'now' | 'late' | 'never'): Promise<void> {
    const changes = new Map(seats);
    const states = this.truth.states.split('');
    for (const [number, state] of changes) states[number - 1] = state[0] ?? '';
    const version = this.truth.version + 1;
    this.truth = { version, states: states.join('') };
    const note = async () => this.map.change(SCHEDULE, version, changes, Date.now() + HOLD_MS);
    if (noted === 'now') await note();
    if (noted === 'late') this.#late.push(note);
  }

  async noteLate(): Promise<void> {
    for (const note of this.#late.splice(0).reverse()) await note();
  }

  /** Another process reads the truth, and notes it later: others commit meanwhile. */
  startRead(): void {
    this.#reads.push(withEnds(this.truth));
  }

  async noteReads(): Promise<void> {
    for (const read of this.#reads.splice(0)) await this.#noted.note(SCHEDULE, read);
  }

  backUp(): void {
    this.#backup = this.truth;
  }

  /** Healed before anybody sells on: an operator who puts a database back stops the sale. */
  async putBack(): Promise<void> {
    this.#late = [];
    this.#reads = [];
    this.truth = this.#backup;
    await this.map.heal([SCHEDULE]);
    this.#backup = this.truth;
  }

  async ask(): Promise<void> {
    const changes = this.client === null ? null : await this.map.changes(SCHEDULE, this.client.version);
    if (this.client === null || changes === null) {
      this.wholeMaps += 1;
      this.client = await this.map.read(SCHEDULE);
      return;
    }
    this.client = {
      version: changes.version,
      states: changedStates(this.client.states, changes.changed),
    };
  }
}

type Step = (house: House) => Promise<void> | void;
const changes = fc.array(
  fc.tuple(fc.integer({ min: 1, max: SEATS }), fc.constantFrom<SeatState>('AVAILABLE', 'HELD', 'SOLD')),
  { minLength: 1, maxLength: 4 },
);
const commit = fc
  .tuple(changes, fc.constantFrom<'now' | 'late' | 'never'>('now', 'now', 'now', 'late', 'never'))
  .map(
    ([seats, noted]): Step =>
      async (house) =>
        house.commit(seats, noted),
  );
const step = fc.oneof(
  { weight: 8, arbitrary: commit },
  { weight: 5, arbitrary: fc.constant<Step>(async (house) => house.ask()) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Step>(
      (house) => house.startRead(),
      async (house) => house.noteReads(),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Step>(
      async (house) => house.noteLate(),
      async (house) => void (await house.map.heal([SCHEDULE])),
      async (house) => void (await house.map.read(SCHEDULE)),
      async () => void (await redis.flushdb()),
      (house) => house.backUp(),
      async (house) => house.putBack(),
    ),
  },
);

describe('what has changed since a version', () => {
  test('brings every client to the truth, whatever was lost, late or put back', async () => {
    let told = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        await redis.flushdb();
        const house = new House(ROOMY);
        for (const each of steps) {
          await each(house);
          told += 1;
        }
        await house.noteLate();
        await house.noteReads();
        await house.map.heal([SCHEDULE]);
        await house.ask();
        expect(house.client).toEqual(house.truth);
        expect(await house.map.available(SCHEDULE)).toBe(house.truth.states.replaceAll(/[^A]/g, '').length);
      }),
      { numRuns: 300 },
    );
    expect(told).toBeGreaterThan(1000);
  });

  test('is told without the whole map as long as the log reaches back', async () => {
    const house = new House();
    await house.ask();
    for (let i = 0; i < 20; i += 1) {
      await house.commit([[1 + (i % SEATS), i % 2 === 0 ? 'HELD' : 'SOLD']], 'now');
      await house.ask();
    }
    expect(house.wholeMaps).toBe(1);
    expect(house.client).toEqual(house.truth);
    expect(await house.map.changes(SCHEDULE, house.truth.version)).toEqual({
      version: house.truth.version,
      changed: new Map(),
    });
  });

  test('is not known of a version too long ago, one yet to come, or where nothing is noted', async () => {
    const house = new House();
    expect(await house.map.changes(SCHEDULE, 1)).toBeNull();
    await house.ask();
    for (let i = 0; i < BOUNDS.logEntries + 1; i += 1) await house.commit([[1, 'HELD']], 'now');
    expect(await house.map.changes(SCHEDULE, 1)).toBeNull();
    expect(await house.map.changes(SCHEDULE, 2)).toEqual({ version: 6, changed: new Map([[1, 'H']]) });
    expect(await house.map.changes(SCHEDULE, 7)).toBeNull();
  });

  test('is not taken for that of an earlier life of the database, which told the same versions of other changes', async () => {
    const house = new House();
    house.backUp();
    await house.map.read(SCHEDULE);
    await house.commit([[1, 'SOLD']], 'now');
    await house.ask();
    await house.putBack();
    await house.map.read(SCHEDULE);
    await house.commit([[2, 'HELD']], 'now');
    await house.commit([[3, 'HELD']], 'now');
    await house.ask();
    expect(house.client).toEqual(house.truth);
  });

  test('is kept within bounds, of entries and of bytes', async () => {
    const house = new House();
    await house.ask();
    const all = Array.from({ length: SEATS }, (_, i): [number, SeatState] => [i + 1, 'SOLD']);
    for (let i = 0; i < 10; i += 1) {
      await house.commit(all, 'now');
      const log = await redis.lrange(`frontrow:{seats:${SCHEDULE}}:log`, 0, -1);
      const bytes = log.reduce((sum, entry) => sum + entry.length, 0);
      expect(log.length).toBeGreaterThan(0);
      expect(log.length).toBeLessThanOrEqual(BOUNDS.logEntries);
      expect(bytes).toBeLessThanOrEqual(BOUNDS.logBytes);
      expect(await redis.get(`frontrow:{seats:${SCHEDULE}}:logged`)).toBe(String(bytes));
    }
  });
});
