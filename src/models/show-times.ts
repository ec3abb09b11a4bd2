import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { movedOpeningFault, type RoomNow } from '../waiting-room/policy-change';
import { PresaleConflictError } from './presale-making';
import { msOf, OPENS_AT } from './room-rules';
import { refuseEarlyOpening, type ScheduleFacts } from './schedule-store';

/** Which times of a date cannot be, beside each other and beside what else is arranged. */

type Opening = Pick<RoomNow, 'nowMs' | 'draw'> & { opensAtMs: number | null };

const ROOM_OPENING = `
  SELECT ${msOf('statement_timestamp()')} AS "nowMs", ${msOf(OPENS_AT)} AS "opensAtMs",
         CASE WHEN d.concert_id IS NULL THEN 'NONE' WHEN d.closed_at IS NULL THEN 'ANNOUNCED' ELSE 'CLOSED' END AS draw
    FROM concerts c LEFT JOIN draws d ON d.concert_id = c.id WHERE c.id = $1`;

/** When the concert's room opens, as its dates stand in this transaction. */
export async function openingOf(
  sequelize: Sequelize,
  concertId: string,
  transaction: Transaction,
): Promise<Opening> {
  const [opening] = await sequelize.query<Opening>(ROOM_OPENING, {
    bind: [concertId],
    type: QueryTypes.SELECT,
    transaction,
  });
  if (opening === undefined) throw new Error(`Concert ${concertId} has vanished`);
  return opening;
}

/** Once the date is changed. @throws PresaleConflictError when that opens the room at another moment than was promised */
export async function refuseMovedOpening(
  sequelize: Sequelize,
  concertId: string,
  before: Opening,
  transaction: Transaction,
): Promise<void> {
  await refuseEarlyOpening(sequelize, concertId, transaction);
  const { opensAtMs } = await openingOf(sequelize, concertId, transaction);
  const fault = movedOpeningFault(before, before.opensAtMs, opensAtMs);
  if (fault !== null) throw new PresaleConflictError('bookingStartAt', fault);
}

interface Arranged {
  nowMs: number;
  /** The room's own moment; null: none. */
  opensAtMs: number | null;
  /** When the last presale of this very date starts that is not over. */
  presaleStartsMs: number | null;
  /** When the last offer to somebody on its waiting list ends. */
  offersEndMs: number | null;
}

const ARRANGED = `
  SELECT ${msOf('statement_timestamp()')} AS "nowMs", ${msOf('c.opens_at')} AS "opensAtMs",
         (SELECT ${msOf('max(p.starts_at)')} FROM presales p
           WHERE p.concert_id = c.id AND p.ends_at > statement_timestamp() AND $2 = ANY(p.schedule_ids)) AS "presaleStartsMs",
         (SELECT ${msOf('max(b.expires_at)')} FROM bookings b
           WHERE b.schedule_id = $2 AND b.status = 'PENDING' AND b.expires_at > statement_timestamp()
             AND b.entry_id IS NOT NULL) AS "offersEndMs"
    FROM concerts c WHERE c.id = $1`;

/** Under the date's lock. @throws PresaleConflictError */
export async function refuseContradictions(
  sequelize: Sequelize,
  { before, after }: { before: ScheduleFacts; after: ScheduleFacts },
  transaction: Transaction,
): Promise<void> {
  refuseOrder(after);
  const [arranged] = await sequelize.query<Arranged>(ARRANGED, {
    bind: [after.concertId, after.id],
    type: QueryTypes.SELECT,
    transaction,
  });
  if (arranged === undefined) throw new Error(`Concert ${after.concertId} has vanished`);
  const { nowMs, opensAtMs, presaleStartsMs, offersEndMs } = arranged;
  for (const part of ['bookingEndAt', 'startAt'] as const) {
    const ends = after[part].getTime();
    // What is over already contradicts nothing: whoever ends the sale now may do so.
    if (ends === before[part].getTime() || ends <= nowMs) continue;
    if (part === 'bookingEndAt' && opensAtMs !== null && ends <= opensAtMs)
      throw new PresaleConflictError(
        part,
        `must lie after the opening of the waiting room, ${iso(opensAtMs)}`,
      );
    if (presaleStartsMs !== null && ends <= presaleStartsMs)
      throw new PresaleConflictError(
        part,
        `must lie after ${iso(presaleStartsMs)}, when a presale of this date starts`,
      );
  }
  const startsMs = after.startAt.getTime();
  if (startsMs !== before.startAt.getTime() && offersEndMs !== null && startsMs < offersEndMs)
    throw new PresaleConflictError(
      'startAt',
      `must not lie before ${iso(offersEndMs)}, when an offer of the waiting list ends`,
    );
}

function refuseOrder({ bookingStartAt, bookingEndAt, startAt, endAt }: ScheduleFacts): void {
  if (bookingStartAt >= bookingEndAt)
    throw new PresaleConflictError('bookingEndAt', 'must be after bookingStartAt');
  if (startAt >= endAt) throw new PresaleConflictError('endAt', 'must be after startAt');
  if (bookingStartAt >= endAt)
    throw new PresaleConflictError('bookingStartAt', 'must be before the show ends');
}

const iso = (ms: number): string => new Date(ms).toISOString();
