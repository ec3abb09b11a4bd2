import { BELL_LIST } from '../../../src/jobs/queues/bell';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import type { Command } from '../../../src/booking/types';
import { runGroup } from '../../../src/jobs/schedules/run-group';
import { runUpkeep } from '../../../src/jobs/clock/upkeep';
import { createScheduleStore } from '../../../src/models/schedule-store';
import { createPointStore } from '../../../src/models/point-store';
import { createUpkeepStore } from '../../../src/models/upkeep-store';
import { POLICY } from '../../support/policy';
import { Shop } from '../shop';

let shop: Shop;
let parts: ReturnType<Shop['workerParts']>;
let upkeep: () => Promise<void>;
beforeAll(async () => {
  shop = await Shop.open();
  parts = shop.workerParts();
  const [schedules, store] = [createScheduleStore(shop.database), createUpkeepStore(shop.database)];
  upkeep = async () => runUpkeep({ ...parts, schedules, store });
});
afterEach(async () => shop.clear());
afterAll(async () => shop.close());

const decide = async (...commands: Command[]) => runGroup(parts, { scheduleId: shop.scheduleId, commands });

describe('upkeep', () => {
  test('drops a seat map whose last change was never noted', async () => {
    await parts.seatMap.read(shop.scheduleId);
    await decide(shop.holdCommand(1)); // The worker died before it could note that.
    expect((await parts.seatMap.read(shop.scheduleId))?.states).toMatch(/^AA/);
    await upkeep();
    expect((await parts.seatMap.read(shop.scheduleId))?.states).toMatch(/^HA/);
  });

  test('rings for a job whose process died before it rang', async () => {
    const list = async (): Promise<string[]> => shop.redis.zrange(BELL_LIST, 0, '-1');
    await upkeep();
    expect(await list()).toEqual([]);
    await shop.queues.schedule(shop.scheduleId).add('release', {});
    await upkeep();
    expect(await list()).toEqual([shop.scheduleId]);
  });

  test('ends the admissions of those who have paid, and of nobody who still holds seats', async () => {
    const concertId = (await parts.catalog.find(shop.scheduleId))?.schedule.concertId ?? '';
    const [done, holding] = [shop.user(1), shop.user(2)];
    for (const userId of [done, holding]) await parts.room.join(concertId, userId, null);
    await parts.room.tick(concertId, {
      policy: POLICY,
      booking: { isOpen: true, opensAtMs: null },
      draw: null,
      presale: 'NONE' as const,
    });
    for (const userId of [done, holding]) {
      await createPointStore(shop.database).charge(userId, 100, { key: uuidv7(), requestHash: '' });
      const held = shop.holdCommand(userId === done ? 1 : 2, userId);
      await decide(held, shop.payCommand(held));
    }
    await decide(shop.holdCommand(3, holding)); // The worker died before it could end anything.
    await sleep(2100);
    await upkeep();
    expect(await parts.room.stats(concertId)).toMatchObject({ active: 1 });
  });

  test('goes on with its other parts when one of them fails', async () => {
    const [schedules, store] = [createScheduleStore(shop.database), createUpkeepStore(shop.database)];
    const broken = { ...parts.seatMap, heal: async () => Promise.reject(new Error('no map')) };
    let asked = false;
    const recentPayers: typeof store.recentPayers = async (...span) => {
      asked = true;
      return store.recentPayers(...span);
    };
    const failing = runUpkeep({ ...parts, seatMap: broken, schedules, store: { ...store, recentPayers } });
    await expect(failing).rejects.toThrow('1 parts of upkeep failed');
    expect(asked).toBe(true);
  });
});
