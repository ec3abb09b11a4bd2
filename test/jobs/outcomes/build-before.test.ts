import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { type EndedBatch, listenForOutcomes } from '../../../src/jobs/outcomes/channel';
import { createOutcomeCache, outcomeKey } from '../../../src/jobs/outcomes/outcome-cache';
import { createSubscriptions } from '../../../src/lib/subscriptions';
import { untilIs } from '../../support/until';
import { Shop } from '../shop';

/** What processes say to each other, as the build before said it: both run side by side while one replaces the other. */

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});
afterAll(async () => shop.close());

const refused = (id: string, userId: string) => ({
  id,
  userId,
  kind: 'hold',
  status: 'rejected',
  outcome: { code: 'SEAT_TAKEN', title: 'Seat taken', detail: 'Held.', status: 409, seatIds: ['1-2'] },
  finishedAtMs: 1_700_000_000_000,
});

/** What this build makes of it. */
const asText = <Told extends { outcome: unknown }>(told: Told) => ({
  ...told,
  outcome: JSON.stringify(told.outcome),
});

describe('what the build before has sent', () => {
  test('to Redis, for pollers, is found by its owner', async () => {
    const [id, userId] = [uuidv7(), uuidv7()];
    await shop.redis.set(outcomeKey(id), JSON.stringify(refused(id, userId)));
    const cache = createOutcomeCache(shop.redis);
    expect(await cache.find(id, userId)).toEqual(asText(refused(id, userId)));
    expect(await cache.find(id, uuidv7())).toBeNull();
  });

  test('to a web process, about a batch, is heard; and what is no such message harms nobody', async () => {
    const processId = uuidv7();
    const heard: EndedBatch[] = [];
    const subscriptions = createSubscriptions(shop.connect());
    const stop = await listenForOutcomes(subscriptions, processId, shop.logger, (batch) => {
      heard.push(batch);
    });
    const channel = `frontrow:replies:${processId}`;
    const batch = { batchId: uuidv7(), scheduleId: '7', finished: [refused(uuidv7(), uuidv7())] };
    for (const message of ['{', '{}', '[{"batchId":1}]', JSON.stringify([batch, batch])])
      await shop.redis.publish(channel, message);
    await untilIs('heard', async () => heard.length, 2);
    const asHeard = { ...batch, finished: batch.finished.map(asText) };
    expect(heard).toEqual([asHeard, asHeard]);
    await stop();
  });

  test('to a queue, as a batch, is decided, told, and kept for pollers', async () => {
    const [batchId, replyTo, id, other] = [uuidv7(), uuidv7(), uuidv7(), uuidv7()];
    const told: unknown[] = [];
    const subscriber = shop.connect();
    await subscriber.subscribe(`frontrow:replies:${replyTo}`);
    subscriber.on('message', (_channel, message) => told.push(JSON.parse(message)));
    const commands = [
      { id, userId: shop.user(1), kind: 'hold' as const, seatNumbers: [1] },
      { id: other, userId: shop.user(2), kind: 'hold' as const, seatNumbers: [1] },
    ];
    const queue = shop.queues.schedule(shop.scheduleId);
    await queue.add('commands', { batchId, replyTo, commands, polled: [id] }, { jobId: batchId });
    await shop.bell.ring(shop.scheduleId);
    const workers = await shop.serve();
    try {
      await untilIs('told', async () => told.length, 1);
    } finally {
      await workers.close();
    }
    const ended = { kind: 'hold', finishedAtMs: expect.any(Number) };
    const reason = expect.stringMatching(
      `^{"code":"SEAT_TAKEN","detail":"[^"]*","seatIds":\\["${shop.scheduleId}-1"\\]}$`,
    );
    expect(told).toEqual([
      [
        {
          batchId,
          scheduleId: shop.scheduleId,
          finished: [
            {
              ...ended,
              id,
              userId: shop.user(1),
              status: 'completed',
              outcome: expect.stringMatching(/^\{"booking"/),
            },
            // Title and status are the API's to add: nobody else has a use for them.
            { ...ended, id: other, userId: shop.user(2), status: 'rejected', outcome: reason },
          ],
        },
      ],
    ]);
    expect(await shop.redis.exists(outcomeKey(id), outcomeKey(other))).toBe(1);
  });
});
