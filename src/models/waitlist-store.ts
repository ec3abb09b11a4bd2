import { LRUCache } from 'lru-cache';
import { QueryTypes, type Sequelize } from 'sequelize';
import type { EntryStatus } from '../booking/types';
import type { Page } from './purchase-store';

/** Somebody's entry on the waiting list of a date, as it stands now by the database's clock. */
export interface OwnEntry {
  id: string;
  userId: string;
  scheduleId: string;
  concertId: string;
  concertTitle: string;
  startAt: Date;
  count: number;
  sections: string[] | null;
  accessible: boolean;
  status: EntryStatus;
  /** 1: the next that is looked at when seats come free. null: it does not wait. */
  position: number | null;
  bookingId: string | null;
  offerEndsAt: Date | null;
  createdAt: Date;
}

export interface WaitlistStore {
  /** Whose date an entry of this user waits for: what is done with it goes on that date's queue. */
  scheduleOf(entryId: string, userId: string): Promise<string | null>;
  entries(userId: string, page: Page): Promise<OwnEntry[]>;
  /** By user, the latest entries of many, newest first: all of them in one round trip. */
  latest(userIds: readonly string[], limit: number): Promise<Map<string, OwnEntry[]>>;
}

type EntryRow = Omit<OwnEntry, 'position'> & { sequence: number };

// An offer's end is its booking's: paid, given back, or over by the clock, released or not.
const COLUMNS = `
  e.id, e.user_id AS "userId", e.schedule_id AS "scheduleId", s.concert_id AS "concertId", c.title AS "concertTitle",
  s.start_at AS "startAt", e.sequence::float8 AS sequence, e.seat_count AS count, e.sections, e.accessible,
  e.created_at AS "createdAt", b.id AS "bookingId", b.expires_at AS "offerEndsAt",
  CASE WHEN b.paid_at IS NOT NULL THEN 'TAKEN'
       WHEN e.left_at IS NOT NULL OR b.status = 'CANCELLED' THEN 'LEFT'
       WHEN b.status = 'PENDING' AND b.expires_at > statement_timestamp() THEN 'OFFERED'
       WHEN b.id IS NOT NULL OR s.cancelled_at IS NOT NULL OR least(s.booking_end_at, s.start_at) <= statement_timestamp() THEN 'EXPIRED'
       ELSE 'WAITING' END AS status`;
const OF_EACH = `
  JOIN schedules s ON s.id = e.schedule_id
  JOIN concerts c ON c.id = s.concert_id
  LEFT JOIN bookings b ON b.entry_id = e.id`;

const ENTRIES = `
  SELECT ${COLUMNS} FROM waitlist_entries e ${OF_EACH}
   WHERE e.user_id = $1 AND ($2::uuid IS NULL OR e.id < $2) ORDER BY e.id DESC LIMIT $3`;
const LATEST = `
  SELECT ${COLUMNS}
    FROM unnest($1::uuid[]) AS u(id)
    CROSS JOIN LATERAL (
      SELECT * FROM waitlist_entries e WHERE e.user_id = u.id ORDER BY e.id DESC LIMIT $2) AS e ${OF_EACH}
   ORDER BY e.id DESC`;
const WAITING = `
  SELECT coalesce(array_agg(sequence::float8 ORDER BY sequence), '{}') AS sequences
    FROM waitlist_entries WHERE schedule_id = $1 AND offered_at IS NULL AND left_at IS NULL`;

const CACHED_LISTS = 1000;
const LIST_KEPT_MS = 1000;

/** Who waits for which date, and who was offered what. Only the worker writes it: see `group-changes.ts`. */
export function createWaitlistStore(sequelize: Sequelize): WaitlistStore {
  const select = async <Row extends object>(sql: string, bind: unknown[]): Promise<Row[]> =>
    sequelize.query<Row>(sql, { bind, type: QueryTypes.SELECT });
  // Everybody who waits asks for a place in the same list: counting it for each of ten thousand would read it ten thousand
  // times.
  const lists = new LRUCache<string, number[]>({
    max: CACHED_LISTS,
    ttl: LIST_KEPT_MS,
    fetchMethod: async (scheduleId) => {
      const [row] = await select<{ sequences: number[] }>(WAITING, [scheduleId]);
      return row?.sequences ?? [];
    },
  });

  async function positionOf({ scheduleId, sequence }: EntryRow): Promise<number> {
    let list = (await lists.fetch(scheduleId)) ?? [];
    // It came after the list was read: so may others before it have.
    if (sequence > (list.at(-1) ?? 0)) list = (await lists.fetch(scheduleId, { forceRefresh: true })) ?? [];
    return placeIn(list, sequence);
  }

  const seen = async (rows: readonly EntryRow[]): Promise<OwnEntry[]> =>
    Promise.all(
      rows.map(async (row) => {
        const position = row.status === 'WAITING' ? await positionOf(row) : null;
        const { sequence: _sequence, ...entry } = row;
        return { ...entry, position };
      }),
    );

  return {
    scheduleOf: async (entryId, userId) => {
      const sql = 'SELECT schedule_id AS id FROM waitlist_entries WHERE id = $1 AND user_id = $2';
      return (await select<{ id: string }>(sql, [entryId, userId]))[0]?.id ?? null;
    },
    entries: async (userId, { limit, before }) => {
      const rows = await select<EntryRow>(ENTRIES, [userId, before, limit]);
      return seen(rows);
    },
    latest: async (userIds, limit) => {
      const found = await seen(await select<EntryRow>(LATEST, [userIds, limit]));
      const byUser = new Map<string, OwnEntry[]>();
      for (const entry of found) byUser.set(entry.userId, [...(byUser.get(entry.userId) ?? []), entry]);
      return byUser;
    },
  };
}

/** The place of a number in a list in ascending order, from 1; whether it is there or not. */
function placeIn(list: readonly number[], number: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] ?? 0) < number) low = middle + 1;
    else high = middle;
  }
  return low + 1;
}
