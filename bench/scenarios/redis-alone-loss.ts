import type { Bench } from '../bench';
import type { Outcome, Standing } from '../outcome';
import type { Scenario } from '../scenario';
import { type OwnRedis, startOwnRedis } from '../stage/own-redis';
import { onStage, OURS, part } from '../stage/stage';
import type { Stack } from '../stage/stacks';
import { killUnderLoad, type Loss, NO_LOSS } from './redis-loss';
import { range, SEATS } from './sizes';

// Redis brings its file to the disk once a second: a power cut takes what came since.
const TO_DISK_EVERY_MS = 1000;

/** How Redis goes, and how much of the end of its file goes with it, each time. */
const FATES = [
  { name: 'redis-alone-crash', forgottenMs: () => 0 },
  { name: 'redis-alone-power-cut', forgottenMs: () => Math.random() * TO_DISK_EVERY_MS },
];

/**
 * Redis is killed under load, again and again, and comes back with its file: whole, as after a crash of its own, and
 * without its end, as after one of its machine. Postgres goes on throughout.
 */
export const redisAloneLoss: Scenario = {
  name: 'redis-alone-loss',
  about:
    'Redis is killed under load and comes back with its file, whole or cut: confirmed holds that are gone',
  run: async (bench) => {
    const kills = bench.quick ? 2 : 5;
    const scene = { schedules: range(FATES.length * kills, () => SEATS), fans: FATES.length * kills * SEATS };
    const servers = new Map<string, OwnRedis>();
    try {
      const parts = [OURS, part('redis-alone')];
      for (const { name } of parts) servers.set(name, await startOwnRedis());
      return await onStage(
        bench,
        scene,
        parts.map((each) => ({ ...each, redis: { url: servers.get(each.name)?.url ?? '' } })),
        async (room) => room.admit(1, scene.fans),
        async (stacks) => {
          const outcomes: Outcome[] = [];
          for (const [index, { name, forgottenMs }] of FATES.entries()) {
            const schedules = range(kills, (n) => index * kills + n + 1);
            const losses = new Map<string, Loss>();
            for (const stack of stacks) {
              const redis = servers.get(stack.name);
              if (redis === undefined) continue;
              losses.set(stack.name, await killAgain({ bench, stack, redis, schedules, forgottenMs }));
            }
            outcomes.push(...outcomesOf(name, losses, kills));
          }
          return outcomes;
        },
      );
    } finally {
      for (const redis of servers.values()) await redis.stop();
    }
  },
};

interface Ordeal {
  bench: Bench;
  stack: Stack;
  redis: OwnRedis;
  /** One for each kill. */
  schedules: number[];
  forgottenMs(): number;
}

/** The sums over all kills. */
async function killAgain({ bench, stack, redis, schedules, forgottenMs }: Ordeal): Promise<Loss> {
  let total = NO_LOSS;
  for (const scheduleId of schedules) {
    const loss = await killUnderLoad(stack, redis, scheduleId, forgottenMs());
    const told = Object.entries(loss).map(([what, holds]) => `${holds} ${what}`);
    bench.say(`    ${stack.name.padEnd(12)} ${told.join(', ')}`);
    total = {
      confirmed: total.confirmed + loss.confirmed,
      inRedisAlone: total.inRedisAlone + loss.inRedisAlone,
      freeAgain: total.freeAgain + loss.freeAgain,
      gone: total.gone + loss.gone,
    };
  }
  return total;
}

/** What is gone, and what Redis has forgotten though it was promised: it would sell those seats again. */
function outcomesOf(name: string, losses: ReadonlyMap<string, Loss>, kills: number): Outcome[] {
  const outcome = (title: string, unit: string, of: (loss: Loss) => number): Outcome => ({
    name: title,
    unit,
    contestants: Object.fromEntries([...losses].map(([who, loss]) => [who, lookedAtOnce(of(loss))])),
    errors: 0,
    more: {},
  });
  const more = [...losses].flatMap(([who, { confirmed, inRedisAlone }]): [string, number][] => [
    [`${who}: holds confirmed`, confirmed],
    [`${who}: of them in Redis alone when it was killed`, inRedisAlone],
  ]);
  return [
    {
      ...outcome(name, `confirmed holds lost by ${kills} kills`, ({ gone }) => gone),
      more: Object.fromEntries(more),
    },
    outcome(`${name}-twice`, 'confirmed seats to be sold twice', ({ freeAgain }) => freeAgain),
  ];
}

const lookedAtOnce = (figure: number): Standing => ({ figure, rounds: [figure], ratios: [], cpu: {} });
