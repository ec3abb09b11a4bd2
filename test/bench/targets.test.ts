import { describe, expect, test } from '@jest/globals';
import { type Outcome, comparedWith } from '../../bench/outcome';
import { judge } from '../../bench/targets';

const MET = { rounds: [1], cpu: {}, ratios: [] };

/** `holds-200` with every target just met. */
function outcome(): Outcome {
  return {
    name: 'holds-200',
    unit: 'holds/s',
    contestants: {
      ours: { ...MET, figure: 4000, p50: 20, p99: 40, cpu: { web: 160, worker: 50 } },
      direct: { ...MET, figure: 2000, ratios: [3, 1, 2], p50: 60, p99: 40, cpu: { web: 200 } },
      'row-lock': { ...MET, figure: 500, ratios: [8] },
      bare: { ...MET, figure: 10_000, ratios: [0.4], cpu: { web: 80 } },
    },
    errors: 0,
    more: {},
  };
}

const missed = (changed: Outcome) => judge(changed).flatMap(({ text, met }) => (met === false ? [text] : []));

function withOurs(change: Partial<Outcome['contestants'][string]>): Outcome {
  const { contestants, ...rest } = outcome();
  const ours = contestants['ours'];
  if (ours === undefined) throw new Error('no standing of ours');
  return { ...rest, contestants: { ...contestants, ours: { ...ours, ...change } } };
}

describe('targets', () => {
  test('at their very edge are met', () => {
    expect(judge(outcome()).map(({ value, met }) => [value, met])).toEqual([
      [2, true],
      [8, true],
      [2, true],
      [2, true],
      [1, true],
    ]);
  });

  test('are missed one by one', () => {
    expect(missed(withOurs({ cpu: { web: 161 } }))).toEqual(["web µs: ≤ 2× bare's"]);
    expect(missed(withOurs({ p50: 19.9 }))).toEqual(['p99: ≤ 2× p50']);
    expect(missed(withOurs({ p99: 40.1 }))).toEqual(['p99: ≤ 2× p50', "p99: ≤ direct's"]);
    const slower = outcome();
    slower.contestants['direct'] = { ...MET, figure: 1, ratios: [1.9, 1.99, 5], p99: 50 };
    expect(missed(slower)).toEqual(['direct: ≥ 2×']);
  });

  test('are neither met nor missed when somebody did not take part', () => {
    const { contestants, ...rest } = outcome();
    const { bare: _bare, ...others } = contestants;
    const verdicts = judge({ ...rest, contestants: others });
    expect(verdicts.find(({ text }) => text.startsWith('web'))).toMatchObject({ value: null, met: null });
    expect(verdicts.filter(({ met }) => met === true)).toHaveLength(4);
  });

  test('an error of ours is a miss, told once', () => {
    expect(missed({ ...outcome(), errors: 1 })).toEqual(['no errors']);
    expect(
      judge({ ...outcome(), name: 'on-sale', errors: 3 }).filter(({ text }) => text === 'no errors'),
    ).toEqual([{ text: 'no errors', value: 3, met: false }]);
  });

  test('the time of a sale counts for a whole one only', () => {
    const sale = { ...withOurs({ figure: 3 }), name: 'on-sale' };
    expect(judge({ ...sale, more: { 'seats sold': 2000 } })[0]).toMatchObject({ met: null });
    expect(judge({ ...sale, more: { 'seats sold': 20_000 } })[0]).toMatchObject({ value: 3, met: true });
  });
});

test('a line can be compared with another one than ours', () => {
  const rounds = (...all: number[]) => ({ ...MET, figure: 0, rounds: all });
  const contestants = { ours: rounds(10, 20), two: rounds(20, 30), four: rounds(10, 60, 7) };
  const compared = comparedWith({ ...outcome(), contestants }, 'four', 'two');
  expect(compared.contestants['four']?.ratios).toEqual([0.5, 2]);
  expect(compared.contestants['two']?.ratios).toEqual([]);
  expect(comparedWith({ ...outcome(), contestants }, 'nobody', 'two').contestants).toEqual(contestants);
});
