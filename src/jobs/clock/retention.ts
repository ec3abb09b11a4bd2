// Lives in the worker process.
import type { Logger } from '../../lib/logger';
import type { Metrics } from '../../lib/metrics';
import {
  NO_SCHEDULE,
  type OverRoom,
  type OverSchedule,
  type RetentionStore,
} from '../../models/retention-store';
import type { SeatMap } from '../../seat-map/seat-map';
import type { WaitingRoom } from '../../waiting-room';
import type { Queues } from '../queues/queues';
import { eachPart } from './each-part';

export interface RetentionParts {
  queues: Pick<Queues, 'forget'>;
  store: RetentionStore;
  seatMap: Pick<SeatMap, 'forget'>;
  room: Pick<WaitingRoom, 'forget'>;
  /** How long a command is remembered after its end. */
  commandRetentionMs: number;
  metrics: Metrics;
  logger: Logger;
}

/** How many were removed; `more`: there may be others. */
type Step = () => Promise<{ removed: number; more: boolean }>;

// Rows that one statement removes: others wait for it hardly longer than for a group of commands.
const ROWS = 500;
// Schedules or rooms looked at side by side: each is a few round trips to Redis.
const AT_ONCE = 20;
// Of each kind and run: a day on which thousands of shows end must not keep the other kinds from theirs.
const TIME_MS = 2000;

/**
 * Forgets what is over, one small act after the other, and goes on with the next run where the time was too short. Each act
 * may run twice, and beside its copy.
 */
export async function runRetention(parts: RetentionParts): Promise<void> {
  const { store, commandRetentionMs } = parts;
  const steps: Record<string, Step> = {
    command: rows(async () => store.forgetCommands(commandRetentionMs, ROWS)),
    'revoked-token': rows(async () => store.forgetRevokedTokens(ROWS)),
    'given-up-place': rows(async () => store.forgetGivenUpPlaces(ROWS)),
    'presale-code': rows(async () => store.forgetPresaleCodes(ROWS)),
    schedule: schedules(parts),
    room: rooms(parts),
  };
  const timed = new Map<string, () => Promise<void>>();
  for (const [thing, step] of Object.entries(steps)) {
    timed.set(thing, async () => whileThereIsTime(parts.metrics, thing, step));
  }
  await eachPart('retention', timed, parts.logger);
}

async function whileThereIsTime(metrics: Metrics, thing: string, step: Step): Promise<void> {
  const deadline = performance.now() + TIME_MS;
  for (;;) {
    const { removed, more } = await step();
    metrics.retentionRemoved.inc({ thing }, removed);
    if (!more) return;
    if (performance.now() < deadline) continue;
    metrics.retentionCutShort.inc({ thing });
    return;
  }
}

const rows =
  (forget: () => Promise<number>): Step =>
  async () => {
    const removed = await forget();
    return { removed, more: removed === ROWS };
  };

/** Queue, seat map and waiting list of schedules that are over. None is needed for anything. */
function schedules({ store, queues, seatMap, metrics, logger }: RetentionParts): Step {
  let after: Pick<OverSchedule, 'id' | 'overAt'> = NO_SCHEDULE;
  return async () => {
    const over = await store.overSchedules(after, AT_ONCE);
    // Those that stay for now must not be found again by this run.
    after = over.at(-1) ?? after;
    const forgotten = await those(over, logger, async ({ id }) => {
      if (!(await queues.forget(id))) return false;
      await seatMap.forget(id);
      return forgetWaiting(store, metrics, id);
    });
    await store.scheduleForgotten(forgotten);
    return { removed: forgotten.length, more: over.length === AT_ONCE };
  };
}

/** @returns false when there are more: the next run goes on */
async function forgetWaiting(
  store: Pick<RetentionStore, 'forgetWaiting'>,
  metrics: Metrics,
  scheduleId: string,
): Promise<boolean> {
  const removed = await store.forgetWaiting(scheduleId, ROWS);
  metrics.retentionRemoved.inc({ thing: 'waitlist-entry' }, removed);
  return removed < ROWS;
}

/** Waiting rooms of concerts whose dates are all over. */
function rooms({ store, room, logger }: RetentionParts): Step {
  let after = '0';
  return async () => {
    const over: OverRoom[] = await store.overRooms(after, AT_ONCE);
    after = over.at(-1)?.concertId ?? after;
    const forgotten = await those(over, logger, async ({ concertId }) => room.forget(concertId));
    await store.roomForgotten(forgotten);
    return { removed: forgotten.length, more: over.length === AT_ONCE };
  };
}

/**
 * Those that were forgotten. One that cannot be is left to the next run.
 * @throws the fault when all of them have failed: then it is not theirs
 */
async function those<Thing extends object>(
  things: readonly Thing[],
  logger: Logger,
  forget: (thing: Thing) => Promise<boolean>,
): Promise<Thing[]> {
  const faults: { thing: Thing; error: unknown }[] = [];
  const done = await Promise.all(
    things.map(async (thing) =>
      forget(thing).catch((error: unknown) => {
        faults.push({ thing, error });
        return false;
      }),
    ),
  );
  const [first] = faults;
  if (first !== undefined && faults.length === things.length) throw first.error;
  for (const { thing, error } of faults) {
    logger.warn({ err: error, thing }, 'something that is over cannot be removed');
  }
  return things.filter((_thing, index) => done[index]);
}
