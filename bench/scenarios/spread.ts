import { compete, httpPlayer, type Turn } from '../contest';
import { comparedWith, rateOutcome } from '../outcome';
import type { Scenario } from '../scenario';
import { onStage, OURS, type Part, part } from '../stage/stage';
import type { Bench } from '../bench';
import { COMPLETED, holdOf } from './commands';
import { allRounds, contestOf, range, SEATS } from './sizes';

const SCHEDULES = 100;

/** Holds of distinct seats that are spread evenly over a hundred schedules. */
export async function spreadOver(
  bench: Bench,
  parts: Part[],
  connections: number,
): Promise<Map<string, Turn[]>> {
  const rounds = allRounds(bench);
  const fans = rounds * SEATS;
  // Each round takes its own fifth, sixth, … of every schedule.
  const seatsPerRound = SEATS / SCHEDULES;
  const scene = { schedules: range(SCHEDULES, () => seatsPerRound * rounds + 1), fans: fans + SCHEDULES };
  const hold = (round: number, n: number) =>
    holdOf((n % SCHEDULES) + 1, round * seatsPerRound + Math.floor(n / SCHEDULES) + 1, round * SEATS + n + 1);
  const last = seatsPerRound * rounds + 1;
  return onStage(
    bench,
    scene,
    parts,
    async (room) => room.admit(1, fans + SCHEDULES),
    async (stacks) => {
      const players = stacks.map((stack) =>
        httpPlayer(bench, stack, {
          connections,
          accepted: [COMPLETED],
          // Wakes every schedule up once.
          prime: (round) => (round === 0 ? range(SCHEDULES, (n) => holdOf(n + 1, last, fans + n + 1)) : []),
          requests: (round, count) => range(count, (n) => hold(round, n)),
        }),
      );
      return compete(bench, players, contestOf(bench, connections, SEATS));
    },
  );
}

function spread(connections: number): Scenario {
  const name = `spread-${connections}`;
  return {
    name,
    about: `holds over ${SCHEDULES} schedules, ${connections} connections`,
    run: async (bench) => {
      const turns = await spreadOver(bench, [OURS, part('direct')], connections);
      return [rateOutcome(name, 'confirmed holds/s', turns)];
    },
  };
}

export const SPREADS: Scenario[] = [spread(200), spread(1000)];

/** The same with one, two and four worker processes: more must not give less. */
export const workers: Scenario = {
  name: 'workers',
  about: `1, 2 and 4 worker processes over ${SCHEDULES} schedules, 200 connections`,
  run: async (bench) => {
    const parts: Part[] = [
      { ...OURS, workers: 1 },
      { name: '2 workers', kind: 'ours', workers: 2 },
      { name: '4 workers', kind: 'ours', workers: 4 },
    ];
    const turns = await spreadOver(bench, parts, 200);
    // More processes over fewer.
    const outcome = comparedWith(rateOutcome('workers', 'confirmed holds/s', turns), '2 workers', 'ours');
    return [comparedWith(outcome, '4 workers', '2 workers')];
  },
};
