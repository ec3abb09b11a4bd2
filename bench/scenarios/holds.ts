import type { Bench } from '../bench';
import { compete, httpPlayer, type Player } from '../contest';
import { rateOutcome } from '../outcome';
import type { Scenario } from '../scenario';
import type { Stack } from '../stage/stacks';
import { onStage, OURS, type Part, part } from '../stage/stage';
import { COMPLETED, holdOf } from './commands';
import { allRounds, contestOf, PRIMING, range, SEATS } from './sizes';
import { sqlPlayer } from './sql-player';

/** Distinct seats of one schedule of 20,000, each by its own fan, who waits for the outcome. */
function holds(connections: number, parts: Part[]): Scenario {
  const name = `holds-${connections}`;
  return {
    name,
    about: `holds of distinct seats of one schedule, ${connections} connections`,
    run: async (bench) => {
      // Every round has a schedule and fans of its own.
      const fans = allRounds(bench) * SEATS;
      const scene = { schedules: range(allRounds(bench), () => SEATS), fans };
      return onStage(
        bench,
        scene,
        [OURS, ...parts],
        async (room) => room.admit(1, fans),
        async (stacks) => {
          const players = stacks.flatMap((stack) => playersOf(bench, stack, connections));
          const turns = await compete(bench, players, contestOf(bench, connections, SEATS - PRIMING));
          return [rateOutcome(name, 'confirmed holds/s', turns)];
        },
      );
    },
  };
}

function playersOf(bench: Bench, stack: Stack, connections: number): Player[] {
  if (stack.name === 'sql-1') return [sqlPlayer(bench, stack, 1)];
  if (stack.name === 'sql-8') return [sqlPlayer(bench, stack, 8)];
  const hold = (round: number, seat: number) => holdOf(round + 1, seat, round * SEATS + seat);
  return [
    httpPlayer(bench, stack, {
      connections,
      accepted: [COMPLETED],
      prime: (round) => range(PRIMING, (n) => hold(round, SEATS - n)),
      requests: (round, count) => range(count, (n) => hold(round, n + 1)),
    }),
  ];
}

const SQL_ONLY: Part[] = [
  { name: 'sql-1', kind: 'database' },
  { name: 'sql-8', kind: 'database' },
];

export const HOLDS: Scenario[] = [
  holds(50, [part('direct')]),
  holds(200, [part('direct'), part('row-lock'), part('redis-alone'), part('bare'), ...SQL_ONLY]),
  holds(1000, [part('direct')]),
];
