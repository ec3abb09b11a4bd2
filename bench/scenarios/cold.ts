import type { Bench } from '../bench';
import { compete, httpPlayer, type Player } from '../contest';
import { rateOutcome } from '../outcome';
import type { Scenario } from '../scenario';
import type { Stack } from '../stage/stacks';
import { onStage, OURS, part } from '../stage/stage';
import { COMPLETED, holdOf } from './commands';
import { range } from './sizes';

const CONNECTIONS = 200;
const REQUESTS = 1000;

/**
 * What the first fans meet after a deployment: before every turn its processes are started anew, and nothing is sent to
 * them but the question whether they are ready.
 */
export const cold: Scenario = {
  name: 'cold',
  about: `the first ${REQUESTS} holds of freshly started processes, ${CONNECTIONS} connections`,
  run: async (bench) => {
    const rounds = bench.quick ? 3 : 9;
    const fans = (rounds + 1) * REQUESTS;
    const scene = { schedules: range(rounds + 1, () => REQUESTS), fans };
    return onStage(
      bench,
      scene,
      [OURS, part('direct')],
      async (room) => room.admit(1, fans),
      async (stacks) => {
        const players = stacks.map((stack) => beginner(bench, stack));
        // The uncounted round warms up the generator, Postgres and Redis.
        const turns = await compete(bench, players, {
          rounds,
          seconds: 0,
          most: REQUESTS,
          least: REQUESTS,
        });
        return [rateOutcome('cold', 'of the first holds/s', turns)];
      },
    );
  },
};

function beginner(bench: Bench, stack: Stack): Player {
  const player = httpPlayer(bench, stack, {
    connections: CONNECTIONS,
    accepted: [COMPLETED],
    requests: (round, count) => range(count, (n) => holdOf(round + 1, n + 1, round * REQUESTS + n + 1)),
  });
  return {
    ...player,
    warmUp: REQUESTS,
    prime: async () => stack.restart(),
    play: async (round, count) => {
      const result = await player.play(round, count);
      // Here the first answers count as well: they are what it is about.
      return { ...result, perSecond: (1000 * (result.counts['confirmed'] ?? 0)) / result.elapsedMs };
    },
  };
}
