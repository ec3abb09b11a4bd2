import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CommandGate, createCommandGate } from '../../../src/jobs/gate/command-gate';
import { RECOVER_LIMIT } from '../../../src/jobs/schedules/schedule-jobs';
import type { ScheduleWorkers } from '../../../src/jobs/schedules/schedule-workers';
import { createSubscriptions } from '../../../src/lib/subscriptions';
import { untilIs } from '../../support/until';
import { Shop } from '../shop';

const MANY = 2 * RECOVER_LIMIT + 200;

let shop: Shop;
let gate: CommandGate;
let workers: ScheduleWorkers;
beforeAll(async () => {
  shop = await Shop.open({ seats: MANY, seatLimit: MANY });
  gate = await createCommandGate({ ...shop.gateParts(), subscriptions: createSubscriptions(shop.connect()) });
});
afterAll(async () => {
  await Promise.all([gate.close(), workers.close()]);
  await shop.close();
});

describe('recovery', () => {
  test('goes on until no stranded command is left, in their order and before those that came later', async () => {
    const stranded = Array.from({ length: MANY }, (_, i) => shop.hold(i + 1));
    const beaten = shop.hold(1, { userId: shop.user(2) });
    await shop.store.record([...stranded, beaten]);
    const queue = shop.queues.schedule(shop.scheduleId);
    await shop.queues.add(shop.scheduleId, 'recover', { beforeMs: Date.now() + 1000 });
    // The seat of the last one.
    const later = gate.submit(shop.hold(MANY, { userId: shop.user(1) }), 10_000);
    await untilIs('both queued', async () => queue.getWaitingCount(), 2);
    workers = await shop.serve();
    expect((await later).job).toMatchObject({
      status: 'rejected',
      outcome: expect.stringContaining('SEAT_TAKEN'),
    });
    const rows = await shop.rows();
    expect(rows.filter(({ status }) => status === 'completed')).toHaveLength(MANY);
    expect(rows.find(({ id }) => id === beaten.command.id)).toMatchObject({ code: 'SEAT_TAKEN' });
    const done = await queue.getCompleted();
    expect(done.map(({ name, returnvalue }) => [name, returnvalue])).toEqual(
      expect.arrayContaining([['commands', { SEAT_TAKEN: 1 }]]),
    );
  });
});
