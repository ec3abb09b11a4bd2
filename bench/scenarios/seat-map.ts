import { Redis } from 'ioredis';
import type { SeatState } from '../../src/booking/types';
import { createSeatMap } from '../../src/seat-map/seat-map';
import type { Bench } from '../bench';
import { compete, httpPlayer, middle, type Player } from '../contest';
import type { PlannedRequest } from '../load/plan';
import { errorsOf, type Outcome, rateOutcome } from '../outcome';
import type { Scenario } from '../scenario';
import { CONCERT_ID } from '../stage/seed';
import type { Stack } from '../stage/stacks';
import { onStage, OURS, part } from '../stage/stage';
import { contestOf, range, SEATS } from './sizes';

const CONNECTIONS = 200;
// A map is 2.6 MB: a few readers fill the process.
const MAP_CONNECTIONS = 10;
const CHANGING = 1;
const UNCHANGED = 2;
const CHANGE_EVERY_MS = 10;
const FANS = 1000;
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
        const stop = await keepChanging(ours);
        try {
          const unchanged = await compete(
            bench,
            stacks.map((stack) => asker(bench, stack)),
            contestOf(bench, CONNECTIONS, 40_000),
          );
          const full = await compete(bench, [reader(bench, ours)], contestOf(bench, MAP_CONNECTIONS, 2000));
          const maps = full.get('ours') ?? [];
          const outcome = rateOutcome('seat-map', '304s/s', unchanged);
          const more: Outcome['more'] = {
            ...outcome.more,
            'full maps/s': middle(maps, (turn) => turn.perSecond),
            'full maps: p50 ms': middle(maps, (turn) => turn.p50),
            'full maps: p99 ms': middle(maps, (turn) => turn.p99),
          };
          return [{ ...outcome, more, errors: outcome.errors + errorsOf(maps) }];
        } finally {
          await stop();
        }
      },
    ),
};

const mapOf = (schedule: number, n: number, headers: Record<string, string>): PlannedRequest => ({
  method: 'GET',
  path: `/api/concerts/schedules/${schedule}/seats`,
  fan: 1 + (n % FANS),
  concertId: CONCERT_ID,
  headers,
});

function asker(bench: Bench, stack: Stack): Player {
  const accepted =
    stack.name === 'bare'
      ? { name: 'answers', status: 200, contains: '"admitted":' }
      : { name: '304s', status: 304, contains: '' };
  return httpPlayer(bench, stack, {
    connections: CONNECTIONS,
    accepted: [accepted],
    requests: (_round, count) =>
      range(count, (n) => mapOf(UNCHANGED, n, { 'if-none-match': UNCHANGED_ETAG })),
  });
}

function reader(bench: Bench, stack: Stack): Player {
  return {
    ...httpPlayer(bench, stack, {
      connections: MAP_CONNECTIONS,
      accepted: [{ name: 'maps', status: 200, contains: '"status":"HELD"}' }],
      requests: (_round, count) => range(count, (n) => mapOf(CHANGING, n, {})),
    }),
    warmUp: 40,
  };
}

/** Notes a change of four seats every hundredth of a second, as a worker does after its commits. */
async function keepChanging(stack: Stack): Promise<() => Promise<void>> {
  const redis = new Redis(stack.redisUrl);
  const states = 'H'.repeat(SEATS);
  const noted = createSeatMap(redis, async () => ({ version: 1, states }));
  await noted.read(String(CHANGING));
  let version = 1;
  let change = Promise.resolve();
  const timer = setInterval(() => {
    version += 1;
    const state: SeatState = version % 2 === 0 ? 'AVAILABLE' : 'HELD';
    const first = (version * 4) % (SEATS - 4);
    const changed = new Map(range(4, (n): [number, SeatState] => [first + n + 1, state]));
    const to = version;
    change = change.then(async () => noted.change(String(CHANGING), to, changed));
  }, CHANGE_EVERY_MS);
  return async () => {
    clearInterval(timer);
    await change;
    redis.disconnect();
  };
}
