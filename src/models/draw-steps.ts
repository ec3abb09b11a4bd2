import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { inTransaction } from '../lib/database';
import {
  drawOrder,
  entrantsHashOf,
  PSEUDONYM_BYTES,
  pseudonymsOf,
  row,
  USER_ID_BYTES,
} from '../waiting-room/draw-order';
import type { DrawnPlace, DrawRecords, DrawStep } from '../waiting-room/draw-records';
import { IS_AHEAD, OPENING } from './room-rules';

/** Entrants in a row, and places in a statement: each takes a small part of what Postgres allows one statement. */
const AT_ONCE = 10_000;

const DUE = `
  SELECT CASE WHEN d.drawn_at IS NOT NULL THEN 'DRAWN' WHEN d.closed_at IS NOT NULL THEN 'CLOSED' ELSE 'OPEN' END AS step
    FROM draws d JOIN concerts c ON c.id = d.concert_id
   WHERE d.concert_id = $1 AND (d.closed_at IS NOT NULL
       OR (SELECT ${OPENING} <= statement_timestamp() FROM schedules s
            WHERE s.concert_id = c.id AND ${IS_AHEAD}))
     AND (d.drawn_at IS NOT NULL OR d.closed_at IS NULL OR d.beacon_source IS NULL OR d.beacon_value IS NOT NULL)`;

/** Those with something to do: a step that is due, or places in a room that was opened anew since they were put in order. */
const ALL_DUE = `
  SELECT d.concert_id AS "concertId" FROM draws d JOIN concerts c ON c.id = d.concert_id
   WHERE CASE WHEN d.drawn_at IS NOT NULL THEN d.placed_epoch < c.room_epoch
              WHEN d.closed_at IS NOT NULL THEN d.beacon_source IS NULL OR d.beacon_value IS NOT NULL
              ELSE (SELECT ${OPENING} <= statement_timestamp() FROM schedules s
                     WHERE s.concert_id = c.id AND ${IS_AHEAD}) END
   ORDER BY d.concert_id`;

const ADD_ENTRANTS =
  'INSERT INTO draw_entrants (concert_id, part, user_ids) VALUES ($1, $2, $3) RETURNING part';

const CLOSE = `
  UPDATE draws SET closed_at = clock_timestamp(), entrants = $2, entrants_hash = $3, entrants_up_to = $4
   WHERE concert_id = $1 AND closed_at IS NULL RETURNING concert_id`;

// Many in one value: an array of texts would be several times as large, and slower to read.
const ADD_PLACES = `
  INSERT INTO draw_places (concert_id, position, user_id, pseudonym)
  SELECT $1, $2 + n, encode(substring($3::bytea FROM n * ${USER_ID_BYTES} + 1 FOR ${USER_ID_BYTES}), 'hex')::uuid,
         substring($4::bytea FROM n * ${PSEUDONYM_BYTES} + 1 FOR ${PSEUDONYM_BYTES})
    FROM generate_series(0, $5::int - 1) n`;

const DRAWN = `
  UPDATE draws SET drawn_at = clock_timestamp()
   WHERE concert_id = $1 AND drawn_at IS NULL AND closed_at IS NOT NULL AND beacon_value IS NOT DISTINCT FROM $2
  RETURNING concert_id`;

// Places come by the hundred thousand in one moment, and until they are analyzed the planner takes them for few: it would sort,
// or filter, all of a draw for each question. So these leave it one way only: bounds on both sides, and "+ 0" where only the index
// by user is to be used.
const SEQUENCES = `
  SELECT p.user_id AS "userId", (d.entrants_up_to + p.position)::text AS sequence
    FROM draws d JOIN draw_places p ON p.concert_id + 0 = d.concert_id
   WHERE d.concert_id = $1 AND p.user_id = ANY($2::uuid[])`;

const PLACES_AFTER = `
  SELECT user_id AS "userId", position FROM draw_places
   WHERE concert_id = $1 AND position > $2::int AND position <= $2::int + $3::int ORDER BY position`;

const PLACE_OF = `
  SELECT (d.entrants_up_to + p.position)::text AS sequence,
         (d.entrants_up_to + p.position - greatest(c.room_watermark, d.entrants_up_to))::float8 AS ahead
    FROM draws d JOIN concerts c ON c.id = d.concert_id
    LEFT JOIN draw_places p ON p.concert_id + 0 = d.concert_id AND p.user_id = $2
   WHERE d.concert_id = $1 AND d.drawn_at IS NOT NULL AND $3::bigint <= d.entrants_up_to`;

interface Secrets {
  seed: Buffer;
  pseudonymKey: Buffer;
  entrantsHash: Buffer | null;
  entrantsUpTo: string | null;
  beacon: string | null;
}

const SECRETS = `
  SELECT seed, pseudonym_key AS "pseudonymKey", entrants_hash AS "entrantsHash", entrants_up_to AS "entrantsUpTo",
         beacon_value AS beacon FROM draws WHERE concert_id = $1`;

/** Postgres' part of a draw; see `DrawRecords` for the meaning. */
export function createDrawSteps(sequelize: Sequelize): DrawRecords {
  const select = async <Row extends object>(sql: string, bind: unknown[], transaction?: Transaction) =>
    sequelize.query<Row>(sql, { bind, type: QueryTypes.SELECT, ...(transaction && { transaction }) });
  const secretsOf = async (concertId: string): Promise<Secrets | null> =>
    (await select<Secrets>(SECRETS, [concertId]))[0] ?? null;
  const announced = async (concertId: string): Promise<Secrets> => {
    const secrets = await secretsOf(concertId);
    if (secrets === null) throw new Error(`Concert ${concertId} has no draw`);
    return secrets;
  };
  /** True for the first of any number who come to this step. The row stays locked: the others wait for how this one ends. */
  const isFirst = async (sql: string, bind: unknown[], transaction: Transaction): Promise<boolean> =>
    (await select(sql, bind, transaction)).length === 1;

  async function close(concertId: string, upTo: number, userIds: Buffer): Promise<void> {
    const { pseudonymKey } = await announced(concertId);
    const hash = await entrantsHashOf(await pseudonymsOf(pseudonymKey, userIds));
    const bind = [concertId, userIds.length / USER_ID_BYTES, hash, upTo];
    await inTransaction(sequelize, async (transaction) => {
      if (!(await isFirst(CLOSE, bind, transaction))) return;
      const bytes = AT_ONCE * USER_ID_BYTES;
      for (let start = 0; start < userIds.length; start += bytes) {
        const part = [concertId, start / bytes, userIds.subarray(start, start + bytes)];
        await select(ADD_ENTRANTS, part, transaction);
      }
    });
  }

  async function draw(concertId: string): Promise<void> {
    const { seed, pseudonymKey, entrantsHash, beacon } = await announced(concertId);
    if (entrantsHash === null) throw new Error(`The list of concert ${concertId} is open`);
    const parts = await select<{ userIds: Buffer }>(
      'SELECT user_ids AS "userIds" FROM draw_entrants WHERE concert_id = $1 ORDER BY part',
      [concertId],
    );
    const userIds = Buffer.concat(parts.map((part) => part.userIds));
    const pseudonyms = await pseudonymsOf(pseudonymKey, userIds);
    const order = await drawOrder({ seed, entrantsHash, beacon }, pseudonyms);
    await inTransaction(sequelize, async (transaction) => {
      if (!(await isFirst(DRAWN, [concertId, beacon], transaction))) return;
      for (let start = 0; start < order.length; start += AT_ONCE) {
        const drawn = [...order.subarray(start, start + AT_ONCE)];
        const users = Buffer.concat(drawn.map((index) => row(userIds, index, USER_ID_BYTES)));
        const names = Buffer.concat(drawn.map((index) => row(pseudonyms, index, PSEUDONYM_BYTES)));
        const bind = [concertId, start + 1, users, names, drawn.length];
        await sequelize.query(ADD_PLACES, { bind, transaction });
      }
      await select(
        'DELETE FROM draw_entrants WHERE concert_id = $1 RETURNING part',
        [concertId],
        transaction,
      );
    });
  }

  return {
    allDue: async () => (await select<{ concertId: string }>(ALL_DUE, [])).map(({ concertId }) => concertId),
    due: async (concertId) => (await select<{ step: DrawStep }>(DUE, [concertId]))[0]?.step ?? null,
    close,
    closedUpTo: async (concertId) => {
      const { entrantsUpTo } = await announced(concertId);
      if (entrantsUpTo === null) throw new Error(`The list of concert ${concertId} is open`);
      return Number(entrantsUpTo);
    },
    draw,
    placesAfter: async (concertId, position, limit) => select(PLACES_AFTER, [concertId, position, limit]),
    sequencesOf: async (concertId, userIds) => {
      const rows = await select<{ userId: string; sequence: string }>(SEQUENCES, [concertId, userIds]);
      return new Map(rows.map(({ userId, sequence }) => [userId, sequence]));
    },
    placed: async (concertId, epoch) => {
      const bind = [concertId, epoch];
      await select(
        'UPDATE draws SET placed_epoch = $2 WHERE concert_id = $1 AND placed_epoch < $2 RETURNING concert_id',
        bind,
      );
    },
    placeOf: async (concertId, userId, sequence) => {
      const [found] = await select<{ [Key in keyof DrawnPlace]: DrawnPlace[Key] | null }>(PLACE_OF, [
        concertId,
        userId,
        sequence,
      ]);
      if (found === undefined) return null;
      if (found.sequence === null || found.ahead === null) return 'NONE';
      return { sequence: found.sequence, ahead: found.ahead };
    },
    pseudonymKey: async (concertId) => (await secretsOf(concertId))?.pseudonymKey ?? null,
  };
}
