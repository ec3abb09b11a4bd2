import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { seatsKey } from '../baselines/redis-alone-seats';
import type { Bench } from '../bench';
import { FanClient } from '../load/fan-client';
import type { Outcome, Standing } from '../outcome';
import type { Scenario } from '../scenario';
import { withClient } from '../stage/databases';
import { FanTokens } from '../stage/fans';
import { type OwnRedis, startOwnRedis } from '../stage/own-redis';
import { onStage, OURS, part } from '../stage/stage';
import type { Stack } from '../stage/stacks';
import { COMPLETED, holdOf } from './commands';
import { range, SEATS } from './sizes';

const CONNECTIONS = 200;
/** What is on its way arrives; what the copier has in its hands is written. */
const SETTLE_MS = 500;

/** What one contestant's fans were told, and what was left of it. Sums over all kills. */
type Loss = Record<
  | 'holds confirmed'
  | 'in Redis alone when it was killed'
  | 'free again in Redis'
  | 'in neither Redis nor Postgres',
  number
>;

/** Redis is killed under load, again and again, and comes back with its file: whether confirmed holds are gone. */
export const redisAloneLoss: Scenario = {
  name: 'redis-alone-loss',
  about: 'Redis is killed under load and comes back with its file: confirmed holds that are gone',
  run: async (bench) => {
    const kills = bench.quick ? 3 : 10;
    const scene = { schedules: range(kills, () => SEATS), fans: kills * SEATS };
    const servers = new Map<string, OwnRedis>();
    try {
      const parts = [OURS, part('redis-alone')];
      for (const { name } of parts) servers.set(name, await startOwnRedis());
      return await onStage(
        bench,
        scene,
        parts.map((each) => ({ ...each, redis: { url: servers.get(each.name)?.url ?? '' } })),
        async (room) => room.admit(1, scene.fans),
        async (stacks) => {
          const losses = new Map<string, Loss>();
          for (const stack of stacks) {
            const redis = servers.get(stack.name);
            if (redis !== undefined) losses.set(stack.name, await killAgain(bench, stack, redis, kills));
          }
          return [outcomeOf(losses, kills)];
        },
      );
    } finally {
      for (const redis of servers.values()) await redis.stop();
    }
  },
};

async function killAgain(bench: Bench, stack: Stack, redis: OwnRedis, kills: number): Promise<Loss> {
  const losses: Loss[] = [];
  const tokens = new FanTokens();
  for (let scheduleId = 1; scheduleId <= kills; scheduleId += 1) {
    const loss = await killOnce(stack, redis, scheduleId, tokens);
    losses.push(loss);
    bench.say(`    ${stack.name.padEnd(12)} ${JSON.stringify(loss)}`);
  }
  const sum = (of: keyof Loss) => losses.reduce((total, loss) => total + loss[of], 0);
  return {
    'holds confirmed': sum('holds confirmed'),
    'in Redis alone when it was killed': sum('in Redis alone when it was killed'),
    'free again in Redis': sum('free again in Redis'),
    'in neither Redis nor Postgres': sum('in neither Redis nor Postgres'),
  };
}

/** Fans hold seats of one schedule, each another one, until Redis is killed at some moment of a second. */
async function killOnce(stack: Stack, redis: OwnRedis, scheduleId: number, tokens: FanTokens): Promise<Loss> {
  const client = new FanClient(stack.url, CONNECTIONS, tokens);
  const confirmed = new Set<number>();
  let next = 1;
  const load = new AbortController();
  const hold = async (): Promise<void> => {
    while (!load.signal.aborted && next <= SEATS) {
      const seat = next++;
      const request = holdOf(scheduleId, seat, (scheduleId - 1) * SEATS + seat);
      // Whoever is refused, or hears nothing, was promised nothing.
      const answer = await client.send(request).catch(() => null);
      if (answer?.status === COMPLETED.status && answer.body.includes(COMPLETED.contains))
        confirmed.add(seat);
    }
  };
  const fans = range(CONNECTIONS, hold);
  await sleep(1000 + Math.random() * 1000);
  load.abort();
  await redis.kill();
  await sleep(SETTLE_MS);
  const aloneInRedis = without(confirmed, await seatsInPostgres(stack, scheduleId)).length;
  await redis.restart();
  await Promise.all(fans);
  await client.close();
  await stack.settled();
  const gone = without(confirmed, await seatsInPostgres(stack, scheduleId));
  const inRedis = await seatsInRedis(stack, scheduleId);
  return {
    'holds confirmed': confirmed.size,
    'in Redis alone when it was killed': aloneInRedis,
    'free again in Redis': inRedis === null ? 0 : without(confirmed, inRedis).length,
    'in neither Redis nor Postgres': gone.filter((seat) => inRedis?.has(seat) !== true).length,
  };
}

const without = (seats: ReadonlySet<number>, others: ReadonlySet<number>): number[] =>
  [...seats].filter((seat) => !others.has(seat));

async function seatsInPostgres({ databaseUrl }: Stack, scheduleId: number): Promise<Set<number>> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ seat: number }>(
      `SELECT unnest(seat_numbers) AS seat FROM bookings WHERE schedule_id = $1 AND status = 'PENDING'`,
      [scheduleId],
    );
    return new Set(rows.map(({ seat }) => seat));
  });
}

/** Null: this contestant's holds are none of Redis' business. */
async function seatsInRedis({ kind, redisUrl }: Stack, scheduleId: number): Promise<Set<number> | null> {
  if (kind !== 'redis-alone') return null;
  const redis = new Redis(redisUrl);
  const seats = await redis.hkeys(seatsKey(String(scheduleId)));
  redis.disconnect();
  return new Set(seats.map(Number));
}

function outcomeOf(losses: ReadonlyMap<string, Loss>, kills: number): Outcome {
  const standings = [...losses].map(([name, loss]): [string, Standing] => {
    const figure = loss['in neither Redis nor Postgres'];
    return [name, { figure, rounds: [figure], ratios: [], cpu: {} }];
  });
  const details = [...losses].flatMap(([name, loss]) =>
    Object.entries(loss).map(([what, holds]): [string, number] => [`${name}: ${what}`, holds]),
  );
  return {
    name: 'redis-alone-loss',
    unit: 'confirmed holds lost',
    contestants: Object.fromEntries(standings),
    errors: 0,
    more: { kills, ...Object.fromEntries(details) },
  };
}
