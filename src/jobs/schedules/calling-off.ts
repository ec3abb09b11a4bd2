// Lives in the worker process.
import { callOff } from '../../booking/call-off';
import { isDatabaseAway, isTransient } from '../../lib/database-errors';
import { inTwoTrips, type Prepared } from '../../lib/pipeline';
import { loadCalledOff } from '../../models/called-off-state';
import { groupWrites } from '../../models/group-changes';
import { CALLED_OFF } from '../../models/group-statements';
import type { UpkeepStore } from '../../models/upkeep-store';
import type { DecidedGroup, GroupParts } from './run-group';

export interface CallingOffParts extends Pick<GroupParts, 'database' | 'catalog' | 'logger'> {
  upkeep: Pick<UpkeepStore, 'nextClaimedSeat'>;
}

// Seats whose bookings one transaction ends: it keeps the date, and the balances of those who paid, locked.
export const CALL_OFF_SEATS = 500;
// Then whatever waits in the date's queue has its turn: it is refused, and whoever sent it knows.
const TURN_MS = 250;

/**
 * Goes on with the cancellation of a date for a moment, one bounded transaction after the other. What was done is done, whatever dies: the
 * next one begins with what is live.
 * @param from where the moment before has stopped
 * @param follow what is to be done after each commit
 * @returns where to go on; null: there is nothing more to do
 */
export async function callOffForAMoment(
  parts: CallingOffParts,
  { scheduleId, ...from }: { scheduleId: string; afterSeat: number },
  follow: (decided: DecidedGroup) => Promise<void>,
): Promise<number | null> {
  const until = performance.now() + TURN_MS;
  // A booking that cannot be ended must not keep the others from theirs: it is passed over until all of them had their turn.
  let { afterSeat } = from;
  for (;;) {
    const step = await tryStep(parts, scheduleId, afterSeat);
    if (step === 'none') return null;
    if (typeof step === 'number') afterSeat = step;
    else await follow(step);
    if (performance.now() > until) return afterSeat;
  }
}

/** @returns the seat of a booking that is passed over, else what was done */
async function tryStep(
  parts: CallingOffParts,
  scheduleId: string,
  afterSeat: number,
): Promise<DecidedGroup | 'none' | number> {
  try {
    return await step(parts, { scheduleId, afterSeat, seats: CALL_OFF_SEATS });
  } catch (error) {
    if (isDatabaseAway(error) || isTransient(error)) throw error;
    parts.logger.error({ err: error, scheduleId }, 'a step of a cancellation failed: now one booking alone');
  }
  try {
    return await step(parts, { scheduleId, afterSeat, seats: 1 });
  } catch (error) {
    if (isDatabaseAway(error) || isTransient(error)) throw error;
    const seat = await parts.upkeep.nextClaimedSeat(scheduleId, afterSeat);
    parts.logger.error({ err: error, scheduleId, seat }, 'a booking of a show that was called off stays');
    return seat ?? 'none';
  }
}

async function step(
  parts: CallingOffParts,
  { scheduleId, ...part }: { scheduleId: string; afterSeat: number; seats: number },
): Promise<DecidedGroup | 'none'> {
  const entry = await parts.catalog.find(scheduleId);
  if (entry === null) throw new Error(`There is no schedule ${scheduleId}`);
  const { decided } = await inTwoTrips(
    parts.database,
    async (run) => {
      const found = await loadCalledOff(run, { entry, ...part });
      if (found === null || found.state.bookings.length === 0)
        return {
          decided: 'none' as const,
          writes: doneUnless(found === null || part.afterSeat > 0, scheduleId),
        };
      const { state, locked, now } = found;
      const { changes, cancelled, refunded, points } = callOff(state, now);
      const group: DecidedGroup = {
        schedule: state.schedule,
        commands: [],
        ended: [],
        endedBefore: [],
        changes,
        version: locked.versions.seats + 1,
        moreDue: false,
      };
      const counted = { statement: CALLED_OFF.counted, values: [scheduleId, cancelled, refunded, points] };
      return { decided: group, writes: [...groupWrites([group], now), counted] };
    },
    ({ writes }) => writes,
  );
  return decided;
}

const doneUnless = (isNot: boolean, scheduleId: string): Prepared[] =>
  isNot ? [] : [{ statement: CALLED_OFF.done, values: [scheduleId] }];
