import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Sampling, type SamplingParts } from '../../../src/jobs/clock/sampling';
import { afterCommit } from '../../../src/jobs/schedules/after-commit';
import { runGroup } from '../../../src/jobs/schedules/run-group';
import { type DeskState, DeskStateView } from '../../../src/desk/state';
import { policyVersion } from '../../../src/waiting-room';
import { POLICY } from '../../support/policy';
import { until } from '../../support/until';
import { Shop } from '../shop';

const CONCERT = '1';
let shop: Shop;
let parts: ReturnType<Shop['workerParts']>;
/** A listing that took long is not made again at once. */
const sampledUntil = async (what: string, sampler: Sampling, isRight: (state: DeskState) => boolean) =>
  until(what, async () => sampler.run().then(board), isRight, { everyMs: 200 });
beforeAll(async () => {
  shop = await Shop.open({ seats: 6 });
});
beforeEach(async () => {
  await shop.clear();
  parts = shop.workerParts();
});
afterAll(async () => shop.close());

const samplerWith = (others: Partial<SamplingParts> = {}) =>
  new Sampling({ ...parts, redis: shop.redis, bell: shop.bell, ...others });

async function board(): Promise<DeskState> {
  return DeskStateView.parse(JSON.parse((await parts.board.read()) ?? 'null'));
}
const only = async () => {
  const [room] = (await board()).rooms;
  if (room === undefined) throw new Error('no room on the board');
  return room;
};

async function hold(...seatNumbers: number[]): Promise<void> {
  const commands = seatNumbers.map((number) => shop.holdCommand(number));
  for (const group of await runGroup(parts, { scheduleId: shop.scheduleId, commands }))
    await afterCommit(parts, group, new Set());
}

describe('the sampling', () => {
  test('has a date on sale although nobody has come to its room, and the room as soon as somebody does', async () => {
    await samplerWith().run();
    expect(await only()).toMatchObject({
      concertId: CONCERT,
      phase: null,
      waiting: 0,
      seats: { total: 6, available: 6, held: 0, sold: 0 },
      policyVersion: policyVersion(POLICY),
      dates: [{ id: shop.scheduleId, available: 6, revenue: 0 }],
    });
    await parts.room.join(CONCERT, shop.user(1));
    await samplerWith().run();
    expect(await only()).toMatchObject({ phase: 'OPEN', waiting: 1 });
    expect((await parts.curves.read(CONCERT)).lines.waiting.at(-1)).toBe(1);
  });

  test('tells what workers have decided, seats as they are now, and who serves', async () => {
    const sampler = samplerWith();
    await sampler.run();
    await hold(1, 2);
    await hold(2);
    const facts = {
      host: 'h',
      pid: 7,
      startedAt: new Date().toISOString(),
      scheduleIds: [shop.scheduleId],
      served: 1,
    };
    await parts.notes.note(parts.tally.take(), { id: 'w', facts });
    const state = await sampledUntil('seats held', sampler, ({ rooms }) => rooms[0]?.seats?.held === 2);
    expect(state.commands.lastMinute).toEqual([
      { decider: 'queue', kind: 'hold', outcome: 'completed', count: 2 },
      { decider: 'queue', kind: 'hold', outcome: 'SEAT_TAKEN', count: 1 },
    ]);
    expect(state.rooms[0]).toMatchObject({ seats: { available: 4, held: 2 }, dates: [{ held: 2 }] });
    expect(state.workers).toMatchObject([
      { id: 'w', pid: 7, isSilent: false, scheduleIds: [shop.scheduleId] },
    ]);
    await shop.redis.hset('frontrow:{desk}:workers', 'w', `${Date.now() - 6000} ${JSON.stringify(facts)}`);
    await sampler.run();
    expect((await board()).workers).toMatchObject([{ id: 'w', isSilent: true }]);
  });

  test('by two workers at once is no more than by one', async () => {
    await Promise.all([hold(1), samplerWith().run(), samplerWith().run()]);
    await parts.notes.note(parts.tally.take());
    await Promise.all([samplerWith().run(), samplerWith().run()]);
    await samplerWith().run();
    const state = await board();
    expect(state.commands.lastMinute).toMatchObject([{ outcome: 'completed', count: 1 }]);
    expect((await parts.curves.read(CONCERT)).at.length).toBeLessThanOrEqual(2);
  });

  test('a worker that knows nothing yet goes on where another one was killed', async () => {
    await hold(1);
    await parts.notes.note(parts.tally.take());
    await samplerWith().run();
    await samplerWith().run();
    const state = await board();
    expect(state.commands.lastMinute).toMatchObject([{ outcome: 'completed', count: 1 }]);
    expect(state.rooms[0]).toMatchObject({ seats: { held: 1 } });
  });

  test('an old batch is marked, and one that nobody takes is stuck', async () => {
    await shop.queues.add(shop.scheduleId, 'commands', {
      batchId: 'b',
      replyTo: '',
      commands: [],
      polled: [],
    });
    const sampler = samplerWith();
    await sampler.run();
    expect((await board()).queues).toMatchObject([
      { scheduleId: shop.scheduleId, waiting: 1, state: 'BUSY' },
    ]);
    const queue = shop.queues.schedule(shop.scheduleId);
    const [job] = await queue.getJobs(['waiting']);
    const age = async (ms: number) => {
      await shop.redis.hset(`${queue.toKey('')}${job?.id ?? ''}`, 'timestamp', String(Date.now() - ms));
      await sampler.run();
      return (await board()).queues[0]?.state;
    };
    expect([await age(3000), await age(11_000)]).toEqual(['OLD', 'STUCK']);
    expect((await only()).backlogSeconds).toBeGreaterThanOrEqual(11);
    await age(0);
    await queue.pause();
    await sampler.run();
    expect((await board()).queues).toMatchObject([{ waiting: 1, state: 'STUCK', isPaused: true }]);
    await queue.resume();
  });

  test('without Postgres goes on with rooms and queues, and says since when the rest is old', async () => {
    let isAway = false;
    const desk: SamplingParts['desk'] = {
      ...parts.desk,
      concerts: async (...args) => {
        if (isAway) throw new Error('away, on purpose');
        return parts.desk.concerts(...args);
      },
    };
    const sampler = samplerWith({ desk });
    await sampler.run();
    expect((await board()).lacking).toEqual({});
    isAway = true;
    await parts.room.join(CONCERT, shop.user(1));
    const lacking = await sampledUntil('lacking', sampler, (state) => 'database' in state.lacking);
    const since = lacking.lacking['database'];
    await sampler.run();
    const state = await board();
    expect(state.lacking).toEqual({ database: since });
    expect(state.rooms).toMatchObject([{ waiting: 1, seats: { total: 6 } }]);
    isAway = false;
    await sampledUntil('back', sampler, (state) => Object.keys(state.lacking).length === 0);
  });

  test('is gone with an emptied Redis, and there again with the next', async () => {
    const sampler = samplerWith();
    await sampler.run();
    await shop.redis.flushdb();
    expect(await parts.board.read()).toBeNull();
    await sampler.run();
    expect(await only()).toMatchObject({ concertId: CONCERT, seats: { total: 6 } });
  });
});
