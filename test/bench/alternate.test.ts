import { expect, test } from '@jest/globals';
import type { Outcome } from '../../bench/outcome';
import { alternate } from '../../bench/pairs/alternate';

const outcome = (name: string, figure: number, cpu: Record<string, number>, p50?: number): Outcome => ({
  name,
  unit: 'holds/s',
  contestants: {
    ours: { figure, rounds: [figure], ratios: [], cpu, ...(p50 === undefined ? {} : { p50 }) },
    '2 workers': { figure: 1, rounds: [1], ratios: [], cpu: {} },
  },
  errors: 0,
  more: {},
});

test('either build comes first as often, and each pair compares the two runs next to each other', async () => {
  const order: string[] = [];
  const comparisons = await alternate({ ours: 'A', theirs: 'B', pairs: 4 }, async (build, pair) => {
    order.push(build);
    return [outcome('holds', (build === 'A' ? 110 : 100) * pair, {})];
  });
  expect(order.join('')).toBe('ABBAABBA');
  expect(comparisons).toMatchObject([
    { scenario: 'holds', figure: 'holds/s', ours: [110, 220, 330, 440], theirs: [100, 200, 300, 400] },
  ]);
  expect(comparisons[0]?.difference?.ratio).toBeCloseTo(1.1);
});

test('compares every figure of ours, scenario by scenario, and the generator for nobody', async () => {
  const comparisons = await alternate({ ours: 3, theirs: 2, pairs: 4 }, async (times) => [
    outcome('polls', 10 * times, { web: 100 * times, redis: 5, generator: 1000 * times }, 7),
    outcome('joins', 20 * times, {}),
  ]);
  expect(
    comparisons.map(({ scenario, figure, ours, theirs }) => [scenario, figure, ours[0], theirs[0]]),
  ).toEqual([
    ['polls', 'holds/s', 30, 20],
    ['polls', 'p50, ms', 7, 7],
    ['polls', 'µs of web per answer', 300, 200],
    ['polls', 'µs of redis per answer', 5, 5],
    ['polls', 'µs of all these', 305, 205],
    ['joins', 'holds/s', 60, 40],
  ]);
});

test('says nothing of a figure that one run lacks', async () => {
  const comparisons = await alternate({ ours: 'A', theirs: 'B', pairs: 4 }, async (build, pair) => [
    outcome('holds', 100, build === 'B' && pair === 3 ? {} : { web: 100 }),
  ]);
  expect(comparisons.find(({ figure }) => figure === 'µs of web per answer')?.difference).toBeNull();
  expect(comparisons.find(({ figure }) => figure === 'holds/s')?.difference?.differs).toBe(false);
});
