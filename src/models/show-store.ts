import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { inTransaction } from '../lib/database';
import { difference, type DoneBy, writeAudit } from './audit-log';
import { factsOf, type ScheduleFacts } from './schedule-store';
import { openingOf, refuseContradictions, refuseMovedOpening } from './show-times';
import { Concert, Schedule } from './tables';

/** What may be changed of a date; what is left out stays. */
export interface ScheduleChange {
  bookingStartAt?: Date | undefined;
  bookingEndAt?: Date | undefined;
  startAt?: Date | undefined;
  endAt?: Date | undefined;
  stopped?: boolean | undefined;
}

/** How far the cancellation of a date is. */
export interface Cancellation {
  reason: string;
  at: Date;
  /** Those that were live, and how many of them are cancelled by now. */
  bookings: number;
  done: number;
  /** Points paid back, and for how many bookings. */
  refunded: number;
  refundedBookings: number;
  /** null: there may be bookings left. */
  doneAt: Date | null;
}

/** A date that was called off is not changed any more. */
export class ShowCancelledError extends Error {
  constructor() {
    super('The show was called off');
    this.name = 'ShowCancelledError';
  }
}

export interface ShowStore {
  /**
   * @returns the date after the change; null when there is none
   * @throws PresaleConflictError when its times would contradict each other, or what else is arranged; ShowCancelledError
   */
  change(scheduleId: string, change: ScheduleChange, by: DoneBy): Promise<ScheduleFacts | null>;
  /**
   * Calls a date off, once: from now on nothing is sold, paid or offered. What is live is cancelled and refunded by workers, one bounded
   * transaction after the other. @returns null when there is no such date
   */
  cancel(scheduleId: string, reason: string, by: DoneBy): Promise<Cancellation | null>;
  /** @returns null when it takes place, or is none */
  cancellation(scheduleId: string): Promise<Cancellation | null>;
}

const CANCELLATION = `
  SELECT s.cancel_reason AS reason, s.cancelled_at AS at, s.cancelled_bookings AS done,
         s.cancelled_bookings + CASE WHEN s.cancellation_done_at IS NOT NULL THEN 0 ELSE (
           SELECT count(DISTINCT c.booking_id) FROM seat_claims c WHERE c.schedule_id = s.id)::int END AS bookings,
         s.refunded_points::float8 AS refunded, s.refunded_bookings AS "refundedBookings",
         s.cancellation_done_at AS "doneAt"
    FROM schedules s WHERE s.id = $1 AND s.cancelled_at IS NOT NULL`;

// In whole milliseconds, as all times of decisions are. A date that is over may have to have its queue again.
const CANCEL = `
  UPDATE schedules SET cancelled_at = date_trunc('milliseconds', clock_timestamp()), cancel_reason = $2,
                       terms_changed_at = clock_timestamp(), forgotten_at = NULL
   WHERE id = $1`;
const CHANGE = `
  UPDATE schedules SET booking_start_at = $2, booking_end_at = $3, start_at = $4, end_at = $5, stopped = $6,
                       terms_changed_at = clock_timestamp(), forgotten_at = NULL
   WHERE id = $1`;

/** What operators do with a date that is on sale. Each takes the lock under which workers decide: it is in force at once. */
export function createShowStore(sequelize: Sequelize): ShowStore {
  const locked = async (id: string, transaction: Transaction): Promise<Schedule | null> =>
    Schedule.findByPk(id, { transaction, lock: transaction.LOCK.NO_KEY_UPDATE });

  async function cancellation(
    scheduleId: string,
    transaction: Transaction | null = null,
  ): Promise<Cancellation | null> {
    const [found] = await sequelize.query<Cancellation>(CANCELLATION, {
      bind: [scheduleId],
      type: QueryTypes.SELECT,
      transaction,
    });
    return found ?? null;
  }

  async function cancel(id: string, reason: string, by: DoneBy, transaction: Transaction) {
    const schedule = await locked(id, transaction);
    if (schedule === null) return null;
    if (schedule.cancelledAt === null) {
      await sequelize.query(CANCEL, { bind: [id, reason], transaction });
      const after = { reason, bookings: (await cancellation(id, transaction))?.bookings };
      const entry = { ...by, action: 'schedule.cancel', subject: `schedule:${id}`, after };
      await writeAudit(sequelize, entry, transaction);
    }
    return cancellation(id, transaction);
  }

  async function change(id: string, asked: ScheduleChange, by: DoneBy, transaction: Transaction) {
    const { stopped: _stopped, ...times } = asked;
    const found = await Schedule.findByPk(id, { transaction });
    if (found === null) return null;
    const { concertId } = found;
    const movesTimes = Object.values(times).some((time) => time !== undefined);
    // The concert first, as everywhere: under its lock its opening and its presales are changed. A stop waits for neither.
    const lock = transaction.LOCK.NO_KEY_UPDATE;
    if (movesTimes) await Concert.findByPk(concertId, { transaction, lock });
    const opening = movesTimes ? await openingOf(sequelize, concertId, transaction) : null;
    const schedule = await locked(id, transaction);
    if (schedule === null) throw new Error(`Schedule ${id} has vanished`);
    if (schedule.cancelledAt !== null) throw new ShowCancelledError();
    const before = factsOf(schedule);
    const after = { ...before, ...given(asked) };
    const changed = difference(before, after);
    if (changed === null) return before;
    if (movesTimes) await refuseContradictions(sequelize, { before, after }, transaction);
    const { bookingStartAt, bookingEndAt, startAt, endAt, stopped } = after;
    const bind = [id, bookingStartAt, bookingEndAt, startAt, endAt, stopped];
    await sequelize.query(CHANGE, { bind, transaction });
    if (opening !== null) await refuseMovedOpening(sequelize, concertId, opening, transaction);
    const entry = { ...by, action: 'schedule.change', subject: `schedule:${id}`, ...changed };
    await writeAudit(sequelize, entry, transaction);
    return after;
  }

  return {
    change: async (id, asked, by) =>
      inTransaction(sequelize, async (transaction) => change(id, asked, by, transaction)),
    cancel: async (id, reason, by) =>
      inTransaction(sequelize, async (transaction) => cancel(id, reason, by, transaction)),
    cancellation: async (id) => cancellation(id),
  };
}

function given(change: ScheduleChange): Partial<ScheduleFacts> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}
