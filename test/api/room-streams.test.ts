import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { text } from 'node:stream/consumers';
import type { PassThrough } from 'node:stream';
import { createRevocations, type Revocations } from '../../src/api/accounts/revocations';
import { createRoomStreams, type RoomStreams } from '../../src/api/waiting-room/events';
import { createLogger } from '../../src/lib/logger';
import { createSubscriptions } from '../../src/lib/subscriptions';
import { createAccountStore } from '../../src/models/account-store';
import type { WaitingRoom } from '../../src/waiting-room';
import { testRedisUrl } from '../support/redis';
import { until, untilIs } from '../support/until';
import { RoomDatabase } from '../waiting-room/records';
import { TestRoom } from '../waiting-room/room';

let database: RoomDatabase;
let room: TestRoom;
let revocations: Revocations;
let streams: RoomStreams;
let looks = 0;
let isAway = false;
let subscribers: Redis[] = [];

function subscriber(): Redis {
  const connection = room.redis.duplicate();
  subscribers.push(connection);
  return connection;
}

/** One web process' streams on the room; its looks are counted. */
async function processStreams(): Promise<RoomStreams> {
  const process: WaitingRoom = room.process();
  const counting: WaitingRoom = {
    ...process,
    look: async (...args) => {
      looks += 1;
      if (isAway) throw new Error('Redis is away');
      return process.look(...args);
    },
  };
  const logger = createLogger('test', 'silent');
  const subscriptions = createSubscriptions(subscriber());
  return createRoomStreams({ room: counting, revocations, subscriptions, logger });
}

beforeEach(async () => {
  database = await RoomDatabase.open();
  room = await TestRoom.open(await testRedisUrl(), database, {
    maxActive: 1,
    admitPerInterval: 1,
    admitIntervalMs: 60_000,
  });
  revocations = await createRevocations({
    accounts: createAccountStore(database.sequelize),
    redis: room.redis,
    subscriptions: createSubscriptions(subscriber()),
    logger: createLogger('test', 'silent'),
  });
  streams = await processStreams();
  looks = 0;
});
afterEach(async () => {
  streams.close();
  await revocations.close();
  await sleep(50); // What the streams leave in Redis is cleared behind them.
  for (const connection of subscribers) connection.disconnect();
  subscribers = [];
  room.close();
  await database.drop();
});

async function open(
  userId: string,
  tokenId = randomUUID(),
  from = streams,
  tokenEndsMs = Date.now() + 60_000,
): Promise<PassThrough> {
  const stream = await from.open({
    concertId: room.concertId,
    userId,
    tokenId,
    tokenEndsMs,
    queueToken: null,
  });
  if (stream === null) throw new Error('no place');
  return stream;
}

/** What a stream has said so far. */
function listen(stream: PassThrough): { said: () => string; isOver: () => boolean } {
  let said = '';
  stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return { said: () => said, isOver: () => stream.readableEnded || stream.destroyed };
}

describe('a stream', () => {
  test('looks as seldom as its owner would poll, whatever happens in front', async () => {
    const front = await room.joinMany(80);
    const fans = await room.joinMany(30);
    expect((await room.look(fans[0]?.userId ?? ''))?.pollAfterMs).toBeGreaterThan(15_000);
    await Promise.all(fans.map(async ({ userId }) => open(userId)));
    expect(looks).toBe(fans.length);
    for (const fan of front.slice(0, 20)) {
      await room.room.leave(room.concertId, fan.userId);
      await room.tick();
      await sleep(60);
    }
    expect(looks).toBe(fans.length);
  });

  test('tells its owner, and nobody else, of the admission at once; and everybody of a pause', async () => {
    const [next, other] = await room.joinMany(2);
    const [mine, others] = await Promise.all([open(next?.userId ?? ''), open(other?.userId ?? '')]);
    const [told, toldOthers] = [listen(mine), listen(others)];
    await until(
      'both',
      async () => told.said() + toldOthers.said(),
      (said) => said.split('event:').length === 3,
    );
    await room.tick();
    await until(
      'the admission',
      async () => told.said(),
      (said) => said.includes('"ACTIVE"'),
      { withinMs: 800 },
    );
    expect(looks).toBe(3);
    room.policy = { ...room.policy, paused: true };
    await room.tick();
    await until(
      'the pause',
      async () => toldOthers.said(),
      (said) => said.includes('"PAUSED"'),
      { withinMs: 800 },
    );
  });

  test('ends at once when its place does', async () => {
    const [fan] = await room.joinMany(1);
    const stream = await open(fan?.userId ?? '');
    const everything = text(stream);
    await until(
      'counted',
      async () => room.redis.keys('*:streams:*'),
      (keys) => keys.length === 1,
    );
    await room.room.leave(room.concertId, fan?.userId ?? '');
    expect(await everything).toContain('"WAITING"');
    await until(
      'forgotten',
      async () => room.redis.keys('*:streams:*'),
      (keys) => keys.length === 0,
    );
  });

  test('ends with the sign-out of its token, and of no other', async () => {
    const [fan] = await room.joinMany(1);
    const [tokenId, another] = [randomUUID(), randomUUID()];
    const ended = listen(await open(fan?.userId ?? '', tokenId));
    const stays = listen(await open(fan?.userId ?? '', another));
    await revocations.revoke(tokenId, new Date(Date.now() + 60_000));
    await untilIs('the end', async () => ended.isOver(), true, { withinMs: 800 });
    expect(stays.isOver()).toBe(false);
    const late = listen(await open(fan?.userId ?? '', tokenId));
    await untilIs('the end', async () => late.isOver(), true, { withinMs: 800 });
  });

  test('goes on when it cannot look for a moment', async () => {
    const [fan] = await room.joinMany(1);
    const told = listen(await open(fan?.userId ?? ''));
    await until(
      'the first state',
      async () => told.said(),
      (said) => said.includes('"WAITING"'),
    );
    isAway = true;
    room.policy = { ...room.policy, paused: true };
    await room.tick();
    await until(
      'a failed look',
      async () => looks,
      (count) => count >= 2,
    );
    isAway = false;
    await until(
      'the next look',
      async () => told.said(),
      (said) => said.includes('"PAUSED"'),
    );
    expect(told.isOver()).toBe(false);
  });

  test('ends with its access token', async () => {
    const [fan] = await room.joinMany(1);
    const ended = listen(await open(fan?.userId ?? '', randomUUID(), streams, Date.now() + 300));
    await untilIs('the end', async () => ended.isOver(), true, { withinMs: 3000 });
  });

  test('is refused by a process that is about to stop', async () => {
    const [fan] = await room.joinMany(1);
    streams.close();
    await expect(open(fan?.userId ?? '')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('of a client that never reads does not fill the process', async () => {
    room.policy = { ...room.policy, abandonAfterSeconds: 1 };
    await room.tick();
    const [fan] = await room.joinMany(2);
    const stream = await open(fan?.userId ?? '');
    for (let i = 0; i < 400 && !stream.writableEnded; i += 1) {
      room.policy = { ...room.policy, paused: i % 2 === 0 };
      await room.room.setPolicy(room.concertId, room.policy);
      await sleep(5);
    }
    expect(stream.writableLength).toBeLessThan(100_000);
    await untilIs('the end', async () => stream.writableEnded, true);
  });

  test('beyond the fifth of one fan closes the oldest, in whichever process that is', async () => {
    const [fan, other] = await room.joinMany(2);
    const elsewhere = await processStreams();
    const neighbour = listen(await open(other?.userId ?? ''));
    const opened: { isOver: () => boolean }[] = [];
    for (let i = 0; i < 7; i += 1) {
      opened.push(listen(await open(fan?.userId ?? '', randomUUID(), i % 2 === 0 ? streams : elsewhere)));
      await sleep(20);
    }
    await until(
      'two closed',
      async () => opened.map((each) => each.isOver()),
      (over) => over.join() === 'true,true,false,false,false,false,false',
    );
    expect(neighbour.isOver()).toBe(false);
    elsewhere.close();
  });
});
