import { expect, test } from '@jest/globals';
import { grantFor } from '../../src/api/presales/passes';

test.each([
  ['its own', [2], 2],
  ['of two the larger', [2, 3], 3],
  ["without one the concert's", [null], null],
  ["the concert's where that is the larger", [2, null], null],
  ["its own where that is larger than the concert's", [null, 10], 10],
])('the limit of a presale is %s', (_what, limits, told) => {
  const grants = limits.map((seatLimit) => ({ scheduleIds: null, seatLimit }));
  const pass = { untilMs: 1, opensAtMs: 2, concertSeatLimit: 4, grants };
  expect(grantFor(pass, '1')).toEqual({ untilMs: 1, opensAtMs: 2, seatLimit: told });
  // What another date's presale allows says nothing of this one.
  const elsewhere = { ...pass, grants: [...grants, { scheduleIds: ['2'], seatLimit: 100 }] };
  expect(grantFor(elsewhere, '1')?.seatLimit).toBe(told);
});
