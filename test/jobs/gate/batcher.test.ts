import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Batcher, PENDING_LIMIT } from '../../../src/jobs/gate/batcher';
import { BATCH_LIMIT, UNDER_WAY_LIMIT } from '../../../src/jobs/gate/schedule-batcher';
import type { BatcherParts } from '../../../src/jobs/gate/sending';
import { findDueWork } from '../../../src/jobs/clock/due';
import { processScheduleJob } from '../../../src/jobs/schedules/schedule-jobs';
import { createUpkeepStore } from '../../../src/models/upkeep-store';
import { stopwatch } from '../../support/stopwatch';
import { until, untilIs } from '../../support/until';
import { Shop } from '../shop';

let shop: Shop;
let batcher: Batcher;
beforeAll(async () => {
  shop = await Shop.open();
});
beforeEach(() => {
  batcher = open();
});
afterEach(async () => {
  for (const each of opened.splice(0)) each.close();
  await shop.clear();
});
afterAll(async () => shop.close());

const opened: Batcher[] = [];
function open(changed: Partial<BatcherParts> = {}): Batcher {
  const made = new Batcher({ ...shop.gateParts(), processId: 'p1', ...changed });
  opened.push(made);
  return made;
}

const KEY = { key: 'k', requestHash: 'h' };

const seatsOf = async (): Promise<number[][]> =>
  (await shop.batches()).map((batch) =>
    batch.commands.flatMap((command) => ('seatNumbers' in command ? command.seatNumbers : [])),
  );

describe('a batcher', () => {
  test('sends a lone command at once, recorded before it is queued', async () => {
    const asked = shop.hold(1);
    expect(await batcher.put(asked, true)).toBeNull();
    expect(await shop.rows()).toMatchObject([{ id: asked.command.id, status: 'queued' }]);
    await until('queued', seatsOf, (batches) => batches.length === 1);
    expect(await shop.batches()).toMatchObject([{ replyTo: 'p1', polled: [asked.command.id] }]);
  });

  test('sends what comes together as one batch, in order', async () => {
    const numbers = Array.from({ length: 200 }, (_, i) => i + 1);
    await Promise.all(numbers.map(async (number) => batcher.put(shop.hold(number), true)));
    await until('queued', seatsOf, (batches) => batches.flat().length === 200);
    expect(await seatsOf()).toEqual([numbers]);
  });

  test('gathers what comes while a batch is under way, and sends it when that has finished', async () => {
    await batcher.put(shop.hold(1), true);
    const [first] = await until(
      'queued',
      async () => shop.batches(),
      (batches) => batches.length === 1,
    );
    const later = Promise.all([2, 3, 4].map(async (number) => batcher.put(shop.hold(number), true)));
    batcher.batchEnded(shop.scheduleId, first?.batchId ?? '');
    await later;
    await until('queued', seatsOf, (batches) => batches.length === 2);
    expect(await seatsOf()).toEqual([[1], [2, 3, 4]]);
  });

  test('does not wait for a batch that takes long: what has gathered goes after a short linger', async () => {
    await batcher.put(shop.hold(1), true);
    await batcher.put(shop.hold(2), true);
    await until('queued', seatsOf, (batches) => batches.length === 2);
  });

  test('stops sending when too many batches are under way, and goes on when one has finished', async () => {
    let recorded = 0;
    const busy = open({
      store: {
        ...shop.store,
        record: async (commands) => {
          recorded += commands.length;
          return new Map(commands.map(({ command }) => [command.id, null]));
        },
      },
    });
    const puts = async (count: number): Promise<unknown> =>
      Promise.all(Array.from({ length: count }, async () => busy.put(shop.hold(1), true)));
    for (let batch = 0; batch < UNDER_WAY_LIMIT; batch += 1) await puts(BATCH_LIMIT);
    const batches = await until(
      'all queued',
      async () => shop.batches(),
      (found) => found.length === UNDER_WAY_LIMIT,
    );
    const more = puts(10);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(recorded).toBe(UNDER_WAY_LIMIT * BATCH_LIMIT);
    busy.batchEnded(shop.scheduleId, batches[0]?.batchId ?? '');
    await more;
    expect(recorded).toBe(UNDER_WAY_LIMIT * BATCH_LIMIT + 10);
  });

  test('leaves commands that are waited for to the worker to record', async () => {
    await batcher.put(shop.hold(1), false);
    expect(await shop.rows()).toEqual([]);
    expect(await shop.batches()).toMatchObject([{ polled: [] }]);
  });

  test('gives the earlier command back for a known key, and queues it once', async () => {
    const first = shop.hold(1, { idempotency: KEY });
    const again = shop.hold(1, { idempotency: KEY });
    const together = await Promise.all([batcher.put(first, true), batcher.put(again, true)]);
    expect(together.filter((known) => known === null)).toHaveLength(1);
    const other = open({ processId: 'p2' });
    const third = await other.put(shop.hold(1, { idempotency: KEY }), true);
    expect([first.command.id, again.command.id]).toContain(third?.id);
    await until('queued', seatsOf, (batches) => batches.length === 1);
    expect(await seatsOf()).toEqual([[1]]);
    expect(await shop.rows()).toHaveLength(1);
  });

  test('is not held up by batches of which nothing was left to send', async () => {
    const known = shop.hold(1, { idempotency: KEY });
    await batcher.put(known, true);
    const other = open({ processId: 'p2' });
    const elapsedMs = stopwatch();
    for (let repeats = 0; repeats < 20; repeats += 1)
      expect(await other.put(shop.hold(1, { idempotency: KEY }), true)).not.toBeNull();
    expect(elapsedMs()).toBeLessThan(2500);
  });

  test('refuses with OVERLOADED what no longer fits into its buffer, and records nothing of it', async () => {
    let taken = 0;
    const stuck = open({
      store: {
        ...shop.store,
        record: async (commands) => {
          taken += commands.length;
          return new Promise(() => undefined);
        },
      },
    });
    for (let i = 0; i < PENDING_LIMIT; i += 1) stuck.put(shop.hold(1), true).catch(() => undefined);
    await expect(stuck.put(shop.hold(2), true)).rejects.toMatchObject({ code: 'OVERLOADED', status: 503 });
    await until(
      'some taken',
      async () => taken,
      (count) => count > 0,
    );
    expect(taken).toBeLessThan(PENDING_LIMIT);
  });

  test('records for two rounds at once and no more; the third begins when one of them has ended', async () => {
    const going: (() => void)[] = [];
    const slow = open({
      store: {
        ...shop.store,
        record: async (commands) => {
          await new Promise<void>((resolve) => going.push(resolve));
          return new Map(commands.map(({ command }) => [command.id, null]));
        },
      },
    });
    const put = async (scheduleId: string) => {
      const sent = slow.put({ ...shop.hold(1), scheduleId }, true);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { sent };
    };
    const puts = [await put('101'), await put('102'), await put('103'), await put('104')];
    expect(going).toHaveLength(2);
    going[0]?.();
    await puts[0]?.sent;
    await untilIs('the third', async () => going.length, 3);
    for (const end of going) end();
    expect(await Promise.all(puts.map(async ({ sent }) => sent))).toEqual([null, null, null, null]);
  });

  test('a burst larger than one batch goes on without waiting for the first to be decided', async () => {
    const numbers = Array.from({ length: 1200 }, (_, i) => i);
    const elapsedMs = stopwatch();
    await Promise.all(numbers.map(async () => batcher.put(shop.hold(1), true)));
    expect(elapsedMs()).toBeLessThan(2500);
    expect((await shop.rows()).length).toBe(1200);
  });

  test('takes nothing any more once it is closed', async () => {
    batcher.close();
    await expect(batcher.put(shop.hold(1), true)).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect(await shop.rows()).toEqual([]);
  });

  test('keeps one command that cannot be recorded from failing the others of its statement', async () => {
    const bad = shop.hold(5, { idempotency: { key: 'k\u0000', requestHash: 'h' } }); // Postgres knows no such text.
    const commands = [...[1, 2, 3, 4].map((number) => shop.hold(number)), bad, shop.hold(6)];
    const settled = await Promise.allSettled(commands.map(async (command) => batcher.put(command, true)));
    expect(settled.map((each) => each.status)).toEqual(
      commands.map((command) => (command === bad ? 'rejected' : 'fulfilled')),
    );
    await until('queued', seatsOf, (batches) => batches.length === 1);
    expect(await seatsOf()).toEqual([[1, 2, 3, 4, 6]]);
    expect(await shop.rows()).toHaveLength(5);
  });

  test('does not ask a database that is away once for every command', async () => {
    let asked = 0;
    const away = Object.assign(new Error('away'), { code: '57P01' });
    const stopped = open({
      store: {
        ...shop.store,
        record: async () => {
          asked += 1;
          throw away;
        },
      },
    });
    const settled = await Promise.allSettled([1, 2, 3].map(async (n) => stopped.put(shop.hold(n), true)));
    expect(settled.map((each) => each.status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(asked).toBe(1);
  });

  test('tells every request of a batch when recording it fails', async () => {
    const broken = open({
      store: { ...shop.store, record: async () => Promise.reject(new Error('no disk')) },
    });
    const settled = await Promise.allSettled(
      [1, 2].map(async (number) => broken.put(shop.hold(number), true)),
    );
    expect(settled.map((each) => each.status)).toEqual(['rejected', 'rejected']);
  });
});

describe('a batch that Redis does not take', () => {
  const brokenQueues: BatcherParts['queues'] = {
    schedule: () => {
      throw new Error('Redis is away');
    },
    clock: () => {
      throw new Error('Redis is away');
    },
    add: async () => Promise.reject(new Error('Redis is away')),
    ringForgotten: async () => undefined,
    forget: async () => false,
    close: async () => undefined,
  };

  test.each([true, false])(
    'is recorded all the same (recorded first: %s), and is found and brought to its end',
    async (first) => {
      const away = open({ queues: brokenQueues });
      await Promise.all([1, 2, 3].map(async (number) => away.put(shop.hold(number), first)));
      away.close();
      await until(
        'recorded',
        async () => shop.rows(),
        (rows) => rows.length === 3,
      );
      expect(await shop.batches()).toEqual([]);

      await shop.database.query(`UPDATE commands SET created_at = created_at - interval '1 minute'`);
      const parts = shop.workerParts();
      const workers = await shop.serve(async (scheduleId, job) => processScheduleJob(parts, scheduleId, job));
      try {
        await findDueWork({ ...parts, store: createUpkeepStore(shop.database) });
        const ended = await until(
          'ended',
          async () => shop.rows(),
          (rows) => rows.every((row) => row.status !== 'queued'),
        );
        expect(ended.map((row) => row.status)).toEqual(['completed', 'completed', 'completed']);
      } finally {
        await workers.close();
      }
    },
  );
});
