import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { until } from '../../test/support/until';
import { seatsKey } from '../baselines/redis-alone-seats';
import { FanClient } from '../load/fan-client';
import { withClient } from '../stage/databases';
import { FanTokens } from '../stage/fans';
import type { OwnRedis } from '../stage/own-redis';
import type { Stack } from '../stage/stacks';
import { COMPLETED, holdOf } from './commands';
import { range, SEATS } from './sizes';

const CONNECTIONS = 200;
/** What is on its way arrives; what the copier has in its hands is written. */
const SETTLE_MS = 500;

/** What fans were told, and what was left of it: holds. */
export interface Loss {
  confirmed: number;
  /** Not in Postgres when Redis was killed. */
  inRedisAlone: number;
  /** Where Redis decides: it would give their seats to somebody else. */
  freeAgain: number;
  /** In neither Redis nor Postgres when both are back. */
  gone: number;
}

export const NO_LOSS: Loss = { confirmed: 0, inRedisAlone: 0, freeAgain: 0, gone: 0 };

/** Fans hold seats of one schedule, each another one, until Redis is killed at some moment of a second. */
export async function killUnderLoad(
  stack: Stack,
  redis: OwnRedis,
  scheduleId: number,
  forgottenMs: number,
): Promise<Loss> {
  const load = new HoldLoad(stack, scheduleId);
  const { confirmed } = load;
  // Whatever the kill before it has upset is well again.
  await until(
    'a hold that is confirmed',
    async () => load.hold(SEATS),
    (isConfirmed) => isConfirmed,
  );
  const fans = range(CONNECTIONS, async () => load.run());
  await sleep(1000 + Math.random() * 1000);
  load.stop();
  await redis.kill();
  await sleep(SETTLE_MS);
  const inRedisAlone = without(confirmed, await seatsInPostgres(stack, scheduleId)).length;
  await redis.restart(forgottenMs);
  await Promise.all(fans);
  await load.close();
  await stack.settled();
  const notInPostgres = without(confirmed, await seatsInPostgres(stack, scheduleId));
  const inRedis = await seatsInRedis(stack, scheduleId);
  return {
    confirmed: confirmed.size,
    inRedisAlone,
    freeAgain: inRedis === null ? 0 : without(confirmed, inRedis).length,
    gone: notInPostgres.filter((seat) => inRedis?.has(seat) !== true).length,
  };
}

class HoldLoad {
  /** Seats whose holds were confirmed to their fans. */
  readonly confirmed = new Set<number>();
  readonly #client: FanClient;
  readonly #scheduleId: number;
  #next = 1;
  #isOver = false;

  constructor({ url }: Stack, scheduleId: number) {
    this.#client = new FanClient(url, CONNECTIONS, new FanTokens());
    this.#scheduleId = scheduleId;
  }

  async hold(seat: number): Promise<boolean> {
    const request = holdOf(this.#scheduleId, seat, (this.#scheduleId - 1) * SEATS + seat);
    // Whoever is refused, or hears nothing, was promised nothing.
    const answer = await this.#client.send(request).catch(() => null);
    const isConfirmed = answer?.status === COMPLETED.status && answer.body.includes(COMPLETED.contains);
    if (isConfirmed) this.confirmed.add(seat);
    return isConfirmed;
  }

  async run(): Promise<void> {
    while (!this.#isOver && this.#next < SEATS) await this.hold(this.#next++);
  }

  stop(): void {
    this.#isOver = true;
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
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
