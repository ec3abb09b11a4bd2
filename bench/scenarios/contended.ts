import { compete, httpPlayer } from '../contest';
import { rateOutcome } from '../outcome';
import type { Scenario } from '../scenario';
import { onStage, OURS, part } from '../stage/stage';
import { COMPLETED, holdOf, mapOf, TAKEN } from './commands';
import { allRounds, contestOf, range } from './sizes';

const SEATS = 50;
const CONNECTIONS = 200;
const MOST = 30_000;

/** 50 seats that everybody wants: each fan asks for one of them, and is told yes or no. */
export const contended: Scenario = {
  name: 'contended',
  about: '50 seats, everybody wants them, 200 connections',
  run: async (bench) => {
    const fans = allRounds(bench) * MOST;
    const scene = { schedules: range(allRounds(bench), () => SEATS), fans };
    return onStage(
      bench,
      scene,
      [OURS, part('direct'), part('row-lock'), part('redis-alone')],
      async (room) => room.admit(1, fans),
      async (stacks) => {
        const players = stacks.map((stack) =>
          httpPlayer(bench, stack, {
            connections: CONNECTIONS,
            accepted: [COMPLETED, TAKEN],
            // Fans have looked at the map before they choose. The baselines have none.
            prime: (round) => (stack.name === OURS.name ? [mapOf(round + 1, round * MOST + 1)] : []),
            requests: (round, count) =>
              range(count, (n) => holdOf(round + 1, (n % SEATS) + 1, round * MOST + n + 1)),
          }),
        );
        const turns = await compete(bench, players, contestOf(bench, CONNECTIONS, MOST));
        for (const [name, all] of turns) {
          const wrong = all.find(({ counts }) => counts['confirmed'] !== SEATS);
          if (wrong !== undefined)
            throw new Error(`${name} gave ${wrong.counts['confirmed']} of ${SEATS} seats`);
        }
        return [rateOutcome('contended', 'decided requests/s', turns)];
      },
    );
  },
};
