import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import type { SeatState } from '../../src/booking/types';
import { createSeatMap } from '../../src/seat-map/seat-map';
import type { Bench } from '../bench';
import { compete, httpPlayer, type Player } from '../contest';
import { errorsOf, middle, type Outcome, rateOutcome } from '../outcome';
import type { Scenario } from '../scenario';
import type { Stack } from '../stage/stacks';
import { onStage, OURS, part } from '../stage/stage';
import { mapOf } from './commands';
import { contestOf, range, SEATS } from './sizes';

const CONNECTIONS = 200;
// A map is 2.6 MB: a few readers fill the process.
const MAP_CONNECTIONS = 10;
const CHANGING = 1;
const UNCHANGED = 2;
const CHANGE_EVERY_MS = 10;
const FANS = 1000;
const NEXT_VERSION =
  'UPDATE schedules SET seat_version = seat_version + 1 WHERE id = $1 RETURNING seat_version::float8 AS version';
const UNCHANGED_ETAG = `"${UNCHANGED}.1"`;

/** Full maps of a schedule that changes 100 times a second; and 304s for one that does not, at the same time. */
export const seatMap: Scenario = {
  name: 'seat-map',
  about: 'the map of 20,000 seats, changing 100 times a second: 304s and full maps',
  run: async (bench) =>
    onStage(
      bench,
      { schedules: [SEATS, SEATS], fans: FANS },
      [OURS, part('bare')],
      async (room) => room.admit(1, FANS),
      async (stacks) => {
        const [ours] = stacks;
        if (ours === undefined) throw new Error('The seat map needs ours');
        const changer = await keepChanging(ours);
        const startedAt = performance.now();
        try {
          const unchanged = await compete(
            bench,
            stacks.map((stack) => asker(bench, stack)),
            contestOf(bench, CONNECTIONS, 40_000),
          );
          const full = await compete(
            bench,
            [{ ...reader(bench, ours), plays: 'maps' }],
            contestOf(bench, MAP_CONNECTIONS, 2000),
          );
          const maps = full.get('ours') ?? [];
          const outcome = rateOutcome('seat-map', '304s/s', unchanged);
          const more: Outcome['more'] = {
            ...outcome.more,
            'changes/s': (changer.changes() * 1000) / (performance.now() - startedAt),
            'full maps/s': middle(maps, (turn) => turn.perSecond),
            'full maps: p50 ms': middle(maps, (turn) => turn.p50),
            'full maps: p99 ms': middle(maps, (turn) => turn.p99),
          };
          return [{ ...outcome, more, errors: outcome.errors + errorsOf(maps) }];
        } finally {
          await changer.stop();
        }
      },
    ),
};

const fanOf = (n: number): number => 1 + (n % FANS);

function asker(bench: Bench, stack: Stack): Player {
  const accepted =
    stack.name === 'bare'
      ? { name: 'answers', status: 200, contains: '"admitted":' }
      : { name: '304s', status: 304, contains: '' };
  return httpPlayer(bench, stack, {
    connections: CONNECTIONS,
    accepted: [accepted],
    requests: (_round, count) =>
      range(count, (n) => mapOf(UNCHANGED, fanOf(n), { 'if-none-match': UNCHANGED_ETAG })),
  });
}

function reader(bench: Bench, stack: Stack): Player {
  return {
    ...httpPlayer(bench, stack, {
      connections: MAP_CONNECTIONS,
      accepted: [{ name: 'maps', status: 200, contains: '"status":"HELD"}' }],
      requests: (_round, count) => range(count, (n) => mapOf(CHANGING, fanOf(n))),
    }),
    warmUp: 40,
  };
}

/** Changes four seats every hundredth of a second: a new version in Postgres, then noted, as a worker does. */
async function keepChanging(stack: Stack): Promise<{ changes(): number; stop(): Promise<void> }> {
  const redis = new Redis(stack.redisUrl);
  const client = new Client({ connectionString: stack.databaseUrl });
  await client.connect();
  const noted = createSeatMap(redis, {
    seatStates: async () => ({ version: 1, states: 'H'.repeat(SEATS), ends: Buffer.alloc(4 * SEATS, 0xff) }),
    seatVersions: async () => new Map(),
    raiseSeatVersion: async () => undefined,
  });
  await noted.read(String(CHANGING));
  let changes = 0;
  const stopped = new AbortController();
  const change = async (): Promise<void> => {
    const { rows } = await client.query<{ version: number }>(NEXT_VERSION, [CHANGING]);
    const version = rows[0]?.version ?? 0;
    const state: SeatState = version % 2 === 0 ? 'AVAILABLE' : 'HELD';
    const first = (version * 4) % (SEATS - 4);
    const seats = new Map(range(4, (n): [number, SeatState] => [first + n + 1, state]));
    await noted.change(String(CHANGING), version, seats, Date.now() + 300_000);
    changes += 1;
  };
  const changing = (async () => {
    for (let due = performance.now(); !stopped.signal.aborted; due += CHANGE_EVERY_MS) {
      await sleep(Math.max(0, due - performance.now()));
      await change();
    }
  })();
  return {
    changes: () => changes,
    stop: async () => {
      stopped.abort();
      await changing;
      redis.disconnect();
      await client.end();
    },
  };
}
