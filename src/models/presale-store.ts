import { QueryTypes, type Sequelize } from 'sequelize';
import { inTransaction } from '../lib/database';
import { violatedConstraint } from '../lib/database-errors';
import { oneCommandPerTurn } from '../lib/one-command-per-turn';
import { BY_THE_SERVICE, type DoneBy } from './audit-log';
import { codeHash, normalised } from './presale-codes';
import { makePresale, type NewPresale, type PresaleFacts } from './presale-making';
import { msOf, OPEN_TO_ALL, OPENS_AT, RUNS } from './room-rules';

/** MINE: it belongs to this user from now on, or did before. NONE_RUNS: nobody needs a code now. */
export type CodeOutcome = 'MINE' | 'USED' | 'INVALID' | 'NONE_RUNS';

/** What somebody with codes may book before the opening. */
export interface PresalePass {
  /** When the presale that runs ends (ms since 1970); of several, the last. */
  untilMs: number;
  /** When the room opens to all; null when that is not known. */
  opensAtMs: number | null;
  /** For presales without one of their own. */
  concertSeatLimit: number;
  grants: { scheduleIds: string[] | null; seatLimit: number | null }[];
}

export interface PresaleStore {
  /** @returns null when there is no such concert. @throws PresaleConflictError when it contradicts the rest */
  create(concertId: string, presale: NewPresale, by?: DoneBy): Promise<PresaleFacts | null>;
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

const LIST = `
  SELECT p.id, p.concert_id AS "concertId", p.name, p.starts_at AS "startsAt", p.ends_at AS "endsAt",
         p.schedule_ids::text[] AS "scheduleIds", p.seat_limit AS "seatLimit", p.codes,
         p.claims_forgotten + (SELECT count(user_id) FROM presale_codes o WHERE o.presale_id = p.id)::int AS claimed
    FROM presales p WHERE p.concert_id = $1 ORDER BY p.starts_at, p.id`;

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
  SELECT ${msOf(`least(${OPENS_AT}, (SELECT max(p.ends_at) FROM presales p WHERE p.concert_id = c.id AND ${RUNS}))`)} AS "untilMs",
         ${msOf(OPENS_AT)} AS "opensAtMs", c.seat_limit AS "concertSeatLimit",
         (SELECT coalesce(json_agg(json_build_object('scheduleIds', p.schedule_ids::text[], 'seatLimit', p.seat_limit)), '[]')
            FROM presale_codes o JOIN presales p ON p.id = o.presale_id
           WHERE o.user_id = $2 AND p.concert_id = c.id AND p.starts_at <= ${NOW}) AS grants
    FROM concerts c
   WHERE c.id = $1 AND EXISTS (SELECT FROM presales p WHERE p.concert_id = c.id AND ${RUNS})`;

/** Presales, their codes, and who has them. */
export function createPresaleStore(sequelize: Sequelize): PresaleStore {
  const select = async <Row extends object>(sql: string, bind: unknown[]): Promise<Row[]> =>
    sequelize.query<Row>(sql, { bind, type: QueryTypes.SELECT });

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
    create: async (concertId, presale, by = BY_THE_SERVICE) =>
      inTransaction(sequelize, async (transaction) =>
        makePresale(sequelize, { concertId, presale, by }, transaction),
      ),
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
