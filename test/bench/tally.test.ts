import { expect, test } from '@jest/globals';
import { VolleyResultSchema } from '../../bench/load/plan';
import { Tally } from '../../bench/load/tally';

test('a volley without an accepted answer has a result all the same', () => {
  const tally = new Tally();
  tally.latencies.push(3);
  tally.refuse(409, '{"code":"SEAT_TAKEN"}');
  const result = VolleyResultSchema.parse(tally.result(1));
  expect(result).toMatchObject({ perSecond: 0, elapsedMs: 0, errors: { '409 {"code":"SEAT_TAKEN"}': 1 } });
});

test('counts the time until the last answer that was accepted', async () => {
  const tally = new Tally();
  const startedAt = performance.now();
  while (performance.now() < startedAt + 20);
  tally.accept('confirmed', 20);
  const { elapsedMs } = tally.result(0);
  expect(elapsedMs).toBeGreaterThanOrEqual(19);
  expect(elapsedMs).toBeLessThanOrEqual(performance.now() - startedAt + 1);
});
