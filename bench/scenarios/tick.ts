import { setTimeout as sleep } from 'node:timers/promises';
import type { QueuePolicy } from '../../src/waiting-room/queue-policy';
import { median, percentile } from '../figures';
import { type Outcome, singleOutcome } from '../outcome';
import type { Scenario } from '../scenario';
import { Room } from '../stage/room';
import { CONCERT_ID } from '../stage/seed';
import { onStage } from '../stage/stage';

const WAITING = 1_000_000;
const ADMITTED = 1000;
const POLICY: QueuePolicy = {
  maxActive: 1_000_000,
  admitPerInterval: ADMITTED,
  admitIntervalMs: 100,
  activeTtlSeconds: 3600,
  abandonAfterSeconds: 3600,
  paused: false,
  opensAt: null,
  order: 'arrival',
  message: null,
  admitBeyondStock: true,
};

/** How long Redis is busy with one tick of a room with a million waiting, which lets a thousand in. */
export const tick: Scenario = {
  name: 'tick',
  about: 'one admission tick with 1,000,000 waiting, admitting 1,000: time in Redis',
  isOwnCode: true,
  run: async (bench) =>
    onStage(
      bench,
      { schedules: [1], fans: 1, policy: POLICY },
      [{ name: 'ours', kind: 'database' }],
      async (room) => room.wait(1, WAITING),
      async ([stack]) => {
        if (stack === undefined) throw new Error('The tick needs ours');
        const room = Room.connect(stack.databaseUrl, stack.redisUrl);
        const milliseconds: number[] = [];
        let wrong = 0;
        for (let i = 0; i < (bench.quick ? 20 : 100); i += 1) {
          await sleep(POLICY.admitIntervalMs * 1.5); // The interval's budget is back.
          const before = await scriptMicroseconds(room);
          const { admitted } = await room.room.tick(CONCERT_ID, {
            policy: POLICY,
            booking: { isOpen: true, opensAtMs: null },
            presale: 'NONE',
            draw: null,
          });
          milliseconds.push(((await scriptMicroseconds(room)) - before) / 1000);
          if (admitted !== ADMITTED) wrong += 1;
        }
        await room.close();
        bench.say(`    ${milliseconds.length} ticks, ${median(milliseconds).toFixed(2)} ms each`);
        return [outcomeOf(milliseconds, wrong)];
      },
    ),
};

/** Time that Redis has spent in scripts. */
async function scriptMicroseconds(room: Room): Promise<number> {
  const info = await room.redis.info('commandstats');
  const [, micros = '0'] = /cmdstat_evalsha:calls=\d+,usec=(\d+)/.exec(info) ?? [];
  return Number(micros);
}

function outcomeOf(milliseconds: number[], errors: number): Outcome {
  const p50 = median(milliseconds);
  const more = { 'longest, ms': Math.max(...milliseconds) };
  return singleOutcome(
    { name: 'tick', unit: 'ms in Redis', ours: p50 },
    { p50, p99: percentile(milliseconds, 0.99), errors, more },
  );
}
