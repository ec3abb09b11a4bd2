import { QueryTypes, type Sequelize } from 'sequelize';
import type { QueuePolicy } from '../waiting-room/queue-policy';
import type { PresalePhase, RoomRecord, RoomRecords, ToldPresale } from '../waiting-room';
import type { RoomDraw } from '../waiting-room/draw-records';
import { momentOf } from '../waiting-room/presale-range';
import { createDrawSteps } from './draw-steps';
import { IS_AHEAD, ON_SALE, OPENING, PRESALE_PHASE, PRESALES_NOW, RUNS } from './room-rules';
import { Concert } from './tables';

// A hold that is still queued is asked for again after this.
const UNDECIDED = `interval '2 seconds'`;

// With every date stopped nobody is let in to spend the time on seats that cannot be had.
const ROOMS = `
  SELECT c.id, c.max_active AS "maxActive", c.admit_per_interval AS "admitPerInterval",
         c.admit_interval_ms AS "admitIntervalMs", c.active_ttl_seconds AS "activeTtlSeconds",
         c.abandon_after_seconds AS "abandonAfterSeconds", c.paused OR coalesce(bool_and(s.stopped), false) AS paused, c.admission_order AS "order", c.message,
         c.admit_beyond_stock AS "admitBeyondStock", c.opens_at AS "opensAt",
         c.room_epoch AS epoch, c.room_watermark::float8 AS watermark, c.room_waiting AS waiting,
         coalesce(${OPENING} <= statement_timestamp() AND count(s.id) > 0, false) AS "isOpen",
         (extract(epoch FROM CASE WHEN count(s.id) > 0 OR c.opens_at > statement_timestamp() THEN ${OPENING} END)
           * 1000)::float8 AS "opensAtMs",
         concat_ws(' ', count(s.id) FILTER (WHERE ${ON_SALE}), sum(s.id) FILTER (WHERE ${ON_SALE}),
                   sum(s.seat_version) FILTER (WHERE ${ON_SALE})) AS "onSale",
         CASE WHEN d.concert_id IS NOT NULL THEN json_build_object('isDrawn', d.drawn_at IS NOT NULL,
           'drawnAgoMs', floor(extract(epoch FROM statement_timestamp() - d.drawn_at) * 1000),
           'upTo', coalesce(d.entrants_up_to, 0), 'entrants', coalesce(d.entrants, 0)) END AS draw,
         ${PRESALE_PHASE} AS presale
    FROM concerts c ${PRESALES_NOW}
    LEFT JOIN schedules s ON s.concert_id = c.id AND ${IS_AHEAD}
    LEFT JOIN draws d ON d.concert_id = c.id
   WHERE c.id = ANY($1::bigint[]) GROUP BY c.id, d.concert_id`;

// Offers of the waiting list are not the room's: they keep nobody in it, and paying for one ends no admission.
const LIVE_HOLDS = `SELECT user_id, expires_at AS until FROM bookings b
   WHERE concert_id = $1 AND status = 'PENDING' AND expires_at > statement_timestamp() AND entry_id IS NULL
     AND ($2::uuid[] IS NULL OR user_id = ANY($2))`;
const MADE_SINCE_LEAVING = `NOT EXISTS (SELECT 1 FROM given_up_places g
   WHERE g.concert_id = b.concert_id AND g.user_id = b.user_id AND g.given_up_at >= b.created_at)`;
// Reads what is queued for the concert: an index of its own would make recording commands dearer.
const UNDECIDED_HOLDS = `SELECT c.user_id, statement_timestamp() + ${UNDECIDED} FROM schedules s
   JOIN commands c ON c.schedule_id = s.id
   WHERE s.concert_id = $1 AND c.status = 'queued' AND c.kind = 'hold' AND c.user_id = ANY($2)`;

const OF_CHOSEN_SEATS = `NOT EXISTS (SELECT 1 FROM bookings o WHERE o.id = p.booking_id AND o.entry_id IS NOT NULL)`;
const USED_UP = `
  SELECT EXISTS (SELECT 1 FROM given_up_places WHERE concert_id = $1 AND user_id = $2 AND sequence >= $3::bigint)
      -- Somebody who still holds other seats keeps the admission until those are paid for, too.
      OR EXISTS (SELECT 1 FROM payments p WHERE concert_id = $1 AND user_id = $2
                    AND created_at >= to_timestamp($3::bigint / 1000000.0) AND ${OF_CHOSEN_SEATS})
         AND NOT EXISTS (SELECT 1 FROM bookings WHERE concert_id = $1 AND user_id = $2 AND status = 'PENDING'
                            AND expires_at > statement_timestamp() AND entry_id IS NULL) AS "isUsedUp"`;

const USED_UP_SINCE = `
  SELECT user_id AS "userId", max(sequence)::float8 AS "momentUs" FROM (
    SELECT user_id, floor(extract(epoch FROM created_at) * 1000000)::bigint AS sequence FROM payments p
     WHERE created_at > statement_timestamp() - $2 * interval '1 millisecond' AND concert_id = $1
       AND ${OF_CHOSEN_SEATS}
       AND NOT EXISTS (SELECT 1 FROM bookings b WHERE b.concert_id = $1 AND b.user_id = p.user_id
                          AND b.status = 'PENDING' AND b.expires_at > statement_timestamp() AND b.entry_id IS NULL)
    UNION ALL
    SELECT user_id, sequence FROM given_up_places
     WHERE given_up_at > statement_timestamp() - $2 * interval '1 millisecond' AND concert_id = $1) AS used
   GROUP BY user_id`;

const RUNNING = `
  SELECT p.name, p.ends_at AS "endsAt" FROM presales p WHERE p.concert_id = $1 AND ${RUNS}
   ORDER BY p.ends_at DESC, p.id LIMIT 1`;

type RoomRow = Omit<QueuePolicy, 'opensAt'> & {
  opensAt: Date | null;
  id: string;
  epoch: number;
  watermark: number;
  waiting: number;
  isOpen: boolean;
  opensAtMs: number | null;
  onSale: string;
  draw: RoomDraw | null;
  presale: PresalePhase;
};

/** What the waiting room needs to know from Postgres; see `RoomRecords` there for the meaning. */
export function createRoomRecords(sequelize: Sequelize): RoomRecords {
  const select = async <Row extends object>(sql: string, bind: unknown[]): Promise<Row[]> =>
    sequelize.query<Row>(sql, { bind, type: QueryTypes.SELECT });

  async function rooms(concertIds: readonly string[]): Promise<Map<string, RoomRecord>> {
    const rows = await select<RoomRow>(ROOMS, [concertIds]);
    return new Map(rows.map((row) => [row.id, roomOf(row)]));
  }

  async function lastEnds(concertId: string, userIds: string[] | null, ends: string) {
    const rows = await select<{ userId: string; end: Date }>(
      `SELECT user_id AS "userId", max(until) AS "end" FROM (${ends}) AS needed GROUP BY user_id`,
      [concertId, userIds],
    );
    return new Map(rows.map((row) => [row.userId, row.end]));
  }

  return {
    draws: createDrawSteps(sequelize),
    presales: { running: async (concertId) => (await select<ToldPresale>(RUNNING, [concertId]))[0] ?? null },
    load: async (concertId) => (await rooms([concertId])).get(concertId) ?? null,
    rules: rooms,
    advanceEpoch: async (concertId, from) => {
      const where = { id: concertId, roomEpoch: from };
      const [changed] = await Concert.update({ roomEpoch: from + 1 }, { where });
      return changed === 1;
    },
    raiseWatermark: async (concertId, watermark, waiting) => {
      await select(
        `UPDATE concerts SET room_watermark = $2, room_waiting = $3 WHERE id = $1 AND room_watermark < $2 RETURNING id`,
        [concertId, watermark, waiting],
      );
    },
    giveUp: async (concertId, userId, sequence) => {
      await select(
        `INSERT INTO given_up_places AS g (concert_id, user_id, sequence) VALUES ($1, $2, $3)
             ON CONFLICT (concert_id, user_id)
             DO UPDATE SET sequence = greatest(g.sequence, excluded.sequence), given_up_at = excluded.given_up_at
         RETURNING user_id`,
        [concertId, userId, momentOf(sequence)],
      );
    },
    isUsedUp: async (concertId, userId, sequence) => {
      const [found] = await select<{ isUsedUp: boolean }>(USED_UP, [concertId, userId, momentOf(sequence)]);
      return found?.isUsedUp === true;
    },
    usedUpSince: async (concertId, withinMs) => select(USED_UP_SINCE, [concertId, withinMs]),
    neededUntil: async (concertId, userIds) =>
      lastEnds(concertId, userIds, `${LIVE_HOLDS} UNION ALL ${UNDECIDED_HOLDS}`),
    liveHolders: async (concertId, userIds) =>
      lastEnds(concertId, userIds, `${LIVE_HOLDS} AND ${MADE_SINCE_LEAVING}`),
  };
}

function roomOf(row: RoomRow): RoomRecord {
  const {
    id: _id,
    epoch,
    watermark,
    waiting,
    isOpen,
    opensAtMs,
    opensAt,
    onSale,
    draw,
    presale,
    ...rest
  } = row;
  const policy = { ...rest, opensAt: opensAt?.toISOString() ?? null };
  // While a draw is made the moment is still what fans are told.
  const booking = { isOpen, opensAtMs: isOpen && draw === null ? null : opensAtMs };
  return { policy, epoch, watermark, waiting, booking, onSale, draw, presale: isOpen ? 'NONE' : presale };
}
