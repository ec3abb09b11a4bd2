import { setImmediate as nextTurn } from 'node:timers/promises';
import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { inTransaction } from '../lib/database';
import { violatedConstraint } from '../lib/database-errors';
import { oneCommandPerTurn } from '../lib/one-command-per-turn';
import { codeHash, HASH_BYTES, newCodeKey, normalised } from './presale-codes';
import { OPEN_TO_ALL, OPENING, RUNS } from './room-rules';
import { Concert } from './tables';

export interface NewPresale {
  name: string;
  startsAt: Date;
  endsAt: Date;
  /** null: all dates of the concert. */
  scheduleIds: string[] | null;
  /** null: the concert's. */
  seatLimit: number | null;
  /** No two alike once they are normalised. */
  codes: readonly string[];
}

export interface PresaleFacts extends Omit<NewPresale, 'codes'> {
  id: string;
  concertId: string;
  codes: number;
  claimed: number;
}

/** Why a presale, or what would open its room, cannot be, and which part of it. */
export class PresaleConflictError extends Error {
  constructor(
    readonly part: 'startsAt' | 'endsAt' | 'scheduleIds' | 'bookingStartAt',
    readonly fault: string,
  ) {
    super(`${part} ${fault}`);
    this.name = 'PresaleConflictError';
  }
}

/** MINE: it belongs to this user from now on, or did before. NONE_RUNS: nobody needs a code now. */
export type CodeOutcome = 'MINE' | 'USED' | 'INVALID' | 'NONE_RUNS';

/** What somebody with codes may book before the opening. */
export interface PresalePass {
  /** When the presale that runs ends (ms since 1970); of several, the last. */
  untilMs: number;
  /** When the room opens to all; null when that is not known. */
  opensAtMs: number | null;
  grants: { scheduleIds: string[] | null; seatLimit: number | null }[];
}

export interface PresaleStore {
  /** @returns null when there is no such concert. @throws PresaleConflictError when it contradicts the rest */
  create(concertId: string, presale: NewPresale): Promise<PresaleFacts | null>;
  /** In order of their start. */
  list(concertId: string): Promise<PresaleFacts[]>;
  /** Whether nobody may book without a pass now: the concert has presales and its room is not open to all. */
  needsPass(concertId: string): Promise<boolean>;
  /** null: this user may book nothing before the opening. */
  pass(concertId: string, userId: string): Promise<PresalePass | null>;
  /** Whether this user has a code of one that runs. Concurrent callers share a statement. */
  hasCode(concertId: string, userId: string): Promise<boolean>;
  /** Gives the code to this user, if nobody has it. For good. */
  claim(concertId: string, userId: string, code: string): Promise<CodeOutcome>;
}

const NOW = 'statement_timestamp()';
const MS = (moment: string): string => `floor(extract(epoch FROM ${moment}) * 1000)::float8`;
const OPENS_AT = `(SELECT ${OPENING} FROM schedules s WHERE s.concert_id = c.id AND s.booking_end_at >= ${NOW})`;

const LIST = `
  SELECT p.id, p.concert_id AS "concertId", p.name, p.starts_at AS "startsAt", p.ends_at AS "endsAt",
         p.schedule_ids::text[] AS "scheduleIds", p.seat_limit AS "seatLimit", p.codes,
         p.claims_forgotten + (SELECT count(user_id) FROM presale_codes o WHERE o.presale_id = p.id)::int AS claimed
    FROM presales p WHERE p.concert_id = $1 ORDER BY p.starts_at, p.id`;

const ROOM = `
  SELECT ${MS(NOW)} AS "nowMs", ${MS(OPENS_AT)} AS "opensAtMs", ${OPEN_TO_ALL} AS "isOpen",
         ARRAY(SELECT id::text FROM schedules WHERE concert_id = c.id AND id = ANY($2::bigint[])) AS dates
    FROM concerts c WHERE c.id = $1`;

const INSERT = `
  INSERT INTO presales (concert_id, name, starts_at, ends_at, schedule_ids, seat_limit, code_key, codes)
  VALUES ($1, $2, $3, $4, $5::bigint[], $6, $7, $8) RETURNING id`;

// Many in one value: an array of texts would be several times as large, and slower to read.
const INSERT_CODES = `
  INSERT INTO presale_codes (presale_id, code_hash)
  SELECT $1, substring($2::bytea FROM n * ${HASH_BYTES} + 1 FOR ${HASH_BYTES}) FROM generate_series(0, $3::int - 1) n
  RETURNING 1 AS made`;
const CODES_AT_ONCE = 10_000;
/** Between two turns of the process: others have requests under way. */
const HASHED_AT_ONCE = 500;

const RUNNING = `SELECT p.id, p.code_key AS "codeKey" FROM presales p WHERE p.concert_id = $1 AND ${RUNS}`;

const HAVE_CODES = `
  SELECT DISTINCT o.user_id AS "userId" FROM presale_codes o JOIN presales p ON p.id = o.presale_id
   WHERE p.concert_id = $1 AND o.user_id = ANY($2::uuid[]) AND ${RUNS}`;

// Whoever has one of that presale keeps the other for somebody else.
const CLAIM = `
  UPDATE presale_codes o SET user_id = $1, claimed_at = ${NOW}
    FROM unnest($2::bigint[], $3::text[]) AS x(presale_id, hash) JOIN presales p ON p.id = x.presale_id
   WHERE o.presale_id = x.presale_id AND o.code_hash = decode(x.hash, 'hex') AND o.user_id IS NULL AND ${RUNS}
     AND NOT EXISTS (SELECT FROM presale_codes own WHERE own.presale_id = x.presale_id AND own.user_id = $1)
  RETURNING o.presale_id`;

const WHOSE = `
  SELECT o.user_id AS "ownerId",
         EXISTS (SELECT FROM presale_codes own WHERE own.presale_id = x.presale_id AND own.user_id = $1) AS "hasOne"
    FROM unnest($2::bigint[], $3::text[]) AS x(presale_id, hash)
    JOIN presale_codes o ON o.presale_id = x.presale_id AND o.code_hash = decode(x.hash, 'hex')`;

const NEEDS_PASS = `
  SELECT EXISTS (SELECT FROM presales p WHERE p.concert_id = c.id) AND NOT ${OPEN_TO_ALL} AS needed
    FROM concerts c WHERE c.id = $1`;

// Whoever has the code of a presale that is over, and still waits, goes on as long as another one runs.
const PASS = `
  SELECT ${MS(`least(${OPENS_AT}, (SELECT max(p.ends_at) FROM presales p WHERE p.concert_id = c.id AND ${RUNS}))`)} AS "untilMs",
         ${MS(OPENS_AT)} AS "opensAtMs",
         (SELECT coalesce(json_agg(json_build_object('scheduleIds', p.schedule_ids::text[], 'seatLimit', p.seat_limit)), '[]')
            FROM presale_codes o JOIN presales p ON p.id = o.presale_id
           WHERE o.user_id = $2 AND p.concert_id = c.id AND p.starts_at <= ${NOW}) AS grants
    FROM concerts c
   WHERE c.id = $1 AND EXISTS (SELECT FROM presales p WHERE p.concert_id = c.id AND ${RUNS})`;

/** Presales, their codes, and who has them. */
export function createPresaleStore(sequelize: Sequelize): PresaleStore {
  const select = async <Row extends object>(
    sql: string,
    bind: unknown[],
    transaction?: Transaction,
  ): Promise<Row[]> =>
    sequelize.query<Row>(sql, { bind, type: QueryTypes.SELECT, ...(transaction && { transaction }) });

  async function create(
    concertId: string,
    presale: NewPresale,
    transaction: Transaction,
  ): Promise<PresaleFacts | null> {
    // What opens the room is changed under the same lock.
    const lock = transaction.LOCK.NO_KEY_UPDATE;
    if ((await Concert.findByPk(concertId, { transaction, lock })) === null) return null;
    const { codes, ...facts } = presale;
    const [room] = await select<RoomNow>(ROOM, [concertId, facts.scheduleIds ?? []], transaction);
    if (room === undefined) throw new Error(`Concert ${concertId} has vanished`);
    refuseConflict(room, facts);
    const codeKey = newCodeKey();
    const { name, startsAt, endsAt, scheduleIds, seatLimit } = facts;
    const row = [concertId, name, startsAt, endsAt, scheduleIds, seatLimit, codeKey, codes.length];
    const [made] = await select<{ id: string }>(INSERT, row, transaction);
    if (made === undefined) throw new Error('A presale was not written');
    for (let from = 0; from < codes.length; from += CODES_AT_ONCE) {
      const hashes = await hashesOf(codeKey, codes.slice(from, from + CODES_AT_ONCE));
      await select(INSERT_CODES, [made.id, hashes, hashes.length / HASH_BYTES], transaction);
    }
    return { ...facts, id: made.id, concertId, codes: codes.length, claimed: 0 };
  }

  async function claim(concertId: string, userId: string, code: string): Promise<CodeOutcome> {
    const running = await select<{ id: string; codeKey: Buffer }>(RUNNING, [concertId]);
    if (running.length === 0) return 'NONE_RUNS';
    const hashes = running.map(({ codeKey }) => codeHash(codeKey, normalised(code)).toString('hex'));
    const bind = [userId, running.map(({ id }) => id), hashes];
    try {
      if ((await select(CLAIM, bind)).length > 0) return 'MINE';
    } catch (error) {
      // With another code of that presale, in this very moment.
      if (violatedConstraint(error) === 'presale_codes_user_key') return 'MINE';
      throw error;
    }
    const found = await select<{ ownerId: string | null; hasOne: boolean }>(WHOSE, bind);
    if (found.some(({ ownerId, hasOne }) => ownerId === userId || (ownerId === null && hasOne)))
      return 'MINE';
    // Nobody's, and not given: its presale has ended in this very moment.
    return found.some(({ ownerId }) => ownerId !== null) ? 'USED' : 'INVALID';
  }

  const hasCode = oneCommandPerTurn(async (concertId: string, userIds: readonly string[]) => {
    const rows = await select<{ userId: string }>(HAVE_CODES, [concertId, userIds]);
    const having = new Set(rows.map(({ userId }) => userId));
    return userIds.map((userId) => having.has(userId));
  });

  return {
    create: async (concertId, presale) =>
      inTransaction(sequelize, async (transaction) => create(concertId, presale, transaction)),
    list: async (concertId) => select(LIST, [concertId]),
    needsPass: async (concertId) =>
      (await select<{ needed: boolean }>(NEEDS_PASS, [concertId]))[0]?.needed ?? false,
    pass: async (concertId, userId) => {
      const [pass] = await select<PresalePass>(PASS, [concertId, userId]);
      return pass === undefined || pass.grants.length === 0 ? null : pass;
    },
    hasCode,
    claim,
  };
}

interface RoomNow {
  nowMs: number;
  opensAtMs: number | null;
  isOpen: boolean;
  /** Which of the dates named the concert has. */
  dates: string[];
}

/** @throws PresaleConflictError */
function refuseConflict(room: RoomNow, presale: Omit<NewPresale, 'codes'>): void {
  const { endsAt, scheduleIds } = presale;
  if (room.isOpen) {
    throw new PresaleConflictError('startsAt', 'comes too late: the room is open to all. Set opensAt first');
  }
  if (endsAt.getTime() <= room.nowMs) throw new PresaleConflictError('endsAt', 'must lie in the future');
  if (room.opensAtMs !== null && endsAt.getTime() > room.opensAtMs) {
    const opens = new Date(room.opensAtMs).toISOString();
    throw new PresaleConflictError(
      'endsAt',
      `must not lie after the opening, ${opens}: then nobody needs a code`,
    );
  }
  const unknown = (scheduleIds ?? []).filter((id) => !room.dates.includes(id));
  if (unknown.length > 0) {
    throw new PresaleConflictError(
      'scheduleIds',
      `must be dates of this concert: ${unknown.join(', ')} is none`,
    );
  }
}

async function hashesOf(codeKey: Buffer, codes: readonly string[]): Promise<Buffer> {
  const hashes: Buffer[] = [];
  for (let from = 0; from < codes.length; from += HASHED_AT_ONCE) {
    hashes.push(
      ...codes.slice(from, from + HASHED_AT_ONCE).map((code) => codeHash(codeKey, normalised(code))),
    );
    await nextTurn();
  }
  return Buffer.concat(hashes);
}
