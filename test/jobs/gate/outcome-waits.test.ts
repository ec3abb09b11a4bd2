import { describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import { OutcomeWaits } from '../../../src/jobs/gate/outcome-waits';
import type { EndedJob } from '../../../src/jobs/outcomes/ended-job';
import type { Job } from '../../../src/jobs/outcomes/outcomes';
import { stopwatch } from '../../support/stopwatch';

const USER = uuidv7();
const queued = (id: string): Job => ({ id, kind: 'hold', status: 'queued' });
const ended = (id: string): EndedJob => ({
  id,
  userId: USER,
  kind: 'hold',
  status: 'completed',
  outcome: '{}',
  finishedAtMs: 1,
});
const wait = async (waits: OutcomeWaits, id: string, waitMs: number): Promise<Job | null> =>
  waits.listening(id, async (listener) =>
    waits.wait(listener, { id, userId: USER, waitMs, firstPauseMs: 20 }),
  );

describe('waiting for an outcome', () => {
  test('ends when it is told, for everybody who waits for that job and for nobody else', async () => {
    const waits = new OutcomeWaits(async (id) => queued(id));
    const [mine, other] = [uuidv7(), uuidv7()];
    const both = Promise.all([wait(waits, mine, 9000), wait(waits, mine, 9000)]);
    const others = wait(waits, other, 300);
    expect(waits.tell(ended(mine))).toBe(true);
    expect(await both).toEqual([ended(mine), ended(mine)]);
    expect(await others).toEqual(queued(other));
  });

  test('says whether anybody has waited: also after those who did have gone', async () => {
    const waits = new OutcomeWaits(async (id) => queued(id));
    const id = uuidv7();
    expect(waits.tell(ended(id))).toBe(false);
    await wait(waits, id, 1);
    expect(waits.tell(ended(id))).toBe(false);
  });

  test('ends though nobody tells: it asks, less and less often, and in time', async () => {
    const askedAtMs: number[] = [];
    const elapsedMs = stopwatch();
    const waits = new OutcomeWaits(async (id) => {
      askedAtMs.push(elapsedMs());
      return askedAtMs.length < 4 ? queued(id) : ended(id);
    });
    const id = uuidv7();
    expect(await wait(waits, id, 9000)).toEqual(ended(id));
    // After 20, 40, 80 and 160 ms.
    const pauses = askedAtMs.map((ms, i) => ms - (askedAtMs[i - 1] ?? 0));
    expect(pauses.map((ms, i) => ms >= 20 * 2 ** i - 2)).toEqual([true, true, true, true]);
    expect(elapsedMs()).toBeLessThan(2000);
  });

  test('ends at once for a job that is not there', async () => {
    const waits = new OutcomeWaits(async () => null);
    expect(await wait(waits, uuidv7(), 9000)).toBeNull();
  });

  test('ends with what is known when everybody is let go, and for who comes later as well', async () => {
    let asked = 0;
    const waits = new OutcomeWaits(async (id) => {
      asked += 1;
      await sleep(1);
      return queued(id);
    });
    const [before, after] = [uuidv7(), uuidv7()];
    const waiting = wait(waits, before, 9000);
    const elapsedMs = stopwatch();
    waits.endAll();
    expect(await waiting).toEqual(queued(before));
    expect(await wait(waits, after, 9000)).toEqual(queued(after));
    expect(await waits.listening(after, async (listener) => listener.toldWithin(9000))).toBeNull();
    expect([asked, elapsedMs() < 1000]).toEqual([2, true]);
  });
});
