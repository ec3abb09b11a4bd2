import { expect, test } from '@jest/globals';
import { CommandTally } from '../../src/desk/command-tally';
import { ratesOf } from '../../src/desk/rates';

const counted = (sinceMs: number, untilMs: number, counts: Record<string, number>) => ({
  sinceMs,
  untilMs,
  counts: new Map(Object.entries(counts)),
});

test('rates are of the last seconds, sums of all that is kept; the door decides nothing', () => {
  const rates = ratesOf([
    counted(0, 2000, { '1 queue hold completed': 1000, '1 queue pay COMMAND_FAILED': 1 }),
    counted(50_000, 52_000, { '1 queue hold completed': 30, '2 queue hold SEAT_TAKEN': 10 }),
    counted(52_000, 54_000, { '1 queue hold SEAT_TAKEN': 4, '0 door hold SEAT_TAKEN': 500 }),
  ]);
  expect(rates.perSecond).toBe(11);
  expect([...rates.ofConcert]).toEqual([
    ['1', { perSecond: 8.5, refusedPerSecond: 1 }],
    ['2', { perSecond: 2.5, refusedPerSecond: 2.5 }],
  ]);
  expect(rates.lastMinute).toEqual([
    { decider: 'queue', kind: 'hold', outcome: 'completed', count: 1030 },
    { decider: 'door', kind: 'hold', outcome: 'SEAT_TAKEN', count: 500 },
    { decider: 'queue', kind: 'hold', outcome: 'SEAT_TAKEN', count: 14 },
    { decider: 'queue', kind: 'pay', outcome: 'COMMAND_FAILED', count: 1 },
  ]);
  expect(ratesOf([])).toEqual({ perSecond: 0, ofConcert: new Map(), lastMinute: [] });
});

test('a tally is bounded: more concerts at once are counted without theirs; what could not be told counts on', () => {
  const tally = new CommandTally();
  for (let concert = 1; concert <= 600; concert += 1)
    tally.add(String(concert), 'queue', 'hold', 'completed');
  const taken = tally.take();
  expect(taken.size).toBe(501);
  expect([...taken.values()].reduce((sum, count) => sum + count, 0)).toBe(600);
  expect(tally.take().size).toBe(0);
  tally.add('1', 'queue', 'hold', 'completed');
  tally.putBack(taken);
  expect(tally.take().get('1 queue hold completed')).toBe(2);
});
