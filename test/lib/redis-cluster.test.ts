import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { createShares } from '../../src/api/middleware/shares';
import { createOutcomeChannel, type EndedBatch, listenForOutcomes } from '../../src/jobs/outcomes/channel';
import { createOutcomeCache, outcomeKey } from '../../src/jobs/outcomes/outcome-cache';
import { createBell } from '../../src/jobs/queues/bell';
import { queuePrefix, scheduleQueueName } from '../../src/jobs/queues/names';
import { createQueues } from '../../src/jobs/queues/queues';
import { ScheduleWorkers } from '../../src/jobs/schedules/schedule-workers';
import { RoomStocks } from '../../src/jobs/clock/room-stocks';
import { createLogger } from '../../src/lib/logger';
import { createMetrics } from '../../src/lib/metrics';
import { createRedis, redisAnswers, type RedisClient, redisReady } from '../../src/lib/redis';
import { createSubscriptions, publish, type Subscriptions } from '../../src/lib/subscriptions';
import type { EndedCommand } from '../../src/models/command-store';
import { createScheduleStore } from '../../src/models/schedule-store';
import { createStockStore } from '../../src/models/stock-store';
import { createSeatMap, seatMapChannel } from '../../src/seat-map/seat-map';
import { createNotedMap, seatMapKeys } from '../../src/seat-map/noted-map';
import {
  createWaitingRoom,
  listenToRoom,
  roomKeys,
  type RoomNews,
  type RoomRules,
} from '../../src/waiting-room';
import { memberOf } from '../../src/waiting-room/members';
import { roomChannel, streamsKey } from '../../src/waiting-room/keys';
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster';
import { until, untilIs } from '../support/until';
import { withEnds } from '../seat-map/ends';
import { RoomDatabase } from '../waiting-room/records';
import { POLICY } from '../support/policy';
import { tokens } from '../support/tokens';

const LOGGER = createLogger('test', 'silent');
/** So many that each master has some. */
const SEVERAL = 12;
const IDS = Array.from({ length: SEVERAL }, (_, index) => String(index + 1));

let cluster: RedisCluster;
let database: RoomDatabase;
let redis: RedisClient;
let subscriber: RedisClient;
let subscriptions: Subscriptions;
beforeAll(async () => {
  [cluster, database] = await Promise.all([startRedisCluster({ replicas: 0 }), RoomDatabase.open()]);
  redis = createRedis(cluster.url, 'request', LOGGER);
  subscriber = createRedis(cluster.url, 'subscriber', LOGGER);
  await Promise.all([redisReady(redis), redisReady(subscriber)]);
  subscriptions = createSubscriptions(subscriber);
});
afterAll(async () => {
  for (const client of [redis, subscriber]) client.disconnect();
  await Promise.all([cluster.stop(), database.drop()]);
});
beforeEach(async () => {
  await Promise.all(cluster.nodes.map(async ({ client }) => client.flushall()));
});

const slotsOf = async (keys: readonly string[]): Promise<number[]> => {
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('no node');
  return Promise.all(keys.map(async (key) => node.client.cluster('KEYSLOT', key)));
};

/** Every key that there is, by the masters that have them. */
const keysByNode = async (): Promise<string[][]> =>
  Promise.all(cluster.nodes.map(async ({ client }) => client.keys('*')));

const finished = (id: string): EndedCommand => ({
  id,
  userId: 'u',
  kind: 'hold',
  status: 'completed',
  outcome: {},
  finishedAtMs: 1,
});

describe('the keys', () => {
  const member = memberOf(uuidv7());
  const together: [string, string[]][] = [
    ['a room', [...roomKeys('7'), streamsKey('7', member), roomChannel('7')]],
    ['a seat map', [...seatMapKeys('7'), seatMapChannel('7')]],
    ['a queue', ['meta', 'wait', 'marker'].map((name) => `${queuePrefix('schedule-7')}:schedule-7:${name}`)],
    ['a group of notes', ['a1', 'b1', 'c1'].map(outcomeKey)],
  ];
  test.each(together)('of %s are in one slot', async (_what, keys) => {
    expect(new Set(await slotsOf(keys)).size).toBe(1);
  });

  test('of many rooms, maps, queues and notes are in many', async () => {
    const spread = (keys: string[]) => slotsOf(keys).then((slots) => new Set(slots).size);
    expect(await spread(IDS.map((id) => roomKeys(id)[0] ?? ''))).toBe(SEVERAL);
    expect(await spread(IDS.map((id) => seatMapKeys(id)[0] ?? ''))).toBe(SEVERAL);
    expect(await spread(IDS.map((id) => queuePrefix(scheduleQueueName(id))))).toBe(SEVERAL);
    expect(await spread('0123456789abcdef'.split('').map(outcomeKey))).toBe(16);
  });
});

describe('on a cluster', () => {
  test('rooms let in, end and tell their streams, on every node', async () => {
    const room = createWaitingRoom({ redis, records: database.records, tokens });
    const concerts = await Promise.all(IDS.map(async () => database.concert(POLICY)));
    const rules = {
      policy: POLICY,
      booking: { isOpen: true, opensAtMs: null },
      draw: null,
      presale: 'NONE' as const,
    };
    const userId = uuidv7();
    const heard = new Map<string, RoomNews[]>();
    await Promise.all(
      concerts.map(async (id) =>
        listenToRoom(subscriptions, id, (news) => heard.set(id, [...(heard.get(id) ?? []), news])),
      ),
    );
    await Promise.all(concerts.map(async (id) => room.join(id, userId)));
    expect((await room.openRooms()).toSorted()).toEqual(concerts.toSorted());
    const ticks = await Promise.all(concerts.map(async (id) => room.tick(id, rules)));
    expect(ticks.map(({ admitted }) => admitted)).toEqual(concerts.map(() => 1));
    for (const id of concerts) {
      const state = await room.look(id, userId);
      expect(state).toMatchObject({ status: 'ACTIVE', mayHold: true });
      const claims = tokens.read(state?.queueToken ?? '');
      if (!claims.ok) throw new Error('no claims');
      expect(await room.admission(id, userId, claims.claims)).toMatchObject({ status: 'ACTIVE' });
      expect(await room.admissionToHold(id, userId, claims.claims)).toMatchObject({ status: 'ACTIVE' });
      expect(await room.extend(id, [{ userId, untilMs: Date.now() + 3_600_000 }])).toBe(1);
      expect(await room.shorten(id, [{ userId, untilMs: 0 }])).toBe(1);
      for (let stream = 0; stream < 6; stream += 1) await room.streamOpened(id, userId, `s${stream}`);
      await room.streamClosed(id, userId, 's5');
      await room.setPolicy(id, { ...POLICY, paused: true });
      expect(await room.stats(id)).toMatchObject({ active: 1, admittedTotal: 1 });
      expect(await room.endAdmissions(id, [{ userId, paidAtMs: Date.now() + 1000 }])).toBe(1);
      expect(await room.leave(id, userId)).toBe(false);
      expect(await room.retire(id)).toBe(true);
    }
    const kinds = concerts.map(async (id) =>
      until(
        'all news',
        async () => (heard.get(id) ?? []).map(({ kind }) => kind),
        (all) => all.length === 4,
      ),
    );
    expect(await Promise.all(kinds)).toEqual(concerts.map(() => ['users', 'closed', 'room', 'users']));
  });

  test('rooms take stock of dates whose maps lie on other nodes', async () => {
    const room = createWaitingRoom({ redis, records: database.records, tokens });
    const seatMap = createSeatMap(redis, createScheduleStore(database.sequelize));
    const concerts = await Promise.all(IDS.map(async () => database.concert(POLICY)));
    for (const id of concerts) await database.date(id, -10, 60);
    const store = createStockStore(database.sequelize);
    const noted = createNotedMap(redis, { logEntries: 10, logBytes: 1000 });
    const left = new Map(concerts.map((id) => [id, ['SSSS', 'SHSS']]));
    // Postgres has no seats of these dates: only the noted maps can tell of any.
    for (const { concertId, id, version } of await store.datesOnSale(concerts)) {
      const states = left.get(concertId)?.pop() ?? '';
      await noted.note(id, withEnds({ version, states }));
    }
    const stocks = await new RoomStocks({ store, seatMap, logger: LOGGER }).of(
      new Map(concerts.map((id) => [id, { onSale: '2' }])),
    );
    expect([...stocks.values()]).toEqual(
      concerts.map(() => ({ dates: 2, available: 0, held: 1, isWhole: true })),
    );
    const userId = uuidv7();
    const rules: RoomRules = {
      policy: POLICY,
      booking: { isOpen: true, opensAtMs: null },
      draw: null,
      presale: 'NONE',
    };
    for (const id of concerts) {
      await room.join(id, userId);
      expect(await room.tick(id, rules, { dates: 2, available: 0, held: 0, isWhole: true })).toMatchObject({
        admitted: 0,
      });
      expect(await room.look(id, userId)).toMatchObject({ phase: 'SOLD_OUT' });
      expect(await room.tick(id, rules, stocks.get(id))).toMatchObject({ admitted: 1 });
    }
  });

  test('a lost room comes back from its tokens', async () => {
    const room = createWaitingRoom({ redis, records: database.records, tokens });
    const concertId = await database.concert(POLICY);
    const fans = [uuidv7(), uuidv7()];
    const before: string[] = [];
    for (const fan of fans) before.push((await room.join(concertId, fan))?.state.queueToken ?? '');
    await Promise.all(cluster.nodes.map(async ({ client }) => client.flushall()));
    const back = await Promise.all(fans.map(async (fan, i) => room.look(concertId, fan, before[i])));
    expect(back.map((state) => state?.position)).toEqual([1, 2]);
  });

  test('seat maps are noted, changed and told', async () => {
    const version = new Map(IDS.map((id) => [id, 5]));
    const map = createSeatMap(redis, {
      seatStates: async (id) => withEnds({ version: version.get(id) ?? 0, states: 'AAAA' }),
      seatVersions: async () => version,
      raiseSeatVersion: async () => undefined,
    });
    const rung: string[] = [];
    await Promise.all(IDS.map(async (id) => subscriptions.listen(seatMapChannel(id), () => rung.push(id))));
    await Promise.all(IDS.map(async (id) => map.read(id)));
    await Promise.all(IDS.map(async (id) => map.change(id, 6, new Map([[2, 'HELD']]), Date.now() + 60_000)));
    expect(await Promise.all(IDS.map(async (id) => map.read(id)))).toEqual(
      IDS.map(() => ({ version: 6, states: 'AHAA' })),
    );
    expect(await Promise.all(IDS.map(async (id) => map.taken(id, [1, 2])))).toEqual(IDS.map(() => [2]));
    expect(await map.available('3')).toBe(3);
    expect(await Promise.all(IDS.map(async (id) => map.counts(id)))).toEqual(
      IDS.map(() => ({ version: 6, available: 3, held: 1, blocked: 0, total: 4 })),
    );
    expect((await map.changes('3', 5))?.changed).toEqual(new Map([[2, 'H']]));
    for (const id of IDS) version.set(id, 9);
    expect(
      await createSeatMap(redis, { ...TRUTH, seatVersions: async () => version }, undefined, 1).heal(IDS),
    ).toEqual(IDS);
    await untilIs('every ring', async () => new Set(rung).size, SEVERAL);
  });

  test('outcomes of one transaction are noted and found, whatever their groups', async () => {
    const notes = createOutcomeCache(redis);
    const ids = Array.from({ length: 64 }, () => uuidv7());
    await notes.keep(ids.map(finished));
    const found = await Promise.all([...ids, uuidv7()].map(async (id) => notes.find(id, 'u')));
    expect(found.map((each) => each?.id)).toEqual([...ids, undefined]);
  });

  test('replies reach the process they are for, and what is not listened to any more does not', async () => {
    const processes = Array.from({ length: SEVERAL }, () => uuidv7());
    const heard: EndedBatch[] = [];
    const stops = await Promise.all(
      processes.map(async (id) => listenForOutcomes(subscriptions, id, LOGGER, (batch) => heard.push(batch))),
    );
    const channel = createOutcomeChannel(redis);
    const send = async () =>
      Promise.all(
        processes.map(async (id) => channel.tell(id, { batchId: id, scheduleId: '1', finished: [] })),
      );
    await send();
    await untilIs('every reply', async () => heard.length, SEVERAL);
    await Promise.all(stops.map(async (stop) => stop()));
    await send();
    await publish(redis, 'to nobody', 'nothing');
    expect(new Set(heard.map(({ batchId }) => batchId))).toEqual(new Set(processes));
    expect(heard.length).toBe(SEVERAL);
  });

  test('requests are counted', async () => {
    const shares = createShares(redis, 2);
    const waits = await Promise.all(
      IDS.map(async (id) => [await shares.ask(id), await shares.ask(id), (await shares.ask(id)) > 0]),
    );
    expect(waits).toEqual(IDS.map(() => [0, 0, true]));
  });

  test('queues take jobs and workers carry them out', async () => {
    const queues = createQueues(redis, createBell(redis));
    const connection = createRedis(cluster.url, 'worker', LOGGER);
    const done: string[] = [];
    const workers = await ScheduleWorkers.start({
      redis,
      connection,
      subscriptions,
      bell: createBell(redis),
      metrics: createMetrics('test'),
      logger: LOGGER,
      process: async (id) => {
        done.push(id);
        return {};
      },
    });
    await Promise.all(
      IDS.map(async (id) => queues.add(id, 'release', {}, { jobId: `release-${id}`, delay: 100 })),
    );
    await queues.clock('due').upsertJobScheduler('due', { every: 1000 }, { name: 'due' });
    await until(
      'every job',
      async () => done.toSorted(),
      (ids) => ids.length === SEVERAL,
    );
    expect(await queues.schedule('1').getJobCounts('completed')).toEqual({ completed: 1 });
    await workers.close();
    await queues.close();
    connection.disconnect();
  });

  test('every node has some of the keys, and each key but two kinds its hash tag', async () => {
    const queues = createQueues(redis, createBell(redis));
    const room = createWaitingRoom({ redis, records: database.records, tokens });
    const concerts = await Promise.all(IDS.map(async () => database.concert(POLICY)));
    await Promise.all(concerts.map(async (id) => room.join(id, uuidv7())));
    await Promise.all(IDS.map(async (id) => queues.schedule(id).setGlobalConcurrency(1)));
    await createOutcomeCache(redis).keep(Array.from({ length: 64 }, () => finished(uuidv7())));
    await createShares(redis, 2).ask('somebody');
    const keys = await keysByNode();
    for (const own of keys) expect(own.length).toBeGreaterThan(SEVERAL);
    const untagged = keys.flat().filter((key) => !/^frontrow:\{[^{}]+\}:/.test(key));
    expect(untagged.toSorted()).toEqual(['frontrow:rate:somebody', 'frontrow:rooms']);
    await queues.close();
  });

  test('it answers as long as one master does', async () => {
    const [first, second] = cluster.nodes;
    first?.signal('SIGSTOP');
    second?.signal('SIGSTOP');
    try {
      await redisAnswers(redis);
    } finally {
      first?.signal('SIGCONT');
      second?.signal('SIGCONT');
    }
  });
});

const TRUTH = {
  seatStates: async () => null,
  raiseSeatVersion: async () => undefined,
};
