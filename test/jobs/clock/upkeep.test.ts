import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import type { Command } from '../../../src/booking/types';
import { runGroup } from '../../../src/jobs/schedules/run-group';
import { runUpkeep } from '../../../src/jobs/clock/upkeep';
import { createScheduleStore } from '../../../src/models/schedule-store';
import { createPointStore } from '../../../src/models/point-store';
import { createRoomRecords } from '../../../src/models/room-records';
import { createUpkeepStore } from '../../../src/models/upkeep-store';
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

const hold = (seatNumber: number, userId = shop.user(seatNumber)): Command => ({
  id: uuidv7(),
  userId,
  kind: 'hold',
  seatNumbers: [seatNumber],
});
const decide = async (...commands: Command[]) => runGroup(parts, { scheduleId: shop.scheduleId, commands });

describe('upkeep', () => {
  test('forgets commands a week after they have ended, and none that is queued', async () => {
    const [old, young, queued] = [shop.hold(1), shop.hold(2), shop.hold(3)];
    await shop.store.record([old, young, queued]);
    await decide(hold(9));
    await shop.database.query(
      `UPDATE commands SET status = 'rejected', finished_at = now() WHERE id = ANY($1::uuid[])`,
      { bind: [[old.command.id, young.command.id]] },
    );
    await shop.database.query(
      `UPDATE commands SET created_at = now() - interval '8 days' WHERE id = ANY($1::uuid[])`,
      { bind: [[old.command.id, queued.command.id]] },
    );
    await upkeep();
    const left = (await shop.rows()).map(({ id }) => id);
    expect(left).toEqual(expect.arrayContaining([young.command.id, queued.command.id]));
    expect(left).not.toContain(old.command.id);
  });

  test('forgets a place given up when no token of it is valid any more', async () => {
    const concertId = (await parts.catalog.find(shop.scheduleId))?.schedule.concertId ?? '';
    const records = createRoomRecords(shop.database);
    for (const userId of [shop.user(1), shop.user(2)]) await records.giveUp(concertId, userId, '1000');
    await shop.database.query(
      `UPDATE given_up_places SET given_up_at = now() - interval '26 hours' WHERE user_id = $1`,
      { bind: [shop.user(1)] },
    );
    await upkeep();
    expect(await records.isUsedUp(concertId, shop.user(1), '1000')).toBe(false);
    expect(await records.isUsedUp(concertId, shop.user(2), '1000')).toBe(true);
  });

  test('drops a seat map whose last change was never noted', async () => {
    await parts.seatMap.read(shop.scheduleId);
    await decide(hold(1)); // The worker died before it could note that.
    expect((await parts.seatMap.read(shop.scheduleId))?.states).toMatch(/^AA/);
    await upkeep();
    expect((await parts.seatMap.read(shop.scheduleId))?.states).toMatch(/^HA/);
  });

  test('ends the admissions of those who have paid, and of nobody who still holds seats', async () => {
    const concertId = (await parts.catalog.find(shop.scheduleId))?.schedule.concertId ?? '';
    const [done, holding] = [shop.user(1), shop.user(2)];
    const policy = {
      maxActive: 10,
      admitPerInterval: 10,
      admitIntervalMs: 1000,
      activeTtlSeconds: 60,
      abandonAfterSeconds: 60,
      paused: false,
    };
    for (const userId of [done, holding]) await parts.room.join(concertId, userId, null);
    await parts.room.tick(concertId, { policy, booking: { isOpen: true, opensAtMs: null } });
    for (const userId of [done, holding]) {
      await createPointStore(shop.database).charge(userId, 100, { key: uuidv7(), requestHash: '' });
      const held = hold(userId === done ? 1 : 2, userId);
      await decide(held, { id: uuidv7(), userId, kind: 'pay', bookingId: held.id });
    }
    await decide(hold(3, holding)); // The worker died before it could end anything.
    await sleep(2100);
    await upkeep();
    expect(await parts.room.stats(concertId)).toMatchObject({ active: 1 });
  });

  test('goes on with its other parts when one of them fails', async () => {
    await parts.seatMap.read(shop.scheduleId);
    await decide(hold(1));
    const [schedules, store] = [createScheduleStore(shop.database), createUpkeepStore(shop.database)];
    const broken = {
      ...parts.queues,
      schedule: () => {
        throw new Error('no queue');
      },
    };
    await expect(runUpkeep({ ...parts, queues: broken, schedules, store })).rejects.toThrow(
      '1 parts of upkeep failed',
    );
    expect((await parts.seatMap.read(shop.scheduleId))?.states).toMatch(/^HA/);
  });
});
