import { expect, test } from '@jest/globals';
import { Nap } from '../../src/api/waiting-room/nap';
import { stopwatch } from '../support/stopwatch';

test('a nap ends by itself, when it is told to, and at once when that was told before', async () => {
  const nap = new Nap();
  const byItself = stopwatch();
  await nap.sleep(20);
  expect(byItself()).toBeGreaterThanOrEqual(15);

  const woken = stopwatch();
  const sleeping = nap.sleep(20_000);
  nap.end();
  await sleeping;
  nap.end(); // News while nobody sleeps: the next look must not wait for its time.
  await nap.sleep(20_000);
  expect(woken()).toBeLessThan(5_000);

  const again = stopwatch();
  await nap.sleep(20);
  expect(again()).toBeGreaterThanOrEqual(15);
});
