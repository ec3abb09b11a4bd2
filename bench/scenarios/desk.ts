import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { createAccessTokens } from '../../src/api/accounts/access-tokens';
import { queuePrefix } from '../../src/jobs/queues/names';
import type { Bench } from '../bench';
import { compete, httpPlayer, type Player, type Turn } from '../contest';
import { median } from '../figures';
import { type Outcome, rateOutcome, serviceCpu } from '../outcome';
import type { Scenario } from '../scenario';
import { cpuByRole } from '../stage/cpu';
import { fanId, SECRETS } from '../stage/fans';
import type { Stack } from '../stage/stacks';
import { onStage, OURS } from '../stage/stage';
import { COMPLETED, holdOf } from './commands';
import { PRIMING, range, SEATS } from './sizes';

const CONNECTIONS = 200;
const DESKS = 2;
const OPERATOR = SEATS + 1;
const WITHOUT = 'no desk';

/**
 * What a desk costs a busy sale: the same processes sell with two desks open and the sampling on, and without either, in turn. The
 * difference is smaller than what turns differ by: so it is measured a second time, without anything sold.
 */
export const desk: Scenario = {
  name: 'desk',
  about: `holds of one schedule with ${DESKS} desks open and the sale sampled, and without; ${CONNECTIONS} connections`,
  isOwnCode: true,
  run: async (bench) => {
    const rounds = bench.quick ? 4 : 12;
    const scene = { schedules: range(2 * (rounds + 1), () => SEATS), fans: OPERATOR };
    const operator = { ...OURS, sql: `UPDATE users SET role = 'operator' WHERE id = '${fanId(OPERATOR)}'` };
    return onStage(
      bench,
      scene,
      [operator],
      async (room) => room.admit(1, SEATS),
      async ([stack]) => {
        if (stack === undefined) throw new Error('The desk needs ours');
        const desks = new Desks(stack);
        try {
          const players = [playerOf(bench, stack, desks, true), playerOf(bench, stack, desks, false)];
          const contest = { rounds, seconds: bench.quick ? 2.5 : 3, most: SEATS - PRIMING, least: 1000 };
          const turns = await compete(bench, players, contest);
          return [outcomeOf(turns, await idleCosts(bench, stack, desks))];
        } finally {
          await desks.close();
        }
      },
    );
  },
};

function playerOf(bench: Bench, stack: Stack, desks: Desks, isOpen: boolean): Player {
  const scheduleOf = (round: number): number => 2 * round + (isOpen ? 1 : 2);
  const hold = (round: number, seat: number) => holdOf(scheduleOf(round), seat, seat);
  const player = httpPlayer(bench, stack, {
    connections: CONNECTIONS,
    accepted: [COMPLETED],
    prime: (round) => range(PRIMING, (n) => hold(round, SEATS - n)),
    requests: (round, count) => range(count, (n) => hold(round, n + 1)),
  });
  return {
    ...player,
    name: isOpen ? 'ours' : WITHOUT,
    prime: async (round) => {
      await desks.set(isOpen);
      await player.prime?.(round);
    },
  };
}

/** Desks that are open, or none and nothing sampled for any. */
class Desks {
  readonly #redis: Redis;
  readonly #sampling: Queue;
  readonly #stack: Stack;
  #open: AbortController | null = null;

  constructor(stack: Stack) {
    this.#stack = stack;
    this.#redis = new Redis(stack.redisUrl, { maxRetriesPerRequest: null });
    this.#sampling = new Queue('sampling', { connection: this.#redis, prefix: queuePrefix('sampling') });
  }

  async set(isOpen: boolean): Promise<void> {
    this.#open?.abort();
    this.#open = null;
    await (isOpen ? this.#sampling.resume() : this.#sampling.pause());
    if (!isOpen) return;
    this.#open = new AbortController();
    for (let n = 0; n < DESKS; n += 1) await this.#follow(this.#open.signal);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const token = createAccessTokens(SECRETS.JWT_SECRET, 3600).issue(fanId(OPERATOR), 'operator');
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${this.#stack.url}/api/admin/desk/events`, { headers, signal });
    if (!answer.ok || answer.body === null) throw new Error(`The desk answered ${answer.status}`);
    // Read to the end, which is ours.
    answer.body.pipeTo(new WritableStream()).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#open?.abort();
    await this.#sampling.close();
    this.#redis.disconnect();
  }
}

/** Processor time of the whole service while nothing is sold, in µs a second: with desks, and without. */
async function idleCosts(bench: Bench, stack: Stack, desks: Desks): Promise<{ open: number; none: number }> {
  const costs = { open: [] as number[], none: [] as number[] };
  const watched = [
    ...stack.processes,
    ...(bench.redisPid === null ? [] : [{ role: 'redis', pid: bench.redisPid }]),
  ];
  const spent = () => serviceCpu(Object.fromEntries(cpuByRole(watched, bench.postgresPid)));
  for (let turn = 0; turn < (bench.quick ? 4 : 8); turn += 1) {
    const which = turn % 2 === 0 ? 'open' : 'none';
    await desks.set(which === 'open');
    await sleep(500);
    const [before, startedAtMs] = [spent(), performance.now()];
    await sleep(6000);
    costs[which].push(((spent() - before) * 1_000_000) / (performance.now() - startedAtMs));
  }
  return { open: median(costs.open), none: median(costs.none) };
}

function outcomeOf(turns: ReadonlyMap<string, Turn[]>, idle: { open: number; none: number }): Outcome {
  const outcome = rateOutcome('desk', 'confirmed holds/s', turns);
  const [ours, none] = [turns.get('ours') ?? [], turns.get(WITHOUT) ?? []];
  const costOf = (all: readonly Turn[]) => median(all.map(({ cpu }) => serviceCpu(cpu)));
  const pairs = ours.flatMap(({ cpu }, round) => {
    const other = none[round];
    return other === undefined ? [] : [serviceCpu(cpu) / serviceCpu(other.cpu)];
  });
  const busyMicros = median(none.map(({ cpu, perSecond }) => serviceCpu(cpu) * perSecond));
  return {
    ...outcome,
    more: {
      ...outcome.more,
      'µs of processor per hold, with desks': costOf(ours),
      'µs of processor per hold, without': costOf(none),
      'processor per hold, with over without, middle of the pairs': median(pairs),
      'idle: µs of processor a second, with desks': idle.open,
      'idle: µs of processor a second, without': idle.none,
      'the difference, in percent of a busy sale': (100 * (idle.open - idle.none)) / busyMicros,
    },
  };
}
