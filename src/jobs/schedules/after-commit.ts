// Lives in the worker process.
import type { Logger } from '../../lib/logger';
import type { Metrics } from '../../lib/metrics';
import type { RoomRecords, WaitingRoom } from '../../waiting-room';
import type { SeatMap } from '../../seat-map/seat-map';
import type { OutcomeCache } from '../outcomes/outcome-cache';
import type { Releases } from './releases';
import type { DecidedGroup } from './run-group';
import { TIMES } from '../../lib/times';

export interface AfterCommitParts {
  outcomeCache: OutcomeCache;
  releases: Releases;
  room: WaitingRoom;
  records: Pick<RoomRecords, 'neededUntil'>;
  seatMap: SeatMap;
  metrics: Metrics;
  logger: Logger;
}

/**
 * What follows from a committed transaction. All of it may be lost with the process: readers fall back to Postgres,
 * and upkeep repairs. So a failure here is logged and never fails the job, whose work is done.
 * @param polled the commands whose outcomes will be asked for
 */
export async function afterCommit(
  parts: AfterCommitParts,
  decided: DecidedGroup,
  polled: ReadonlySet<string>,
): Promise<void> {
  const { schedule, changes, ended, endedBefore, version } = decided;
  const { id: scheduleId, concertId } = schedule;
  const holds = changes.newBookings
    .filter((booking) => booking.status === 'PENDING')
    .map(({ userId, expiresAt }) => ({ userId, untilMs: expiresAt }));
  const steps: Record<string, () => Promise<unknown>> = {
    'seat map': async () =>
      version === null
        ? null
        : // Holds of one transaction end together: they were made at the same moment.
          parts.seatMap.change(scheduleId, version, changes.seatStates, holds[0]?.untilMs ?? 0),
    'outcome cache': async () =>
      parts.outcomeCache.keep([...ended, ...endedBefore].filter(({ id }) => polled.has(id))),
    admissions: async () => (holds.length === 0 ? null : parts.room.extend(concertId, holds)),
    'ended admissions': async () => endAdmissions(parts, decided),
    'shortened admissions': async () => shortenAdmissions(parts, decided),
    'release job': async () =>
      parts.releases.schedule(
        scheduleId,
        holds.map((hold) => hold.untilMs),
      ),
  };
  await Promise.all(
    Object.entries(steps).map(async ([step, run]) => {
      try {
        await run();
      } catch (error) {
        parts.logger.warn({ err: error, scheduleId, step }, 'after a commit, a step failed');
      }
    }),
  );
  count(parts.metrics, decided);
}

/** Paying ends the admission, except of those who hold, or wait for, other seats of the concert: they must be able to pay. */
async function endAdmissions(
  parts: AfterCommitParts,
  { schedule, ended, endedBefore }: DecidedGroup,
): Promise<void> {
  const { concertId } = schedule;
  // Those paid before as well: whoever carried that out may have died right then.
  const payers = [...ended, ...endedBefore].filter(
    ({ kind, status }) => kind === 'pay' && status === 'completed',
  );
  if (payers.length === 0) return;
  const stillHolding = await parts.records.neededUntil(
    concertId,
    payers.map((payer) => payer.userId),
  );
  // Places are numbered by Redis' clock, payments by Postgres's. Right after the payment nobody can have a later place
  // than the one that was paid from, so a difference of clocks must not keep the slot taken.
  const done = payers
    .filter((payer) => !stillHolding.has(payer.userId))
    .map(({ userId, finishedAtMs }) => ({ userId, paidAtMs: finishedAtMs + TIMES.clockSkewMs }));
  await parts.room.endAdmissions(concertId, done);
}

/**
 * Giving seats back ends what the hold added to the admission: by holding and cancelling in turn it could be kept for as
 * long as anybody liked.
 */
async function shortenAdmissions(
  parts: AfterCommitParts,
  { schedule, changes }: DecidedGroup,
): Promise<void> {
  const { concertId } = schedule;
  const returned = changes.changedBookings.filter(
    ({ status, paidAt }) => status === 'CANCELLED' && paidAt === null,
  );
  const userIds = [...new Set(returned.map(({ userId }) => userId))];
  if (userIds.length === 0) return;
  const holdEnds = await parts.records.neededUntil(concertId, userIds);
  const holders = userIds.map((userId) => ({ userId, untilMs: holdEnds.get(userId)?.getTime() ?? 0 }));
  await parts.room.shorten(concertId, holders);
}

function count(metrics: Metrics, { changes, ended }: DecidedGroup): void {
  for (const { kind, status, outcome } of ended) {
    const code =
      status === 'rejected' && typeof outcome === 'object' && outcome !== null && 'code' in outcome;
    metrics.outcomes.inc({ kind, outcome: code ? String(outcome.code) : status });
  }
  metrics.released.inc(changes.changedBookings.filter((booking) => booking.status === 'EXPIRED').length);
}
