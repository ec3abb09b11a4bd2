import { afterEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import {
  type Batch,
  BATCH_LIMIT,
  type BatchTraffic,
  BUSY,
  BUSY_LINGER_MS,
  ScheduleBatcher,
  UNDER_WAY_LIMIT,
} from '../../../src/jobs/gate/schedule-batcher';
import { stopwatch } from '../../support/stopwatch';
import { until, untilIs } from '../../support/until';

const opened: ScheduleBatcher[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});

/** A schedule's batcher in a process with so many batches of other schedules under way. */
function open(others = 0) {
  const seen = { ready: 0, unused: 0 };
  const traffic: BatchTraffic = {
    underWay: others,
    onReady: () => (seen.ready += 1),
    onUnused: () => (seen.unused += 1),
  };
  const batcher = new ScheduleBatcher('1', traffic);
  opened.push(batcher);
  return { batcher, traffic, seen };
}

function add(batcher: ScheduleBatcher, count = 1): void {
  for (let seat = 1; seat <= count; seat += 1) {
    const command = { id: uuidv7(), userId: uuidv7(), kind: 'hold' as const, seatNumbers: [seat] };
    batcher.add({
      asked: { command, scheduleId: '1', idempotency: null },
      recordFirst: false,
      putAtMs: 0,
      resolve: () => undefined,
      reject: () => undefined,
    });
  }
}

/** So many that they are ready at once. */
function send(batcher: ScheduleBatcher): Batch {
  add(batcher, BATCH_LIMIT);
  return batcher.take();
}

const readyMs = async (seen: { ready: number }, times: number): Promise<number> => {
  const elapsedMs = stopwatch();
  await until(
    'ready',
    async () => seen.ready,
    (count) => count >= times,
    { everyMs: 1 },
  );
  return elapsedMs();
};

describe("a schedule's batcher", () => {
  test('that is IDLE in an idle process is READY with the first command, once however many follow', () => {
    const { batcher, seen } = open();
    add(batcher, 3);
    expect(seen.ready).toBe(1);
    expect(batcher.take().commands).toHaveLength(3);
  });

  test('with a batch under way GATHERs for a moment, and the batch that ends lets it look again', async () => {
    const { batcher, traffic, seen } = open();
    const first = send(batcher);
    add(batcher);
    expect(seen.ready).toBe(1);
    batcher.ended(first.id);
    expect([seen.ready, traffic.underWay]).toEqual([2, 0]);
    batcher.take();
    add(batcher);
    await readyMs(seen, 3);
  });

  test('GATHERs no longer than until there is a whole batch, and leaves the rest of a burst READY', () => {
    const { batcher, seen } = open();
    send(batcher);
    add(batcher, BATCH_LIMIT - 1);
    expect(seen.ready).toBe(1);
    add(batcher, BATCH_LIMIT + 1);
    expect(seen.ready).toBe(2);
    expect(batcher.take().commands).toHaveLength(BATCH_LIMIT);
    expect(seen.ready).toBe(3);
    expect(batcher.take().commands).toHaveLength(BATCH_LIMIT);
    expect(seen.ready).toBe(3);
  });

  test('GATHERs though nothing of its own is under way, in a busy process; until that has calmed down', async () => {
    const { batcher, traffic, seen } = open(BUSY);
    add(batcher);
    expect(seen.ready).toBe(0);
    expect(await readyMs(seen, 1)).toBeGreaterThanOrEqual(BUSY_LINGER_MS / 2 - 2);
    batcher.ended(batcher.take().id);
    add(batcher);
    traffic.underWay = 0;
    add(batcher);
    expect(seen.ready).toBe(2);
  });

  test('GATHERs until the same moments as all others of a busy process', async () => {
    const moments: number[] = [];
    for (let i = 0; i < 4; i += 1) {
      const { batcher, seen } = open(BUSY);
      add(batcher);
      await readyMs(seen, 1);
      const lateMs = performance.now() % BUSY_LINGER_MS;
      moments.push(Math.min(lateMs, BUSY_LINGER_MS - lateMs));
      await sleep(7);
    }
    // Timers are a millisecond early, or a few late.
    expect(moments.filter((awayMs) => awayMs > 8)).toEqual([]);
  });

  test('GATHERs for longer while several batches are under way, and for a moment again once they have ended', async () => {
    const { batcher, seen } = open();
    const batches = [send(batcher), send(batcher), send(batcher)];
    add(batcher);
    await sleep(60);
    expect(seen.ready).toBe(3);
    for (const { id } of batches.slice(1)) batcher.ended(id);
    expect(await readyMs(seen, 4)).toBeLessThan(100);
  });

  test('is HELD with too many batches under way, also for a whole batch, until one has ended', async () => {
    const { batcher, seen } = open();
    const batches = Array.from({ length: UNDER_WAY_LIMIT }, () => send(batcher));
    const before = seen.ready;
    add(batcher, BATCH_LIMIT);
    await sleep(300);
    expect(seen.ready).toBe(before);
    batcher.ended(batches[0]?.id ?? '');
    expect(seen.ready).toBe(before + 1);
  });

  test('that is READY stays so, whatever ends or comes meanwhile', async () => {
    const { batcher, seen } = open();
    const first = send(batcher);
    add(batcher, BATCH_LIMIT);
    batcher.ended(first.id);
    add(batcher);
    await sleep(50);
    expect([seen.ready, seen.unused]).toEqual([2, 0]);
  });

  test('is unused when nothing waits and the last batch has ended, told once or twice', () => {
    const { batcher, traffic, seen } = open();
    const [first, second] = [send(batcher), send(batcher)];
    batcher.ended(first.id);
    expect(seen.unused).toBe(0);
    batcher.ended(second.id);
    batcher.ended(second.id);
    expect(traffic.underWay).toBe(0);
    expect(seen.unused).toBeGreaterThan(0);
  });

  test('forgets a batch of which nobody tells it', async () => {
    const { batcher, traffic, seen } = open();
    send(batcher);
    await untilIs('forgotten', async () => traffic.underWay, 0);
    expect(seen.unused).toBe(1);
  });
});
