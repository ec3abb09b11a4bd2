// Lives in the worker process.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Metrics } from '../../lib/metrics';
import type { RoomRecords, RoomRules, RoomStock, WaitingRoom } from '../../waiting-room';
import { CLOCK_JOBS } from '../queues/names';
import type { RoomStocks } from './room-stocks';

export interface AdmissionParts {
  room: WaitingRoom;
  records: Pick<RoomRecords, 'rules'>;
  stocks: Pick<RoomStocks, 'of'>;
  metrics: Metrics;
}

/** Ticks every open waiting room once, by the rules that Postgres has now. */
export async function tickRooms(parts: AdmissionParts): Promise<void> {
  const concertIds = await parts.room.openRooms();
  await showOnly(parts.metrics, new Set(concertIds));
  if (concertIds.length === 0) return;
  const rules = await parts.records.rules(concertIds);
  const stocks = await parts.stocks.of(rules);
  await Promise.all(
    concertIds.map(async (concertId) => {
      const own = rules.get(concertId);
      if (own !== undefined) await tickRoom(parts, concertId, own, stocks.get(concertId));
    }),
  );
}

/** Else every room there ever was would be told of for ever, with the figures of its last tick here. */
async function showOnly(metrics: Metrics, concertIds: ReadonlySet<string>): Promise<void> {
  for (const gauge of [metrics.roomWaiting, metrics.roomActive]) {
    for (const { labels } of (await gauge.get()).values) {
      if (!concertIds.has(String(labels.concert))) gauge.remove(labels);
    }
  }
}

async function tickRoom(
  { room, metrics }: AdmissionParts,
  concertId: string,
  rules: RoomRules,
  stock: RoomStock | undefined,
): Promise<void> {
  // No room may keep the others from their next tick.
  const until = Date.now() + CLOCK_JOBS.admission.everyMs;
  for (;;) {
    const tick = await room.tick(concertId, rules, stock);
    metrics.admitted.inc(tick.admitted);
    metrics.roomWaiting.set({ concert: concertId }, tick.waiting);
    metrics.roomActive.set({ concert: concertId }, tick.active);
    if (tick.waiting + tick.active === 0) await room.retire(concertId);
    // Where the interval's budget comes back before the next tick would, wait for it here: else the room would
    // admit up to a tick less often than its policy says.
    const retryInMs = tick.more ? 0 : tick.retryInMs;
    if (retryInMs === null || Date.now() + retryInMs >= until) return;
    await sleep(retryInMs);
  }
}
