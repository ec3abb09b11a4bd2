import { QueryTypes, type Sequelize } from 'sequelize';

export interface UpkeepStore {
  /** Schedules that have holds which ended longer ago than that, by the database's clock. */
  withDueHolds(endedLongerThanMs: number): Promise<string[]>;
  /** Schedules that have commands queued for longer than that. `beforeMs`: since before that moment of the database's clock. */
  withStaleCommands(olderThanMs: number): Promise<{ scheduleId: string; beforeMs: number }[]>;
  /** Dates that were called off and may have live bookings. */
  withCancellations(): Promise<string[]>;
  /** Dates with a waiting list whose terms came to be, within so long, what they are: seats may be on offer from now on. */
  withNewTerms(withinMs: number): Promise<string[]>;
  /** The first seat after that one which a booking has; null: there is none. */
  nextClaimedSeat(scheduleId: string, afterSeat: number): Promise<number | null>;
  /** By concert, who paid between these many milliseconds ago, and when: their admissions should be over. */
  recentPayers(fromMs: number, toMs: number): Promise<Map<string, { userId: string; paidAtMs: number }[]>>;
}

export function createUpkeepStore(sequelize: Sequelize): UpkeepStore {
  const select = async <Row extends object>(sql: string, bind: unknown[]): Promise<Row[]> =>
    sequelize.query<Row>(sql, { bind, type: QueryTypes.SELECT });

  return {
    withDueHolds: async (endedLongerThanMs) => {
      const rows = await select<{ id: string }>(
        `SELECT DISTINCT schedule_id AS id FROM bookings
          WHERE status = 'PENDING' AND expires_at <= statement_timestamp() - $1 * interval '1 millisecond'`,
        [endedLongerThanMs],
      );
      return rows.map((row) => row.id);
    },
    withStaleCommands: async (olderThanMs) =>
      select(
        `SELECT DISTINCT schedule_id AS "scheduleId", floor(extract(epoch FROM before) * 1000)::float8 AS "beforeMs"
           FROM commands, (SELECT statement_timestamp() - $1 * interval '1 millisecond' AS before) AS stale
          WHERE status = 'queued' AND created_at < before`,
        [olderThanMs],
      ),
    withCancellations: async () => {
      // A worker of the build before knows of no cancellation, and may have sold seats after it: for as long as a deploy may take.
      const rows = await select<{ id: string }>(
        `SELECT id FROM schedules s
          WHERE cancelled_at IS NOT NULL
            AND (cancellation_done_at IS NULL OR cancelled_at > statement_timestamp() - interval '1 hour' AND EXISTS (
                   SELECT FROM seat_claims c WHERE c.schedule_id = s.id AND c.booking_id IS NOT NULL))`,
        [],
      );
      return rows.map((row) => row.id);
    },
    withNewTerms: async (withinMs) => {
      const rows = await select<{ id: string }>(
        `SELECT id FROM schedules
          WHERE terms_changed_at IS NOT NULL AND waitlist_version > 0
            AND greatest(terms_changed_at, booking_start_at) BETWEEN statement_timestamp() - $1 * interval '1 millisecond'
                                                                 AND statement_timestamp()`,
        [withinMs],
      );
      return rows.map((row) => row.id);
    },
    nextClaimedSeat: async (scheduleId, afterSeat) => {
      const rows = await select<{ seat: number | null }>(
        `SELECT min(seat_number) AS seat FROM seat_claims
          WHERE schedule_id = $1 AND seat_number > $2 AND booking_id IS NOT NULL`,
        [scheduleId, afterSeat],
      );
      return rows[0]?.seat ?? null;
    },
    recentPayers: async (fromMs, toMs) => {
      const rows = await select<{ concertId: string; userId: string; paidAtMs: number }>(
        `SELECT concert_id AS "concertId", user_id AS "userId",
                floor(extract(epoch FROM max(created_at)) * 1000)::float8 AS "paidAtMs"
           FROM payments p
          WHERE created_at BETWEEN statement_timestamp() - $1 * interval '1 millisecond'
                               AND statement_timestamp() - $2 * interval '1 millisecond'
            -- Paying for an offer of the waiting list ends no admission.
            AND NOT EXISTS (SELECT 1 FROM bookings b WHERE b.id = p.booking_id AND b.entry_id IS NOT NULL)
          GROUP BY concert_id, user_id`,
        [fromMs, toMs],
      );
      const byConcert = new Map<string, { userId: string; paidAtMs: number }[]>();
      for (const { concertId, ...payer } of rows) {
        const known = byConcert.get(concertId);
        if (known === undefined) byConcert.set(concertId, [payer]);
        else known.push(payer);
      }
      return byConcert;
    },
  };
}
