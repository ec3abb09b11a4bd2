import { compete, httpPlayer } from '../contest';
import { outcomeOf } from '../outcome';
import type { Scenario } from '../scenario';
import { onStage, OURS, part } from '../stage/stage';
import { COMPLETED, holdOf } from './commands';
import { allRounds, contestOf, range } from './sizes';

const SEATS = 4000;

/** One fan at a time: how long from asking for a seat to having it. */
export const idle: Scenario = {
  name: 'idle',
  about: 'one connection: from POST to confirmed',
  run: async (bench) => {
    const fans = allRounds(bench) * SEATS;
    const scene = { schedules: range(allRounds(bench), () => SEATS), fans };
    return onStage(
      bench,
      scene,
      [OURS, part('direct')],
      async (room) => room.admit(1, fans),
      async (stacks) => {
        const hold = (round: number, seat: number) => holdOf(round + 1, seat, round * SEATS + seat);
        const players = stacks.map((stack) => ({
          ...httpPlayer(bench, stack, {
            connections: 1,
            accepted: [COMPLETED],
            prime: (round) => [hold(round, SEATS)],
            requests: (round, count) => range(count, (n) => hold(round, n + 1)),
          }),
          warmUp: 300,
        }));
        const turns = await compete(bench, players, contestOf(bench, 1, SEATS - 1));
        return [outcomeOf('idle', 'ms, p50', turns, (turn) => turn.p50)];
      },
    );
  },
};
