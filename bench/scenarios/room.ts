import type { Bench } from '../bench';
import { compete, httpPlayer, type Player } from '../contest';
import type { Accepted, PlannedRequest } from '../load/plan';
import { rateOutcome } from '../outcome';
import type { Scenario } from '../scenario';
import { Room } from '../stage/room';
import { CONCERT_ID } from '../stage/seed';
import type { Stack } from '../stage/stacks';
import { onStage, OURS, type Part, part } from '../stage/stage';
import { contestOf, range } from './sizes';

const CONNECTIONS = 200;
const MOST = 40_000;
const MILLION = 1_000_000;
const SIZES = new Map([
  [OURS.name, MILLION],
  ['with 100,000', 100_000],
  ['with 1,000', 1000],
]);
const PARTS: Part[] = [...SIZES.keys()].map((name) => ({ name, kind: 'ours' }));

const WAITING: Accepted = { name: 'polls', status: 200, contains: '"status":"WAITING"' };
const JOINED: Accepted = { name: 'joins', status: 201, contains: '"status":"WAITING"' };
const LOOKED: Accepted = { name: 'polls', status: 200, contains: '"admitted":' };

/** The same room with a thousand, a hundred thousand and a million waiting; all slots are taken. */
export const room: Scenario = {
  name: 'room',
  about: 'joins and polls with 1,000, 100,000 and 1,000,000 waiting, 200 connections',
  run: async (bench) => {
    let bytesPerWaiter = Number.NaN;
    const scene = { schedules: [1], fans: 1, policy: { maxActive: 1000 } };
    return onStage(
      bench,
      scene,
      [...PARTS, part('bare')],
      async (room, { name }) => {
        const size = SIZES.get(name) ?? 0;
        const before = await room.memory();
        await room.wait(1, size);
        if (size === MILLION) bytesPerWaiter = ((await room.memory()) - before) / size;
        await room.admit(size + 1, size + 1000);
      },
      async (stacks) => {
        const contest = contestOf(bench, CONNECTIONS, MOST);
        const polls = await compete(
          bench,
          stacks.map((stack) => ({ ...poller(bench, stack), plays: 'polls' })),
          contest,
        );
        const rooms = stacks.filter(({ name }) => SIZES.has(name));
        const joins = await compete(
          bench,
          rooms.map((stack) => ({ ...joiner(bench, stack), plays: 'joins' })),
          contest,
        );
        const outcome = rateOutcome('room-polls', 'polls/s', polls);
        return [
          { ...outcome, more: { ...outcome.more, 'bytes per waiter': bytesPerWaiter } },
          rateOutcome('room-joins', 'joins/s', joins),
        ];
      },
    );
  },
};

/** Asks from all over the room: the place of whoever is far behind must cost no more. */
function poller(bench: Bench, stack: Stack): Player {
  const size = SIZES.get(stack.name) ?? 1000;
  const poll = (n: number): PlannedRequest => ({
    method: 'GET',
    path: `/api/users/queue?concertId=${CONCERT_ID}`,
    fan: 1 + Math.floor(((n % 10_000) * size) / 10_000),
    concertId: CONCERT_ID,
  });
  return httpPlayer(bench, stack, {
    connections: CONNECTIONS,
    accepted: [stack.name === 'bare' ? LOOKED : WAITING],
    requests: (_round, count) => range(count, poll),
  });
}

/** Fans who were never there join at the end. */
function joiner(bench: Bench, stack: Stack): Player {
  const size = SIZES.get(stack.name) ?? 0;
  const room = Room.connect(stack.databaseUrl, stack.redisUrl);
  const body = JSON.stringify({ concertId: CONCERT_ID });
  return {
    ...httpPlayer(bench, stack, {
      connections: CONNECTIONS,
      accepted: [JOINED],
      requests: (round, count) =>
        range(count, (n) => ({
          method: 'POST',
          path: '/api/users/queue',
          fan: 2 * MILLION + round * MOST + n,
          body,
        })),
    }),
    // Whoever joined in the last round would make the small room a large one.
    prime: async () => room.cut(size),
    close: () => void room.close(),
  };
}
