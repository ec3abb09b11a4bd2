import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { BELL_CHANNEL, createBell } from '../../../src/jobs/queues/bell';
import { createQueues, type Queues } from '../../../src/jobs/queues/queues';
import { testRedisUrl } from '../../support/redis';
import { until } from '../../support/until';

let redis: Redis;
let monitor: Redis;
let queues: Queues;
let seen: string[] = [];
beforeAll(async () => {
  const url = await testRedisUrl();
  redis = new Redis(url);
  // `monitor()` makes a connection of its own.
  const lender = new Redis(url);
  monitor = await lender.monitor();
  lender.disconnect();
  monitor.on('monitor', (_time: string, [command = '', first = '']: string[]) => {
    if (command.toLowerCase() === 'lpush' && first.includes('schedule-7')) seen.push('job');
    if (command.toLowerCase() === 'publish' && first === BELL_CHANNEL) seen.push('ring');
  });
  queues = createQueues(redis, createBell(redis));
});
afterAll(async () => {
  await queues.close();
  redis.disconnect();
  monitor.disconnect();
});

/** @returns what Redis did for one job, in order */
async function adding(): Promise<string[]> {
  seen = [];
  await queues.add('7', 'release', {});
  await until(
    'a job and a ring',
    async () => seen.length,
    (count) => count >= 2,
  );
  return seen;
}

test('a bell never rings before its job is there, and rings for each', async () => {
  expect(await adding()).toEqual(['job', 'ring']);
  expect(await adding()).toEqual(['job', 'ring']);
});

test('neither does it when Redis was started anew, and does not know the script that adds', async () => {
  await adding();
  await redis.script('FLUSH');
  redis.disconnect(true);
  await once(redis, 'ready');
  expect(await adding()).toEqual(['job', 'ring']);
});

test('jobs that one turn adds are all there when the bell rings for them', async () => {
  await adding();
  seen = [];
  await Promise.all([1, 2, 3].map(async () => queues.add('7', 'release', {})));
  await until(
    'three jobs and a ring',
    async () => seen.length,
    (count) => count >= 4,
  );
  expect(seen.lastIndexOf('job')).toBeLessThan(seen.indexOf('ring'));
});
