import { Client, Pool } from 'pg';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import { percentile, steadyRate } from '../figures';
import type { VolleyResult } from '../load/plan';
import { fanId } from '../stage/fans';
import { answerTasks } from '../tasks';
import { SEAT_PRICE } from '../stage/seed';
import { loadCatalogue } from './catalogue';
import { CONNECTION_OPTIONS, HOLD, type HoldRow, holdValues } from './direct-sql';

const HoldsSchema = z.object({
  databaseUrl: z.string(),
  connections: z.number(),
  scheduleId: z.number(),
  /** Seat 1 is held by this fan, seat 2 by the next one, and so on. */
  firstFan: z.number(),
  count: z.number(),
});

const FIXED = { totalPrice: SEAT_PRICE, ttlMs: 43_200_000 };

/** `sql`: the statement of `direct`, one after the other on each connection. */
answerTasks({
  holds: async (input) => {
    const { databaseUrl, connections, scheduleId, firstFan, count } = HoldsSchema.parse(input);
    const times: number[] = [];
    const latencies: number[] = [];
    const errors: Record<string, number> = {};
    let next = 0;
    const beganAt = performance.now();
    const catalogue = await readCatalogue(databaseUrl);
    const schedule = catalogue.get(String(scheduleId));
    if (schedule === undefined) throw new Error(`There is no schedule ${scheduleId}`);
    const work = async (): Promise<void> => {
      const client = new Client({ connectionString: databaseUrl, options: CONNECTION_OPTIONS });
      await client.connect();
      for (let n = next++; n < count; n = next++) {
        const startedAt = performance.now();
        const hold = { ...FIXED, id: uuidv7(), userId: fanId(firstFan + n), seatNumbers: [n + 1] };
        const values = holdValues({ ...hold, scheduleId: String(scheduleId) }, schedule);
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
      p99OfAll: percentile(latencies, 0.99),
      counts: { confirmed: times.length },
      errors,
      elapsedMs: performance.now() - beganAt,
      cpuMs: 0,
    };
    return result;
  },
});

async function readCatalogue(databaseUrl: string) {
  const pool = new Pool({ connectionString: databaseUrl, max: 1 });
  const catalogue = await loadCatalogue(pool);
  await pool.end();
  return catalogue;
}
