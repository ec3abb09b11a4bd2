import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Agent, request } from 'undici';
import { homeOf } from '../../src/jobs/schedules/homes';
import { GIVEN } from '../../src/lib/times';
import type { Bench } from '../bench';
import { median, percentile } from '../figures';
import { type Outcome, singleOutcome } from '../outcome';
import type { Scenario } from '../scenario';
import { FanTokens } from '../stage/fans';
import { CONCERT_ID } from '../stage/seed';
import { onStage } from '../stage/stage';
import type { Stack } from '../stage/stacks';
import { range } from './sizes';

const SCHEDULES = 100;
const SEATS = 2000;
const FANS_PER_SCHEDULE = 2;
const BEFORE_MS = 3000;
const AFTER_MS = 2 * GIVEN.failOverMs;
const WORKERS_KEY = 'frontrow:{bell}:workers';

interface Answer {
  scheduleId: string;
  sentAtMs: number;
  tookMs: number;
  isConfirmed: boolean;
}

/** A worker is killed while its schedules sell: how long commands of theirs take from then on. */
export const failOver: Scenario = {
  name: 'fail-over',
  about: `one of two workers is killed under load: commands of its schedules, of ${SCHEDULES}`,
  run: async (bench) => {
    const fans = SCHEDULES * SEATS;
    const scene = { schedules: range(SCHEDULES, () => SEATS), fans };
    return onStage(
      bench,
      scene,
      [{ name: 'ours', kind: 'ours', workers: 2 }],
      async (room) => room.admit(1, fans),
      async ([stack]) => {
        if (stack === undefined) throw new Error('This needs ours');
        return [await kill(bench, stack)];
      },
    );
  },
};

async function kill(bench: Bench, stack: Stack): Promise<Outcome> {
  const redis = new Redis(stack.redisUrl);
  const answers: Answer[] = [];
  const load = new Load(stack, answers);
  const fans = range(SCHEDULES * FANS_PER_SCHEDULE, async (n) => load.run(n));
  await sleep(BEFORE_MS);
  const workerIds = await redis.zrange(WORKERS_KEY, 0, '-1');
  const killedAtMs = performance.now();
  const victim = stack.processes.findLast(({ role }) => role === 'worker');
  if (victim === undefined) throw new Error('There is no worker to kill');
  process.kill(victim.pid, 'SIGKILL');
  await sleep(AFTER_MS);
  load.stop();
  await Promise.all(fans);
  const alive = await redis.zrange(WORKERS_KEY, 0, '-1');
  redis.disconnect();
  const dead = workerIds.find((id) => !alive.includes(id));
  const inherited = answers.filter(
    ({ scheduleId, sentAtMs, tookMs }) =>
      homeOf(scheduleId, workerIds) === dead &&
      sentAtMs + tookMs >= killedAtMs &&
      sentAtMs < killedAtMs + 3000,
  );
  const times = inherited.map(({ tookMs }) => tookMs);
  bench.say(
    `    ${times.length} commands of the dead worker's schedules, ${Math.max(...times).toFixed(0)} ms at most`,
  );
  const p99 = percentile(times, 0.99);
  return singleOutcome(
    { name: 'fail-over', unit: 'ms, p99', ours: p99 },
    {
      p50: median(times),
      p99,
      errors: answers.filter(({ isConfirmed }) => !isConfirmed).length,
      more: { 'longest, ms': Math.max(...times), 'commands meant': times.length },
    },
  );
}

/** Fans who hold one seat after the other, each on a schedule of theirs. */
class Load {
  readonly #tokens = new FanTokens();
  readonly #agent = new Agent({ connections: SCHEDULES * FANS_PER_SCHEDULE });
  readonly #stack: Stack;
  readonly #answers: Answer[];
  #stopped = false;

  constructor(stack: Stack, answers: Answer[]) {
    this.#stack = stack;
    this.#answers = answers;
  }

  stop(): void {
    this.#stopped = true;
  }

  async run(n: number): Promise<void> {
    const scheduleId = String((n % SCHEDULES) + 1);
    const first = Math.floor(n / SCHEDULES) * (SEATS / FANS_PER_SCHEDULE);
    for (let seat = first + 1; seat <= first + SEATS / FANS_PER_SCHEDULE && !this.#stopped; seat += 1) {
      const fan = (n % SCHEDULES) * SEATS + seat;
      const sentAtMs = performance.now();
      const { statusCode, body } = await request(
        `${this.#stack.url}/api/concerts/seats/${scheduleId}-${seat}/book`,
        {
          dispatcher: this.#agent,
          method: 'POST',
          headers: {
            authorization: `Bearer ${this.#tokens.access(fan)}`,
            'x-queue-token': this.#tokens.admitted(fan, CONCERT_ID),
            prefer: 'wait=10',
          },
        },
      );
      const isConfirmed = statusCode === 200 && (await body.text()).includes('"status":"completed"');
      this.#answers.push({ scheduleId, sentAtMs, tookMs: performance.now() - sentAtMs, isConfirmed });
    }
  }
}
