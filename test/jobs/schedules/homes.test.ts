import { describe, expect, test } from '@jest/globals';
import { assert, nat, property, uniqueArray, uuid } from 'fast-check';
import { homeOf, Homes } from '../../../src/jobs/schedules/homes';

const SCHEDULES = Array.from({ length: 10_000 }, (_, i) => String(i + 1));
const WORKERS = ['0198f3a0-0000-7000-8000-000000000001', '0198f3a0-0000-7000-8000-000000000002', 'c', 'd'];

describe('the home of a schedule', () => {
  test('is spread evenly', () => {
    const counts = new Map<string | null, number>();
    for (const id of SCHEDULES) {
      const home = homeOf(id, WORKERS);
      counts.set(home, (counts.get(home) ?? 0) + 1);
    }
    for (const worker of WORKERS) {
      expect(counts.get(worker)).toBeGreaterThan(2200);
      expect(counts.get(worker)).toBeLessThan(2800);
    }
  });

  test('moves only to a worker that comes, and only from one that goes', () => {
    assert(
      property(uniqueArray(uuid(), { minLength: 2, maxLength: 8 }), nat(9999), (workers, index) => {
        const id = SCHEDULES[index] ?? '';
        const before = homeOf(id, workers.slice(1));
        const after = homeOf(id, workers);
        expect([before, workers[0]]).toContain(after);
      }),
    );
  });

  test('is nowhere as long as nobody is alive', () => {
    expect(homeOf('1', [])).toBeNull();
    expect(new Homes('me').isHere('1')).toBe(false);
  });

  test('is the same for all, in whatever order they know each other', () => {
    const all = WORKERS.map((me) => {
      const homes = new Homes(me);
      homes.update(me === 'c' ? WORKERS.toReversed() : WORKERS);
      return homes;
    });
    for (const id of SCHEDULES.slice(0, 500)) {
      expect(all.filter((homes) => homes.isHere(id))).toHaveLength(1);
    }
  });

  test('is asked anew when workers come or go', () => {
    const homes = new Homes('me');
    homes.update(['me']);
    expect(SCHEDULES.every((id) => homes.isHere(id))).toBe(true);
    homes.update(['me', 'other']);
    expect(SCHEDULES.every((id) => homes.isHere(id))).toBe(false);
    homes.update(['other']);
    expect(SCHEDULES.some((id) => homes.isHere(id))).toBe(false);
  });
});
