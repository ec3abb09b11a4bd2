import { expect, test } from '@jest/globals';
import { charge, LARGEST_CHARGE, nextEntry } from '../../src/booking/charge';

test('the first charge is entry 1, and starts from nothing', () => {
  expect(charge({ balance: 0, lastEntry: null }, 250)).toEqual({
    entry: 1,
    amount: 250,
    balanceBefore: 0,
    balanceAfter: 250,
    type: 'CHARGE',
  });
});

test('each entry continues the one before it', () => {
  const first = charge({ balance: 0, lastEntry: null }, 100);
  const second = nextEntry({ balance: first.balanceAfter, lastEntry: first.entry }, -30);
  expect(second).toEqual({ entry: 2, amount: -30, balanceBefore: 100, balanceAfter: 70 });
});

test.each([1, LARGEST_CHARGE])('%d points may be charged', (amount) => {
  expect(charge({ balance: 5, lastEntry: 9 }, amount)).toMatchObject({ entry: 10, balanceAfter: 5 + amount });
});

test.each([0, -1, 0.5, LARGEST_CHARGE + 1, Number.NaN, Number.POSITIVE_INFINITY])(
  '%d points may not',
  (amount) => {
    expect(() => charge({ balance: 5, lastEntry: 9 }, amount)).toThrow(RangeError);
  },
);
