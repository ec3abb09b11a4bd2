import path from 'node:path';
import type { Bench } from '../bench';
import { warmUpOf, type Player } from '../contest';
import { VolleyResultSchema } from '../load/plan';
import type { Stack } from '../stage/stacks';
import { Helper } from '../tasks';
import { SEATS } from './sizes';

/** `pgbench`-like: `direct`'s own statement from plain connections, no HTTP: what the database side alone can do. */
export function sqlPlayer(bench: Bench, stack: Stack, connections: number): Player {
  const helper = new Helper(path.join(__dirname, '../baselines/sql.js'));
  const { databaseUrl } = stack;
  return {
    name: stack.name,
    stack,
    warmUp: warmUpOf(bench, stack.name),
    play: async (round, count) => {
      const holds = { databaseUrl, connections, scheduleId: round + 1, firstFan: round * SEATS + 1, count };
      return helper.ask('holds', holds, VolleyResultSchema);
    },
    close: () => helper.stop(),
  };
}
