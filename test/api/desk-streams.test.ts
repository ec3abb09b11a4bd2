import type { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { createDeskStreams, type DeskStreams } from '../../src/api/desk/desk-streams';
import { createDeskBoard, type DeskState } from '../../src/desk/state';
import { createLogger } from '../../src/lib/logger';
import { Problem } from '../../src/lib/problems';
import type { Role } from '../../src/models/roles';
import { POLICY } from '../support/policy';
import { testRedisUrl } from '../support/redis';
import { until, untilIs } from '../support/until';

const room = (concertId: string, waiting: number): DeskState['rooms'][number] => ({
  concertId,
  title: 'A concert',
  phase: 'OPEN',
  opensAt: null,
  policy: POLICY,
  policyVersion: 'v',
  waiting,
  active: 0,
  admittedTotal: 0,
  abandonedTotal: 0,
  expiredTotal: 0,
  admittedPerSecond: 0,
  oldestWaitSeconds: 0,
  commandsPerSecond: 0,
  refusedPerSecond: 0,
  backlogSeconds: 0,
  seats: null,
  revenue: 0,
  refunded: 0,
  dates: [],
});
const Changes = z.looseObject({
  rooms: z.array(z.looseObject({ concertId: z.string(), waiting: z.int() })),
  order: z.array(z.string()),
});
let sampled = 0;
const state = (...rooms: DeskState['rooms']): DeskState => ({
  at: new Date(Date.UTC(2030, 0, 1) + (sampled += 2000)).toISOString(),
  everySeconds: 2,
  rooms,
  commands: { perSecond: 0, lastMinute: [] },
  queues: [],
  workers: [],
  lacking: {},
});

let redis: Redis;
let board: ReturnType<typeof createDeskBoard>;
let streams: DeskStreams;
let roles: Map<string, Role>;
let signedOut: (tokenId: string) => void;
let reads: number;
let isAway = false;
const opened: PassThrough[] = [];
beforeAll(async () => {
  redis = new Redis(await testRedisUrl());
  board = createDeskBoard(redis);
});
beforeEach(async () => {
  await redis.flushdb();
  roles = new Map([['ada', 'operator']]);
  [reads, isAway] = [0, false];
  streams = createDeskStreams({
    board: {
      read: async () => {
        reads += 1;
        if (isAway) throw new Error('away, on purpose');
        return board.read();
      },
    },
    revocations: {
      has: () => false,
      listen: (onRevoked) => {
        signedOut = onRevoked;
        return () => undefined;
      },
    },
    roles: {
      of: async (userId) => {
        const role = roles.get(userId);
        if (role === undefined) throw new Error('Postgres is away');
        return role;
      },
    },
    logger: createLogger('test', 'silent'),
    lookEveryMs: 50,
  });
});
afterEach(async () => {
  for (const stream of opened.splice(0)) stream.destroy();
  await streams.close();
});
afterAll(() => redis.disconnect());

interface Reading {
  text: string;
  ended: boolean;
  stream: PassThrough;
}
function open(userId = 'ada', tokenId = 't', tokenEndsMs = Date.now() + 3_600_000): Reading {
  const stream = streams.open({ userId, tokenId, tokenEndsMs });
  opened.push(stream);
  const reading: Reading = { text: '', ended: false, stream };
  stream.on('data', (chunk: Buffer) => (reading.text += chunk.toString()));
  stream.on('end', () => (reading.ended = true));
  return reading;
}
const names = ({ text }: Reading): string[] =>
  [...text.matchAll(/^event: (\w+)$/gm)].map(([, name = '']) => name);
const told = async (reading: Reading, ...wanted: string[]) =>
  until(
    'told',
    async () => names(reading),
    (found) => found.join() === wanted.join(),
    { withinMs: 5000 },
  );

describe('the desk as a stream', () => {
  test('all first, then what has changed alone, from one read for all', async () => {
    await board.put(state(room('1', 5), room('2', 7)));
    const [one, other] = [open(), open('bob')];
    await Promise.all([told(one, 'desk'), told(other, 'desk')]);
    await board.put(state(room('2', 8), room('1', 5)));
    await Promise.all([told(one, 'desk', 'changes'), told(other, 'desk', 'changes')]);
    const [, changes = ''] = one.text.split('event: changes\ndata: ');
    const { rooms, order, ...rest } = Changes.parse(JSON.parse(changes));
    expect([rooms.map(({ concertId, waiting }) => [concertId, waiting]), order]).toEqual([
      [['2', 8]],
      ['2', '1'],
    ]);
    expect(Object.keys(rest)).toEqual(['at']);
    const late = open('eve');
    await told(late, 'desk');
    expect(late.text).toContain('"waiting":8');
    const before = reads;
    await until(
      'two looks',
      async () => reads,
      (now) => now >= before + 2,
      { withinMs: 5000 },
    );
    expect(reads).toBeLessThanOrEqual(before + 3);
    expect(names(one)).toEqual(['desk', 'changes']);
  });

  test('says what cannot be read and since when, once, and goes on by itself', async () => {
    const reading = open();
    await told(reading, 'trouble');
    expect(reading.text).toContain('"lacking":"samples"');
    isAway = true;
    await told(reading, 'trouble', 'trouble');
    expect(reading.text).toContain('"lacking":"redis"');
    const before = reads;
    await until(
      'another look',
      async () => reads,
      (now) => now > before + 1,
      { withinMs: 5000 },
    );
    isAway = false;
    await board.put(state(room('1', 5)));
    await told(reading, 'trouble', 'trouble', 'desk');
  });

  test('ends with the sign-out, with the token, and with the role; not because nobody can say which role it is', async () => {
    roles.set('bob', 'support').set('tom', 'operator');
    await board.put(state());
    const [out, ending, support, dismissed, unknown] = [
      open('ada', 'mine'),
      open('ada', 't', Date.now() + 500),
      open('bob'),
      open('tom'),
      open('nobody knows'),
    ];
    await Promise.all([out, ending, support, dismissed, unknown].map(async (each) => told(each, 'desk')));
    roles.set('tom', 'door');
    signedOut('mine');
    for (const each of [out, ending, dismissed])
      await untilIs('ended', async () => each.ended, true, { withinMs: 9000 });
    expect([support.ended, unknown.ended]).toEqual([false, false]);
  });

  test('one user has five at most, and a process so many', async () => {
    const mine = Array.from({ length: 6 }, () => open());
    await untilIs('the oldest ended', async () => mine[0]?.ended, true);
    expect(mine.slice(1).map(({ ended }) => ended)).toEqual([false, false, false, false, false]);
    for (let user = 0; user < 194; user += 1) open(`user ${user}`);
    await until(
      'room for another',
      async () => mine[0]?.stream.closed,
      (closed) => closed === true,
    );
    open('the last');
    expect(() => open('one too many')).toThrow(Problem);
    expect(open('ada').ended).toBe(false);
  });
});
