import { createDatabase } from '../../src/lib/database';
import { announceDraw } from '../../src/models/draw-store';
import { singleOutcome } from '../outcome';
import type { Scenario } from '../scenario';
import { Room } from '../stage/room';
import { CONCERT_ID } from '../stage/seed';
import { onStage } from '../stage/stage';

const WAITING = 1_000_000;
// Anything slower keeps Redis from a thousand polls.
const NOTED_FROM_US = 1000;

/** How long a draw takes from its moment until the first of a million can be let in, and how long Redis does nothing else. */
export const draw: Scenario = {
  name: 'draw',
  about: 'the draw of 1,000,000 entrants: closed, ordered and placed',
  run: async (bench) =>
    onStage(
      bench,
      { schedules: [1], fans: 1 },
      [{ name: 'ours', kind: 'database' }],
      async (room) => room.wait(1, WAITING),
      async ([stack]) => {
        if (stack === undefined) throw new Error('The draw needs ours');
        const room = Room.connect(stack.databaseUrl, stack.redisUrl);
        const database = createDatabase({ url: stack.databaseUrl, pool: 1, name: 'frontrow bench' });
        await database.transaction(async (transaction) => announceDraw(database, CONCERT_ID, transaction));
        await database.query(`UPDATE concerts SET admission_order = 'draw'`);
        await room.redis.config('SET', 'slowlog-log-slower-than', NOTED_FROM_US);
        await room.redis.config('SET', 'slowlog-max-len', 10_000);
        await room.redis.slowlog('RESET');
        const startMs = performance.now();
        const progress = await room.room.draw(CONCERT_ID);
        const seconds = (performance.now() - startMs) / 1000;
        const longestMs = await longestCallMs(room);
        await database.close();
        await room.close();
        bench.say(`    ${seconds.toFixed(1)} s, the longest call of Redis ${longestMs.toFixed(2)} ms`);
        const more = { 'longest call of Redis, ms': longestMs };
        const errors = progress === 'IN_FORCE' ? 0 : 1;
        return [singleOutcome({ name: 'draw', unit: 's', ours: seconds }, { errors, more })];
      },
    ),
};

/** What kept Redis longest, by its own count. */
async function longestCallMs(room: Room): Promise<number> {
  const noted: unknown = await room.redis.slowlog('GET', 10_000);
  const micros = Array.isArray(noted)
    ? noted.map((entry: unknown) => (Array.isArray(entry) ? Number(entry[2]) : 0))
    : [];
  return Math.max(0, ...micros) / 1000;
}
