import { compete, httpPlayer } from '../contest';
import { rateOutcome } from '../outcome';
import type { Scenario } from '../scenario';
import { onStage, OURS, part } from '../stage/stage';
import { COMPLETED, payOf } from './commands';
import { allRounds, contestOf, PRIMING, range, SEATS } from './sizes';

const CONNECTIONS = 200;
const POINTS = 10_000;

/** Held seats are paid for: points debited, the payment and a ticket made, the admission over. */
export const pays: Scenario = {
  name: 'pays',
  about: 'held seats are paid for, 200 connections',
  run: async (bench) => {
    const rounds = allRounds(bench);
    const fans = rounds * SEATS;
    const held = range(rounds, (n) => ({ scheduleId: n + 1, firstFan: n * SEATS + 1, seats: SEATS }));
    const scene = { schedules: range(rounds, () => SEATS), fans, points: POINTS, held };
    return onStage(
      bench,
      scene,
      [OURS, part('direct'), part('row-lock')],
      async (room) => room.admit(1, fans),
      async (stacks) => {
        const pay = (round: number, seat: number) => payOf(round + 1, seat, round * SEATS + seat);
        const players = stacks.map((stack) =>
          httpPlayer(bench, stack, {
            connections: CONNECTIONS,
            accepted: [COMPLETED],
            prime: (round) => range(PRIMING, (n) => pay(round, SEATS - n)),
            requests: (round, count) => range(count, (n) => pay(round, n + 1)),
          }),
        );
        const turns = await compete(bench, players, contestOf(bench, CONNECTIONS, SEATS - PRIMING));
        return [rateOutcome('pays', 'confirmed pays/s', turns)];
      },
    );
  },
};
