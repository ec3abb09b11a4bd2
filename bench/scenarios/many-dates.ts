import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Bench } from '../bench';
import { compete, httpPlayer } from '../contest';
import { comparedWith, type Outcome, rateOutcome, singleOutcome } from '../outcome';
import type { Scenario } from '../scenario';
import { cpuByRole } from '../stage/cpu';
import { onStage, type Part, OURS } from '../stage/stage';
import type { Stack } from '../stage/stacks';
import { COMPLETED, holdOf } from './commands';
import { allRounds, contestOf, range, SEATS } from './sizes';

const DATES = 10_000;
/** Those that the load goes to. */
const HOT = 100;
const CONNECTIONS = 200;

/** Only the hot ones can be booked in this part's database. */
const FEW: Part = {
  name: `${HOT} open`,
  kind: 'ours',
  sql: `UPDATE schedules SET booking_start_at = now() + interval '20 days' WHERE id > ${HOT}`,
};
const IN_TURN: Part = { name: 'all in turn', kind: 'ours' };

/** What ten thousand dates cost that nobody wants at the moment, and whether they slow down those that somebody wants. */
export const manyDates: Scenario = {
  name: 'many-dates',
  about: `${DATES} schedules open: idle, then ${CONNECTIONS} connections on ${HOT} of them, then on all in turn`,
  run: async (bench) => [await idleDates(bench), ...(await busyDates(bench))],
};

async function idleDates(bench: Bench): Promise<Outcome> {
  const scene = { schedules: range(DATES, () => 1), fans: 1 };
  return onStage(
    bench,
    scene,
    [OURS],
    async () => undefined,
    async ([stack]) => {
      if (stack === undefined) throw new Error('This needs ours');
      await sleep(bench.quick ? 10_000 : 30_000);
      const seconds = bench.quick ? 15 : 60;
      const before = cpu(bench, stack);
      await sleep(seconds * 1000);
      const after = cpu(bench, stack);
      const share = (role: string) => ((after.get(role) ?? 0) - (before.get(role) ?? 0)) / (seconds * 10);
      const more = {
        '% of a core, worker': share('worker'),
        '% of a core, web': share('web'),
        '% of a core, Redis': share('redis'),
        '% of a core, Postgres': share('postgres'),
        'connections of the worker to Redis': await redisConnections(stack),
      };
      const ours = residentMb(stack);
      bench.say(`    worker: ${ours.toFixed(0)} MB  ${JSON.stringify(more)}`);
      return singleOutcome({ name: 'many-dates-idle', unit: 'MB of worker', ours }, { errors: 0, more });
    },
  );
}

const workerPid = ({ processes }: Stack): number => processes.find(({ role }) => role === 'worker')?.pid ?? 0;

function cpu(bench: Bench, stack: Stack): Map<string, number> {
  const redis = bench.redisPid === null ? [] : [{ role: 'redis', pid: bench.redisPid }];
  return cpuByRole([...stack.processes, ...redis], bench.postgresPid);
}

function residentMb(stack: Stack): number {
  const status = readFileSync(`/proc/${workerPid(stack)}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

/** By the sockets of the process: Redis does not know whose its clients are. */
async function redisConnections(stack: Stack): Promise<number> {
  const redis = new Redis(stack.redisUrl);
  const clients = String(await redis.client('LIST'));
  redis.disconnect();
  const ports = new Set([...clients.matchAll(/ addr=[^ ]*:(\d+) /g)].map(([, port = '']) => port));
  const sockets = execFileSync('ss', ['-Htnp'], { encoding: 'utf8' }).split('\n');
  return sockets.filter((line) => {
    const [, , , local = ''] = line.split(/\s+/);
    return line.includes(`pid=${workerPid(stack)},`) && ports.has(local.split(':').at(-1) ?? '');
  }).length;
}

async function busyDates(bench: Bench): Promise<Outcome[]> {
  const rounds = allRounds(bench);
  const fans = rounds * SEATS;
  const seatsPerRound = { hot: SEATS / HOT, all: SEATS / DATES };
  const scene = {
    schedules: range(DATES, (i) => (i < HOT ? seatsPerRound.hot : seatsPerRound.all) * rounds),
    fans,
  };
  const hold = (over: number, perRound: number) => (round: number, n: number) =>
    holdOf((n % over) + 1, round * perRound + Math.floor(n / over) + 1, round * SEATS + n + 1);
  const [onHot, inTurn] = [hold(HOT, seatsPerRound.hot), hold(DATES, seatsPerRound.all)];
  const turns = await onStage(
    bench,
    scene,
    [OURS, FEW, IN_TURN],
    async (room) => room.admit(1, fans),
    async (stacks) =>
      compete(
        bench,
        stacks.map((stack) =>
          httpPlayer(bench, stack, {
            connections: CONNECTIONS,
            accepted: [COMPLETED],
            requests: (round, count) =>
              range(count, (n) => (stack.name === IN_TURN.name ? inTurn : onHot)(round, n)),
          }),
        ),
        contestOf(bench, CONNECTIONS, SEATS),
      ),
  );
  const outcome = rateOutcome('many-dates-busy', 'confirmed holds/s', turns);
  // Both loads over what a hundred open schedules give.
  return [comparedWith(outcome, IN_TURN.name, FEW.name)];
}
