import type { Bench } from '../bench';
import { compete, type Player, type Turn, warmUpOf } from '../contest';
import { VolleyResultSchema } from '../load/plan';
import { middle, rateOutcome } from '../outcome';
import type { Scenario } from '../scenario';
import type { Stack } from '../stage/stacks';
import { onStage, OURS, type Part } from '../stage/stage';
import { holdOf } from './commands';
import { allRounds, contestOf, PRIMING, range, SEATS } from './sizes';

const CONNECTIONS = 200;
const POLL_AFTER_SECONDS = 0.25;
const WAITING: Part = { name: 'holds', kind: 'ours' };

/**
 * Fans who do not ask to wait: they are told 202, and poll as they are told to. Against the same service whose fans
 * wait for the outcome, by the same generator.
 */
export const polling: Scenario = {
  name: 'polling',
  about: 'holds by 202 and polls, against holds that wait, 200 connections',
  run: async (bench) => {
    const fans = allRounds(bench) * SEATS;
    const scene = { schedules: range(allRounds(bench), () => SEATS), fans };
    return onStage(
      bench,
      scene,
      [OURS, WAITING],
      async (room) => room.admit(1, fans),
      async (stacks) => {
        const players = stacks.map((stack) => playerOf(bench, stack));
        const turns = await compete(bench, players, contestOf(bench, CONNECTIONS, SEATS - PRIMING));
        const outcome = rateOutcome('polling', 'confirmed holds/s', turns);
        const perHold = (turn: Turn) => (turn.counts['polls'] ?? 0) / (turn.counts['confirmed'] ?? 1);
        const more = { ...outcome.more, 'polls per hold': middle(turns.get('ours') ?? [], perHold) };
        return [{ ...outcome, more }];
      },
    );
  },
};

function playerOf(bench: Bench, stack: Stack): Player {
  const waits = stack.name === WAITING.name;
  const hold = (round: number, seat: number) => {
    const { headers, ...request } = holdOf(round + 1, seat, round * SEATS + seat);
    return waits ? { ...request, headers } : request;
  };
  const follow = async (requests: ReturnType<typeof hold>[], fans: number) =>
    bench.generator.ask(
      'flow',
      { url: stack.url, connections: CONNECTIONS, fans, requests },
      VolleyResultSchema,
    );
  const { seconds } = contestOf(bench, CONNECTIONS, SEATS);
  return {
    name: stack.name,
    stack,
    warmUp: warmUpOf(bench, stack.name),
    prime: async (round) =>
      void (await follow(
        range(PRIMING, (n) => hold(round, SEATS - n)),
        PRIMING,
      )),
    play: async (round, count) => {
      // Somebody between two polls is no load: so many more fans come that as many as elsewhere want something now.
      const betweenPolls = waits ? 0 : Math.ceil((count / seconds) * POLL_AFTER_SECONDS);
      return follow(
        range(count, (n) => hold(round, n + 1)),
        CONNECTIONS + betweenPolls,
      );
    },
  };
}
