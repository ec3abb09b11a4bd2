import { type SalePlan, SaleResultSchema, type SaleResult } from '../load/sale';
import type { Bench } from '../bench';
import { type Outcome, singleOutcome } from '../outcome';
import type { Scenario } from '../scenario';
import { cpuByRole } from '../stage/cpu';
import { CONCERT_ID } from '../stage/seed';
import type { Stack } from '../stage/stacks';
import { onStage, OURS } from '../stage/stage';
import { SALE_SEATS } from '../targets';

const WATCHERS = 1;
const POINTS = 10_000;

/** A whole evening's sale: three fans for every seat, all at once. */
export const onSale: Scenario = {
  name: 'on-sale',
  about: '20,000 seats: 60,000 fans join, are admitted, hold and pay up to four seats each',
  run: async (bench) => {
    const seats = bench.quick ? 2000 : SALE_SEATS;
    const fans = 3 * seats;
    const scene = {
      schedules: [seats],
      fans: fans + WATCHERS,
      points: POINTS,
      // Wide, but a door all the same: how fast it sells is to be the service's doing.
      policy: { maxActive: seats / 10, admitPerInterval: seats / 10, admitIntervalMs: 1000 },
    };
    return onStage(
      bench,
      scene,
      [OURS],
      async (room) => room.admit(fans + 1, fans + WATCHERS),
      async ([stack]) => {
        if (stack === undefined) throw new Error('The sale needs ours');
        return [await sale(bench, stack, seats, fans)];
      },
    );
  },
};

async function sale(bench: Bench, stack: Stack, seats: number, fans: number): Promise<Outcome> {
  const plan: SalePlan = {
    url: stack.url,
    connections: 500,
    fans,
    seats,
    scheduleId: '1',
    concertId: CONCERT_ID,
    watcher: fans + WATCHERS,
    limitSeconds: 600,
  };
  const watched = [
    ...stack.processes,
    ...(bench.redisPid === null ? [] : [{ role: 'redis', pid: bench.redisPid }]),
  ];
  bench.say(`    ${fans} fans come for ${seats} seats`);
  const before = cpuByRole(watched, bench.postgresPid);
  const result = await bench.generator.ask('sale', plan, SaleResultSchema);
  const after = cpuByRole(watched, bench.postgresPid);
  const cpuMs = new Map([...after].map(([role, ms]) => [role, ms - (before.get(role) ?? 0)]));
  bench.say(`    sold out after ${result.soldOutAfter.toFixed(1)} s, with ${result.requests} requests`);
  for (const [error, count] of Object.entries(result.errors)) bench.say(`      ${count} × ${error}`);
  return outcomeOf(result, cpuMs);
}

function outcomeOf(result: SaleResult, cpuMs: ReadonlyMap<string, number>): Outcome {
  const { soldOutAfter, allJoinedAfter, firstSaleAfter, requests, counts, errors, figures } = result;
  const spent = [...cpuMs, ['generator', result.cpuMs] as const];
  return singleOutcome(
    { name: 'on-sale', unit: 's to sell out', ours: soldOutAfter },
    {
      p50: figures['ms of a hold, p50'] ?? Number.NaN,
      p99: figures['ms of a hold, p99'] ?? Number.NaN,
      cpu: Object.fromEntries(spent.map(([role, ms]) => [role, (ms * 1000) / requests])),
      errors: Object.values(errors).reduce((sum, n) => sum + n, 0),
      more: {
        'all joined after s': allJoinedAfter,
        'first sale after s': firstSaleAfter,
        requests,
        ...counts,
        ...figures,
        ...Object.fromEntries(spent.map(([role, ms]) => [`s of ${role}`, ms / 1000])),
      },
    },
  );
}
