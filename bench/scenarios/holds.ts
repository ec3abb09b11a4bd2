import type { Bench } from '../bench';
import { compete, httpPlayer, middle, type Player, ratio, type Turn } from '../contest';
import type { Accepted, PlannedRequest } from '../load/plan';
import type { Outcome, Scenario } from '../scenario';
import { CONCERT_ID } from '../stage/seed';
import type { Stack } from '../stage/stacks';
import { onStage, OURS, type Part, part } from '../stage/stage';

const SEATS = 20_000;
// Seats kept for waking a schedule up before it is measured.
const PRIMING_SEATS = 20;

export const COMPLETED: Accepted = { name: 'confirmed', status: 200, contains: '"status":"completed"' };

export const holdOf = (scheduleId: number, seat: number, fan: number): PlannedRequest => ({
  method: 'POST',
  path: `/api/concerts/seats/${scheduleId}-${seat}/book`,
  fan,
  concertId: CONCERT_ID,
  headers: { prefer: 'wait=10' },
});

/** Distinct seats of one schedule of 20,000, each by its own fan, who waits for the outcome. */
export function holds(connections: number, parts: Part[]): Scenario {
  return {
    name: `holds-${connections}`,
    about: `confirmed holds of distinct seats of one schedule, ${connections} connections`,
    run: async (bench) => {
      const rounds = bench.quick ? 2 : 5;
      const most = bench.quick ? 6000 : SEATS - PRIMING_SEATS;
      const fans = (rounds + 1) * SEATS;
      const scene = { schedules: Array.from({ length: rounds + 1 }, () => SEATS), fans };
      return onStage(
        bench,
        scene,
        [OURS, ...parts],
        async (room) => room.admit(1, fans),
        async (stacks) => {
          const players = stacks.map((stack) => playerOf(bench, stack, connections));
          const seconds = bench.quick ? 1.5 : 4;
          const turns = await compete(bench, players, { rounds, seconds, most, least: connections * 2 });
          return outcomeOf(`holds-${connections}`, 'confirmed holds/s', turns);
        },
      );
    },
  };
}

function playerOf(bench: Bench, stack: Stack, connections: number): Player {
  // Every round has its own schedule and its own fans.
  const request = (round: number, seat: number) => holdOf(round + 1, seat, round * SEATS + seat);
  return httpPlayer(bench, stack, {
    connections,
    warmUp: stack.name === 'row-lock' ? 600 : 3000,
    accepted: [COMPLETED],
    prime: (round) => Array.from({ length: PRIMING_SEATS }, (_, n) => request(round, SEATS - n)),
    requests: (round, count) => Array.from({ length: count }, (_, n) => request(round, n + 1)),
  });
}

/** The usual outcome: rates of all, and how ours compares with each. */
export function outcomeOf(name: string, unit: string, turns: ReadonlyMap<string, Turn[]>): Outcome {
  const ours = turns.get('ours') ?? [];
  const others = [...turns].filter(([player]) => player !== 'ours');
  const rate = (turn: Turn) => turn.perSecond;
  const figures = (player: string, all: Turn[]) => [
    ...Object.keys(all[0]?.cpu ?? {}).map((role): [string, number] => [
      `cpu µs ${player}: ${role}`,
      middle(all, (turn) => turn.cpu[role] ?? 0),
    ]),
    ...Object.keys(all[0]?.means ?? {}).map((mean): [string, number] => [
      mean,
      middle(all, (turn) => turn.means[mean] ?? 0),
    ]),
  ];
  return {
    name,
    unit,
    ours: middle(ours, rate),
    baselines: Object.fromEntries(others.map(([player, all]) => [player, middle(all, rate)])),
    ratios: Object.fromEntries(others.map(([player, all]) => [player, ratio(ours, all, rate)])),
    p50: middle(ours, (turn) => turn.p50),
    p99: middle(ours, (turn) => turn.p99),
    errors: ours.reduce((sum, { errors }) => sum + Object.values(errors).reduce((a, b) => a + b, 0), 0),
    more: Object.fromEntries([...turns].flatMap(([player, all]) => figures(player, all))),
  };
}

export const HOLDS: Scenario[] = [
  holds(50, [part('direct')]),
  holds(200, [part('direct'), part('row-lock'), part('bare')]),
  holds(1000, [part('direct')]),
];
