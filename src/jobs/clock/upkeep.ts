// Lives in the worker process.
import type { Logger } from '../../lib/logger';
import type { Metrics } from '../../lib/metrics';
import type { ScheduleStore } from '../../models/schedule-store';
import type { UpkeepStore } from '../../models/upkeep-store';
import type { SeatMap } from '../../seat-map/seat-map';
import type { RoomRecords, WaitingRoom } from '../../waiting-room';
import type { Queues } from '../queues/queues';
import { eachPart } from './each-part';
import { TIMES } from '../../lib/times';

export interface UpkeepParts {
  queues: Pick<Queues, 'ringForgotten'>;
  schedules: ScheduleStore;
  store: UpkeepStore;
  seatMap: SeatMap;
  room: WaitingRoom;
  records: Pick<RoomRecords, 'neededUntil'>;
  metrics: Metrics;
  logger: Logger;
}

const SCHEDULES_AT_ONCE = 150;
// Keeps one script short: Redis does nothing else meanwhile.
const PAYERS_AT_ONCE = 500;

/** Puts right what crashes and Redis losses left behind, and is in no hurry. Each part may run any number of times, anywhere. */
export async function runUpkeep(parts: UpkeepParts): Promise<void> {
  const inUse = someInUse(parts);
  inUse.catch(() => undefined); // Told to each part that needs it.
  await eachPart(
    'upkeep',
    new Map([
      ['queues', async () => parts.queues.ringForgotten(await inUse)],
      ['seatMaps', async () => healSeatMaps(parts, await inUse)],
      ['admissions', async () => endUsedAdmissions(parts)],
    ]),
    parts.logger,
  );
}

/** Of many schedules a part each time: looking at all of them would be most of what an idle worker does. */
const someInUse = async ({ schedules }: UpkeepParts): Promise<string[]> =>
  schedules.inUse(SCHEDULES_AT_ONCE, Math.floor(Date.now() / TIMES.upkeepEveryMs));

async function healSeatMaps({ seatMap, metrics }: UpkeepParts, inUse: readonly string[]): Promise<void> {
  const healed = await seatMap.heal(inUse);
  metrics.repairs.inc({ repair: 'seat-map' }, healed.length);
}

/** A worker that died between its commit and the step after it has left payers admitted. */
async function endUsedAdmissions({ store, room, records, metrics }: UpkeepParts): Promise<void> {
  for (const [concertId, payers] of await store.recentPayers(TIMES.payersFromMs, TIMES.payersToMs)) {
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
