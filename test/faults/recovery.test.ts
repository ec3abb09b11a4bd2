import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { sessionsAtLock } from '../support/locks';
import { stopwatch } from '../support/stopwatch';
import { type House, Stack } from '../support/stack';
import { until, untilIs } from '../support/until';

const MANY = 4000;
const WITHIN_MS = 10_000;

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({ webs: 1, workers: 1 });
});
afterAll(async () => stack.stop({ expectErrors: true }));

/** As web processes record what they acknowledge. */
async function acknowledged({ scheduleId }: House, count: number): Promise<void> {
  const fans = await stack.fans(count / 4, 0);
  await stack.query(
    `INSERT INTO commands (id, user_id, schedule_id, kind, payload, status)
     SELECT id, ($2::uuid[])[1 + n % cardinality($2::uuid[])], $3, 'hold', jsonb_build_object('seatNumbers', ARRAY[n]), 'queued'
       FROM unnest($1::uuid[]) WITH ORDINALITY AS x(id, n)`,
    [Array.from({ length: count }, () => uuidv7()), fans.map((fan) => fan.id), scheduleId],
  );
}

const queued = async (): Promise<number> => {
  const rows = await stack.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM commands WHERE status = 'queued'`,
  );
  return rows[0]?.count ?? 0;
};

async function allEnded(): Promise<number> {
  const elapsedMs = stopwatch();
  await untilIs('all ended', queued, 0, { withinMs: 60_000 });
  return elapsedMs();
}

/** Takes the only worker away while it looks for work that is due: its lock on that job stays. */
async function killLooking(): Promise<void> {
  const blocker = await stack.pool.connect();
  try {
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE bookings IN ACCESS EXCLUSIVE MODE');
    const looking = async (): Promise<number> =>
      sessionsAtLock(stack.pool, { statement: 'SELECT DISTINCT schedule_id%' });
    await until('looking', looking, (count) => count > 0, { everyMs: 5 });
    await stack.workers.shift()?.kill();
  } finally {
    await blocker.query('ROLLBACK');
    blocker.release();
  }
}

describe('thousands of acknowledged commands whose jobs are lost', () => {
  test('end within ten seconds of an emptied Redis', async () => {
    await acknowledged(await stack.house({ seats: MANY }), MANY);
    await stack.onRedis(async (redis) => redis.flushall());
    expect(await allEnded()).toBeLessThan(WITHIN_MS);
  });

  test('end within ten seconds of the moment when the only worker is there again', async () => {
    const house = await stack.house({ seats: MANY });
    await stack.workers.shift()?.kill();
    await acknowledged(house, MANY);
    await stack.onRedis(async (redis) => redis.flushall());
    await stack.addWorker();
    expect(await allEnded()).toBeLessThan(WITHIN_MS);
  });

  test('also when the one before it died while it looked for them', async () => {
    const house = await stack.house({ seats: MANY });
    await killLooking();
    await acknowledged(house, MANY);
    await stack.addWorker();
    expect(await allEnded()).toBeLessThan(WITHIN_MS);
  });
});
