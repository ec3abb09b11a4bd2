import { afterEach, beforeEach, describe, test } from '@jest/globals';
import { followSeats } from '../support/seat-events';
import type { ServiceProcess } from '../support/service-process';
import { Stack } from '../support/stack';
import { until } from '../support/until';

// A deployment kills after ten seconds; whoever waits for Redis until then has hung.
const WELL_WITHIN_MS = 5000;

let stack: Stack;
beforeEach(async () => {
  stack = await Stack.start({ webs: 1, workers: 1 });
});
afterEach(async () => stack.abandon());

const all = (): ServiceProcess[] => [...stack.webs, ...stack.workers];

async function expectOrderlyStop(): Promise<void> {
  const ends = await Promise.all(all().map(async (each) => ({ name: each.name, ...(await each.stop()) })));
  const told = ends.map(({ name, code, ms }) => ({ name, code, inTime: ms < WELL_WITHIN_MS }));
  if (told.some(({ code, inTime }) => code !== 0 || !inTime))
    throw new Error(
      `${JSON.stringify(ends)}\n${all()
        .map((each) => each.log)
        .join('\n')}`,
    );
}

/** Everything that holds on to Redis: a place, open streams, a queue made by a hold. */
async function inUse(): Promise<void> {
  const { concertId, scheduleId } = await stack.house();
  const fan = await stack.admitted(concertId);
  await fan.held(scheduleId, [1]);
  await (await followSeats(fan, scheduleId, stack.origin())).next();
  await fetch(`${stack.origin()}/api/users/queue/events?concertId=${concertId}`, {
    headers: { authorization: `Bearer ${fan.token}` },
  });
}

describe('SIGTERM while Redis', () => {
  test('is gone: web and worker stop in good order, and soon', async () => {
    await inUse();
    await stack.redis.kill();
    await until(
      'noticed',
      async () => all().every((each) => each.log.includes('redis connection fault')),
      Boolean,
    );
    await expectOrderlyStop();
  });

  test('hangs with open connections: the same', async () => {
    await inUse();
    stack.redis.pause();
    try {
      await expectOrderlyStop();
    } finally {
      stack.redis.resume();
    }
  });
});

test('a second signal cuts nothing short: whoever starts several processes sends its own beside the terminal’s', async () => {
  const stopping = expectOrderlyStop();
  for (const each of all()) each.signal('SIGINT');
  await stopping;
});
