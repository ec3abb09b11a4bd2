// Lives in the worker process.
import type { Logger } from '../../lib/logger';
import type { Metrics } from '../../lib/metrics';
import type { ScheduleStore } from '../../models/schedule-store';
import type { UpkeepStore } from '../../models/upkeep-store';
import type { SeatMap } from '../../seat-map/seat-map';
import type { RoomRecords, WaitingRoom } from '../../waiting-room';
import type { Queues } from '../queues/queues';
import { eachPart } from './each-part';

export interface UpkeepParts {
  queues: Queues;
  schedules: ScheduleStore;
  store: UpkeepStore;
  seatMap: SeatMap;
  room: WaitingRoom;
  records: Pick<RoomRecords, 'neededUntil'>;
  metrics: Metrics;
  logger: Logger;
}

// Payers of this span are looked at again: their admissions should be over. It starts late enough for the worker's
// own step after the commit, and is two upkeep intervals long.
const PAYERS_FROM_MS = 12_000;
const PAYERS_TO_MS = 2000;
// Keeps one script short: Redis does nothing else meanwhile.
const PAYERS_AT_ONCE = 500;

/** Puts right what crashes and Redis losses left behind, and is in no hurry. Each part may run any number of times, anywhere. */
export async function runUpkeep(parts: UpkeepParts): Promise<void> {
  await eachPart(
    'upkeep',
    new Map([
      ['queues', async () => reassertQueues(parts)],
      ['seatMaps', async () => healSeatMaps(parts)],
      ['admissions', async () => endUsedAdmissions(parts)],
    ]),
    parts.logger,
  );
}

/** A Redis loss silently takes the rule of one job at a time with it. */
async function reassertQueues({ queues, schedules }: UpkeepParts): Promise<void> {
  const inUse = await schedules.inUse();
  await Promise.all(inUse.map(async (scheduleId) => queues.schedule(scheduleId).setGlobalConcurrency(1)));
}

async function healSeatMaps({ schedules, seatMap, metrics }: UpkeepParts): Promise<void> {
  const healed = await seatMap.heal(await schedules.inUse());
  metrics.repairs.inc({ repair: 'seat-map' }, healed.length);
}

/** A worker that died between its commit and the step after it has left payers admitted. */
async function endUsedAdmissions({ store, room, records, metrics }: UpkeepParts): Promise<void> {
  for (const [concertId, payers] of await store.recentPayers(PAYERS_FROM_MS, PAYERS_TO_MS)) {
    const stillHolding = await records.neededUntil(
      concertId,
      payers.map((payer) => payer.userId),
    );
    const done = payers.filter((payer) => !stillHolding.has(payer.userId));
    for (let start = 0; start < done.length; start += PAYERS_AT_ONCE) {
      const freed = await room.endAdmissions(concertId, done.slice(start, start + PAYERS_AT_ONCE));
      metrics.repairs.inc({ repair: 'admission' }, freed);
    }
  }
}
