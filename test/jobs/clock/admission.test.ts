import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { tickRooms } from '../../../src/jobs/clock/admission';
import { Shop } from '../shop';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open({ seats: 1 });
});
afterAll(async () => shop.close());

test('a room is shown in the metrics as long as it is on the list, whichever process took it off', async () => {
  const parts = shop.workerParts();
  const shown = async (): Promise<unknown[]> =>
    [...(await shop.metrics.roomWaiting.get()).values, ...(await shop.metrics.roomActive.get()).values].map(
      ({ labels }) => labels.concert,
    );
  await parts.room.join('1', shop.user(1));
  await tickRooms(parts);
  expect(await shown()).toEqual(['1', '1']);
  await parts.room.leave('1', shop.user(1));
  expect(await shop.workerParts().room.retire('1')).toBe(true);
  await tickRooms(parts);
  expect(await shown()).toEqual([]);
});
