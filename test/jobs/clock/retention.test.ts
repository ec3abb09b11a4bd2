import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import type { Command } from '../../../src/booking/types';
import { type RetentionParts, runRetention } from '../../../src/jobs/clock/retention';
import { JOBS_PER_STEP } from '../../../src/jobs/queues/forget-queue';
import { callOffForAMoment } from '../../../src/jobs/schedules/calling-off';
import { processScheduleJob } from '../../../src/jobs/schedules/schedule-jobs';
import { audit } from '../../../src/models/audit';
import { BY_THE_SERVICE } from '../../../src/models/audit-log';
import { createPointStore } from '../../../src/models/point-store';
import { createRetentionStore } from '../../../src/models/retention-store';
import { createShowStore } from '../../../src/models/show-store';
import { DAY_MS, HOUR_MS } from '../../support/times';
import { until } from '../../support/until';
import { Shop } from '../shop';

const WEEK_MS = 7 * DAY_MS;

let shop: Shop;
let worker: ReturnType<Shop['workerParts']>;
let parts: RetentionParts;
let run: () => Promise<void>;
beforeAll(async () => {
  shop = await Shop.open({ seats: 5 });
  worker = shop.workerParts();
  parts = { ...worker, store: createRetentionStore(shop.database), commandRetentionMs: WEEK_MS };
  run = async () => runRetention(parts);
});
beforeEach(async () => {
  for (let user = 0; user < 3; user += 1) {
    await createPointStore(shop.database).charge(shop.user(user), 1000, null);
  }
});
afterEach(async () => {
  await shop.clear();
  const own = { bind: [shop.scheduleId] };
  await shop.database.query('DELETE FROM seats WHERE schedule_id <> $1', own);
  await shop.database.query('DELETE FROM schedules WHERE id <> $1', own);
  await shop.database.query(
    `UPDATE schedules SET forgotten_at = NULL, booking_start_at = now() - interval '1 day', start_at = now() + interval '2 days',
                          booking_end_at = now() + interval '1 day', end_at = now() + interval '3 days'`,
  );
  shop.metrics.retentionRemoved.reset();
  shop.metrics.retentionCutShort.reset();
});
afterAll(async () => shop.close());

/** Has commands carried out by a worker of their queue, as ever. */
async function sell(scheduleId: string, commands: Command[]): Promise<void> {
  const { queues } = shop;
  // A process that has just started: it knows no dates of before.
  const workers = await shop.serve(processScheduleJob.bind(null, shop.workerParts()));
  const job = { batchId: uuidv7(), replyTo: 'p', commands, polled: commands.map(({ id }) => id) };
  await queues.add(scheduleId, 'commands', job, { jobId: job.batchId });
  await until(
    'carried out',
    async () => queues.schedule(scheduleId).getCompletedCount(),
    (count) => count > 0,
  );
  await workers.close();
  await worker.seatMap.read(scheduleId);
}

/** Two seats sold, one command refused, and what Redis has of that. */
async function sold(scheduleId: string): Promise<void> {
  const held = [shop.holdCommand(1, shop.user(0)), shop.holdCommand(2, shop.user(1))];
  await sell(scheduleId, [
    ...held,
    ...held.map((command) => shop.payCommand(command)),
    shop.holdCommand(1, shop.user(2)),
  ]);
}

/** The show ended so many hours ago, and nothing has happened in its queue since. */
async function end(scheduleId: string, hoursAgo = 25): Promise<void> {
  await shop.database.query(
    `UPDATE schedules SET start_at = now() - ($2::float8 + 3) * interval '1 hour', end_at = now() - $2::float8 * interval '1 hour',
            booking_start_at = now() - ($2::float8 + 9) * interval '1 hour', booking_end_at = now() - ($2::float8 + 4) * interval '1 hour'
      WHERE id = $1`,
    { bind: [scheduleId, hoursAgo] },
  );
  await quiet(scheduleId, 2);
}

/** What was told last of the queue was told so many hours ago. */
async function quiet(scheduleId: string, hoursAgo: number): Promise<void> {
  const events = shop.queues.schedule(scheduleId).toKey('events');
  await shop.redis.del(events);
  await shop.redis.xadd(events, `${Date.now() - hoursAgo * HOUR_MS}-0`, 'event', 'completed');
}

/** Every key but notes of outcomes, which go by themselves. */
const keys = async (): Promise<string[]> =>
  (await shop.redis.keys('*')).filter((key) => !key.startsWith('frontrow:{jobs}')).toSorted();
const isOf =
  (scheduleId: string) =>
  (key: string): boolean =>
    key.includes(`{schedule-${scheduleId}}`) || key.includes(`{seats:${scheduleId}}`);

async function forgotten(): Promise<number> {
  const [rows] = await shop.database.query('SELECT FROM schedules WHERE forgotten_at IS NOT NULL');
  return rows.length;
}
const counted = async (thing: string): Promise<number> =>
  (await shop.metrics.retentionRemoved.get()).values.find(({ labels }) => labels.thing === thing)?.value ?? 0;

describe('the queue and the seat map of a show', () => {
  test('are gone from Redis a day after it, with every key; those of another show stay, and so does all that was sold', async () => {
    const over = await shop.addSchedule();
    await sold(over);
    await sold(shop.scheduleId);
    const all = await keys();
    expect(all.filter(isOf(over)).length).toBeGreaterThan(10);
    await end(over);
    const before = await records();
    await run();
    expect(await keys()).toEqual(all.filter((key) => !isOf(over)(key)));
    expect(await records()).toEqual(before);
    expect(await audit(shop.database, { graceMs: 60_000 })).toEqual([]);
    expect([await forgotten(), await counted('schedule')]).toEqual([1, 1]);
    await run();
    expect(await counted('schedule')).toBe(1);
  });

  test('stay while a show that was called off after its end has bookings to refund', async () => {
    const over = await shop.addSchedule();
    await sold(over);
    await end(over);
    await createShowStore(shop.database).cancel(over, 'The sound failed', BY_THE_SERVICE);
    await run();
    expect(await forgotten()).toBe(0);
    const from = { scheduleId: over, afterSeat: 0 };
    expect(await callOffForAMoment(worker, from, async () => undefined)).toBeNull();
    await run();
    expect(await forgotten()).toBe(1);
  });

  async function records(): Promise<unknown> {
    const [rows] = await shop.database.query(
      `SELECT (SELECT count(*) FROM bookings) b, (SELECT count(*) FROM payments) p, (SELECT count(*) FROM tickets) t,
              (SELECT count(*) FROM point_histories) h, (SELECT count(*) FROM seat_claims) c, (SELECT count(*) FROM seats) s,
              (SELECT count(*) FROM commands) o`,
    );
    return rows;
  }

  test.each<[string, (scheduleId: string) => Promise<unknown>]>([
    ['it ended less than a day ago', async (id) => end(id, 23.9)],
    ['it is still to come', async () => undefined],
    [
      'seats of it can be booked, as long as its window says',
      async (id) => {
        await end(id);
        await shop.database.query('UPDATE schedules SET booking_end_at = now() WHERE id = $1', {
          bind: [id],
        });
      },
    ],
    ['its queue was used within the hour', async (id) => end(id).then(async () => quiet(id, 0.9))],
    [
      'a hold of it is not released',
      async (id) => {
        await sell(id, [shop.holdCommand(5, shop.user(0))]);
        await end(id);
      },
    ],
    [
      'a command for it is queued',
      async (id) => {
        await shop.store.record([{ ...shop.hold(5), scheduleId: id }]);
        await end(id);
      },
    ],
  ])('stay while %s', async (_why, make) => {
    const scheduleId = await shop.addSchedule();
    await sold(scheduleId);
    await make(scheduleId);
    const before = await keys();
    await run();
    expect(await keys()).toEqual(before);
    expect(await forgotten()).toBe(0);
  });

  test('go though jobs were left in it that nobody needs: a release to come, more waiting ones than one step removes', async () => {
    const queue = shop.queues.schedule(shop.scheduleId);
    await sold(shop.scheduleId);
    await queue.add('release', {}, { jobId: 'release-1', delay: 60_000 });
    await queue.addBulk(Array.from({ length: JOBS_PER_STEP + 500 }, () => ({ name: 'release', data: {} })));
    await end(shop.scheduleId);
    await run();
    expect((await keys()).filter(isOf(shop.scheduleId))).toEqual([]);
  });

  test('can be used again: an old map is read anew and noted for a while, a late command ends and its queue goes again', async () => {
    const { scheduleId } = shop;
    await sold(scheduleId);
    const noted = await worker.seatMap.read(scheduleId);
    await end(scheduleId);
    await run();
    expect(await worker.seatMap.read(scheduleId)).toEqual(noted);
    expect(noted?.states).toBe('SSAAA');
    const mapKeys = (await keys()).filter(isOf(scheduleId));
    expect(mapKeys).toHaveLength(4);
    for (const key of mapKeys) expect(await shop.redis.pttl(key)).toBeGreaterThan(0);

    await sell(scheduleId, [shop.holdCommand(5, shop.user(2))]);
    const commands = await shop.rows();
    expect(commands.at(-1)).toMatchObject({ status: 'rejected' });
    await quiet(scheduleId, 2);
    await run();
    expect((await keys()).filter(isOf(scheduleId)).length).toBeGreaterThan(4);
    // A week later.
    const late = commands.at(-1)?.id ?? '';
    await shop.database.query(
      `UPDATE schedules SET forgotten_at = forgotten_at - interval '8 days' WHERE id = $1`,
      { bind: [scheduleId] },
    );
    await shop.database.query(
      `UPDATE commands SET finished_at = now() - interval '169 hours', id = ('0190' || substr(id::text, 5))::uuid WHERE id = $1`,
      { bind: [late] },
    );
    await run();
    expect(await counted('command')).toBe(1);
    expect((await keys()).filter(isOf(scheduleId))).toEqual([]);
  });
});

describe('the waiting list of a show', () => {
  const entries = async (scheduleId: string): Promise<number> => {
    const bind = [scheduleId];
    const [rows] = await shop.database.query('SELECT FROM waitlist_entries WHERE schedule_id = $1', { bind });
    return rows.length;
  };
  const fill = async (scheduleId: string, count: number): Promise<void> => {
    await shop.database.query(
      `INSERT INTO waitlist_entries (id, schedule_id, user_id, sequence, seat_count, accessible, created_at, left_at, offered_at)
       SELECT gen_random_uuid(), $1, $2, n, 1, false, now(), CASE WHEN n > 1 THEN now() END, CASE n WHEN 1 THEN now() END
         FROM generate_series(1, $3::int) n`,
      { bind: [scheduleId, shop.user(0), count] },
    );
  };

  test('goes a day after it, in small steps, but for those who were offered something; others stay', async () => {
    const [over, lately] = [await shop.addSchedule(), await shop.addSchedule()];
    await fill(over, 701);
    await fill(lately, 3);
    await end(over);
    await end(lately, 1);
    await run();
    expect(await entries(over)).toBe(201);
    await run();
    expect(await entries(over)).toBe(1);
    expect(await counted('waitlist-entry')).toBe(700);
    expect(await entries(lately)).toBe(3);
    expect(await forgotten()).toBe(1);
  });
});

describe('shows that are over by the hundred', () => {
  const MANY = 300;
  async function many(): Promise<void> {
    await shop.database.query(
      `INSERT INTO schedules (concert_id, booking_start_at, booking_end_at, start_at, end_at)
       SELECT 1, now() - interval '9 days', now() - interval '8 days', now() - interval '8 days', now() - interval '7 days'
         FROM generate_series(1, $1)`,
      { bind: [MANY] },
    );
  }
  test('are forgotten by two processes at once and twice over, all of them, though they ended in the same moment', async () => {
    await many();
    await Promise.all([run(), run()]);
    await run();
    expect(await forgotten()).toBe(MANY);
  });

  test('are left to the next run when the time is over', async () => {
    await many();
    // Each takes as long as a slow Redis would.
    const slow = {
      forget: async (id: string) =>
        until('a while', async () => Date.now(), later(300)).then(async () => shop.queues.forget(id)),
    };
    await runRetention({ ...parts, queues: slow });
    const first = await forgotten();
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(MANY);
    expect((await shop.metrics.retentionCutShort.get()).values).toMatchObject([
      { labels: { thing: 'schedule' }, value: 1 },
    ]);
    await run();
    expect(await forgotten()).toBe(MANY);
  });
  const later = (ms: number) => {
    const due = Date.now() + ms;
    return (now: number): boolean => now >= due;
  };
});

describe('retention', () => {
  test('goes on with what is left when one thing cannot be removed, or one kind of things', async () => {
    const [broken, fine] = [await shop.addSchedule(), await shop.addSchedule()];
    for (const id of [broken, fine]) {
      await shop.database.query(
        `UPDATE schedules SET booking_start_at = now() - interval '9 days', booking_end_at = now() - interval '8 days',
                start_at = now() - interval '8 days', end_at = now() - interval '7 days' WHERE id = $1`,
        { bind: [id] },
      );
    }
    await shop.redis.set(shop.queues.schedule(broken).toKey('events'), 'not a stream');
    await shop.database.query(
      `INSERT INTO revoked_tokens (token_id, expires_at) VALUES (gen_random_uuid(), now() - interval '1 day')`,
    );
    const store = { ...parts.store, forgetCommands: async () => Promise.reject(new Error('no commands')) };
    await expect(runRetention({ ...parts, store })).rejects.toThrow('1 parts of retention failed');
    expect([await forgotten(), await counted('revoked-token')]).toEqual([1, 1]);
  });
});
