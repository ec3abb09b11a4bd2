// Lives in the worker process.
import { z } from 'zod';
import type { Booking, Changes } from '../../booking/types';
import type { CommandTally } from '../../desk/command-tally';
import type { Logger } from '../../lib/logger';
import type { Metrics } from '../../lib/metrics';
import type { RoomRecords, WaitingRoom } from '../../waiting-room';
import type { SeatMap } from '../../seat-map/seat-map';
import type { OutcomeCache } from '../outcomes/outcome-cache';
import { endingOf } from '../outcomes/outcomes';
import type { Releases } from './releases';
import type { DecidedGroup } from './run-group';
import { TIMES } from '../../lib/times';
import type { RedisClient } from '../../lib/redis';
import { tellWaiters } from '../outcomes/waitlist-news';

export interface AfterCommitParts {
  redis: RedisClient;
  outcomeCache: OutcomeCache;
  releases: Releases;
  room: WaitingRoom;
  records: Pick<RoomRecords, 'neededUntil'>;
  seatMap: SeatMap;
  tally: Pick<CommandTally, 'add'>;
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
  const newHolds = changes.newBookings.filter((booking) => booking.status === 'PENDING');
  // Offers of the waiting list have nothing to do with the room: they keep nobody in it.
  const holds = newHolds.filter(isChosen).map(({ userId, expiresAt }) => ({ userId, untilMs: expiresAt }));
  const ends = newHolds.map(({ expiresAt }) => expiresAt);
  const steps: Record<string, () => Promise<unknown>> = {
    'seat map': async () =>
      version === null
        ? null
        : // Holds of one transaction end together, but for offers. Of both, what the door is told too early does no harm.
          parts.seatMap.change(
            scheduleId,
            version,
            changes.seatStates,
            ends.length === 0 ? 0 : Math.min(...ends),
          ),
    'outcome cache': async () =>
      parts.outcomeCache.keep([...ended, ...endedBefore].filter(({ id }) => polled.has(id))),
    admissions: async () => (holds.length === 0 ? null : parts.room.extend(concertId, holds)),
    'ended admissions': async () => endAdmissions(parts, decided),
    'shortened admissions': async () => shortenAdmissions(parts, decided),
    'release job': async () => parts.releases.schedule(scheduleId, ends),
    'waiting list': async () => tellWaitingList(parts, changes),
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
  count(parts, decided);
}

/** Paying ends the admission, except of those who hold, or wait for, other seats of the concert: they must be able to pay. */
async function endAdmissions(
  parts: AfterCommitParts,
  { schedule, ended, endedBefore }: DecidedGroup,
): Promise<void> {
  const { concertId } = schedule;
  // Those paid before as well: whoever carried that out may have died right then.
  const payers = [...ended, ...endedBefore].filter(
    ({ kind, status, outcome }) => kind === 'pay' && status === 'completed' && !isOfOffer(outcome),
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
    (booking) => booking.status === 'CANCELLED' && booking.paidAt === null && isChosen(booking),
  );
  const userIds = [...new Set(returned.map(({ userId }) => userId))];
  if (userIds.length === 0) return;
  const holdEnds = await parts.records.neededUntil(concertId, userIds);
  const holders = userIds.map((userId) => ({ userId, untilMs: holdEnds.get(userId)?.getTime() ?? 0 }));
  await parts.room.shorten(concertId, holders);
}

/** Whoever's entry was made or has changed, or whose offer has. What is told of offers elsewhere begins here, too. */
async function tellWaitingList({ redis }: AfterCommitParts, changes: Changes): Promise<void> {
  const { newBookings, changedBookings, enlisted, withdrawnEntries } = changes;
  const offers = [...newBookings, ...changedBookings].filter((booking) => !isChosen(booking));
  const userIds = [...offers, ...enlisted, ...withdrawnEntries].map(({ userId }) => userId);
  if (userIds.length > 0) await tellWaiters(redis, [...new Set(userIds)]);
}

const isChosen = ({ entryId }: Booking): boolean => entryId === null;

const PaidOffer = z.object({ booking: z.object({ entryId: z.string() }) });
const isOfOffer = (outcome: unknown): boolean => PaidOffer.safeParse(outcome).success;

function count(
  { metrics, tally }: Pick<AfterCommitParts, 'metrics' | 'tally'>,
  { schedule, changes, ended }: DecidedGroup,
): void {
  for (const command of ended) {
    const outcome = endingOf(command);
    metrics.outcomes.inc({ kind: command.kind, outcome });
    tally.add(schedule.concertId, 'queue', command.kind, outcome);
  }
  metrics.released.inc(changes.changedBookings.filter((booking) => booking.status === 'EXPIRED').length);
}
