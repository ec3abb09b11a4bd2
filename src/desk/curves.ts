import { z } from 'zod';
import type { RedisClient } from '../lib/redis';
import { runScript, scriptOf } from '../lib/redis-script';
import { curveKey } from './keys';

/** What is drawn of a room, in the order in which a sample keeps it. null: not known then. */
export const CURVES = [
  'waiting',
  'active',
  'admittedTotal',
  'abandonedTotal',
  'admittedPerSecond',
  'oldestWaitSeconds',
  'available',
  'held',
  'sold',
  'revenue',
  'backlogSeconds',
  'commandsPerSecond',
  'refusedPerSecond',
] as const;
export type Curve = (typeof CURVES)[number];
export type Sample = Record<Curve, number | null>;

export const Lines = z.record(z.enum(CURVES), z.array(z.number().nullable()));

/** The samples of a concert: `at` in seconds since 1970, and a line for each curve, as long. */
export interface Columns {
  at: number[];
  lines: z.infer<typeof Lines>;
}

export const CURVE_STEP_MS = 5000;
export const CURVES_KEPT_MS = 3_600_000;
const PLACES = CURVES_KEPT_MS / CURVE_STEP_MS;

/** The last hour of each concert, in a ring: as many places as it has steps, so its size is bounded and two samples of one step are one. */
export interface Curves {
  add(concertId: string, sample: Sample): Promise<void>;
  read(concertId: string): Promise<Columns>;
}

const NOW = `local time = redis.call('TIME'); local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)`;

// KEYS: the ring. ARGV: the numbers. By Redis' clock: whichever worker samples, time goes one way.
const ADD = scriptOf(`
  ${NOW}
  local step = math.floor(nowMs / ${CURVE_STEP_MS})
  redis.call('HSET', KEYS[1], step % ${PLACES}, string.format('%.0f', step * ${CURVE_STEP_MS}) .. ' ' .. ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ${CURVES_KEPT_MS})
`);

// What is older than a turn of the ring stands in it until it is written over.
const READ = scriptOf(`
  ${NOW}
  local kept = {}
  for _, text in ipairs(redis.call('HVALS', KEYS[1])) do
    local at = tonumber(string.match(text, '^%d+'))
    if at > nowMs - ${CURVES_KEPT_MS} and at <= nowMs then kept[#kept + 1] = text end
  end
  return kept
`);

const Texts = z.array(z.string());
const Numbers = z.array(z.number().nullable());

export function createCurves(redis: RedisClient): Curves {
  return {
    add: async (concertId, sample) => {
      const numbers = JSON.stringify(CURVES.map((curve) => sample[curve]));
      await runScript(redis, ADD, [curveKey(concertId)], [numbers]);
    },
    read: async (concertId) => {
      const texts = Texts.parse(await runScript(redis, READ, [curveKey(concertId)], []));
      const samples = texts.map((text) => {
        const space = text.indexOf(' ');
        return {
          atMs: Number(text.slice(0, space)),
          numbers: Numbers.parse(JSON.parse(text.slice(space + 1))),
        };
      });
      samples.sort((a, b) => a.atMs - b.atMs);
      const line = (index: number) => samples.map(({ numbers }) => numbers[index] ?? null);
      return {
        at: samples.map(({ atMs }) => atMs / 1000),
        lines: Lines.parse(Object.fromEntries(CURVES.map((curve, index) => [curve, line(index)]))),
      };
    },
  };
}
