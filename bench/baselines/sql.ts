import { Client } from 'pg';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import { percentile, steadyRate } from '../figures';
import type { VolleyResult } from '../load/plan';
import { fanId } from '../stage/fans';
import { answerTasks } from '../tasks';
import { HOLD, type HoldRow } from './direct-sql';

const HoldsSchema = z.object({
  databaseUrl: z.string(),
  connections: z.number(),
  scheduleId: z.number(),
  /** Seat 1 is held by this fan, seat 2 by the next one, and so on. */
  firstFan: z.number(),
  count: z.number(),
});

const HOLD_TTL_MS = 43_200_000;

/** `sql`: the statement of `direct`, one after the other on each connection. */
answerTasks({
  holds: async (input) => {
    const { databaseUrl, connections, scheduleId, firstFan, count } = HoldsSchema.parse(input);
    const times: number[] = [];
    const latencies: number[] = [];
    const errors: Record<string, number> = {};
    let next = 0;
    const work = async (): Promise<void> => {
      const client = new Client({ connectionString: databaseUrl });
      await client.connect();
      for (let n = next++; n < count; n = next++) {
        const startedAt = performance.now();
        const values = [uuidv7(), fanId(firstFan + n), scheduleId, [n + 1], HOLD_TTL_MS];
        const { rows } = await client.query<HoldRow>({ ...HOLD, values });
        const code = rows[0]?.code ?? 'nothing';
        latencies.push(performance.now() - startedAt);
        if (code === 'OK') times.push(performance.now());
        else errors[code] = (errors[code] ?? 0) + 1;
      }
      await client.end();
    };
    await Promise.all(Array.from({ length: connections }, work));
    const result: VolleyResult = {
      perSecond: steadyRate(times),
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      counts: { confirmed: times.length },
      errors,
      cpuMs: 0,
    };
    return result;
  },
});
