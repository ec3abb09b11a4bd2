import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { within } from '../../src/lib/deadline';
import { stopwatch } from '../support/stopwatch';

const tooLate = (): never => {
  throw new Error('too late');
};

test('work that ends in time is answered with what it came to, good or bad, and keeps no timer', async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const elapsedMs = stopwatch();
  expect(await within(60_000, Promise.resolve('done'), tooLate)).toBe('done');
  await expect(within(60_000, Promise.reject(new Error('its own')), tooLate)).rejects.toThrow('its own');
  expect(elapsedMs()).toBeLessThan(5000);
  expect(timers()).toBe(before);
});

test('work that does not is answered with what stands in for it', async () => {
  const never = new Promise<string>(() => undefined);
  expect(await within(5, never, () => 'late')).toBe('late');
  await expect(within(5, never, tooLate)).rejects.toThrow('too late');
});

test('work that fails after its time ends nobody', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  const work = sleep(20).then(() => Promise.reject(new Error('much later')));
  expect(await within(5, work, () => undefined)).toBeUndefined();
  await sleep(50);
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});
