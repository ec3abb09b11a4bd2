import { setImmediate as nextTurn } from 'node:timers/promises';
import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { type DoneBy, writeAudit } from './audit-log';
import { codeHash, HASH_BYTES, newCodeKey, normalised } from './presale-codes';
import { msOf, OPEN_TO_ALL, OPENS_AT } from './room-rules';
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

/** Why a presale, or a date, cannot be as it was asked for, and which part of it. */
export class PresaleConflictError extends Error {
  constructor(
    readonly part:
      'startsAt' | 'endsAt' | 'scheduleIds' | 'bookingStartAt' | 'bookingEndAt' | 'startAt' | 'endAt',
    readonly fault: string,
  ) {
    super(`${part} ${fault}`);
    this.name = 'PresaleConflictError';
  }
}

const ROOM = `
  SELECT ${msOf('statement_timestamp()')} AS "nowMs", ${msOf(OPENS_AT)} AS "opensAtMs", ${OPEN_TO_ALL} AS "isOpen",
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

/**
 * Makes a presale with its codes, of which only hashes are kept. @returns null when there is no such concert
 * @throws PresaleConflictError when it contradicts the rest
 */
export async function makePresale(
  sequelize: Sequelize,
  { concertId, presale, by }: { concertId: string; presale: NewPresale; by: DoneBy },
  transaction: Transaction,
): Promise<PresaleFacts | null> {
  const select = async <Row extends object>(sql: string, bind: unknown[]): Promise<Row[]> =>
    sequelize.query<Row>(sql, { bind, type: QueryTypes.SELECT, transaction });
  // What opens the room is changed under the same lock.
  const lock = transaction.LOCK.NO_KEY_UPDATE;
  if ((await Concert.findByPk(concertId, { transaction, lock })) === null) return null;
  const { codes, ...facts } = presale;
  const [room] = await select<RoomNow>(ROOM, [concertId, facts.scheduleIds ?? []]);
  if (room === undefined) throw new Error(`Concert ${concertId} has vanished`);
  refuseConflict(room, facts);
  const codeKey = newCodeKey();
  const { name, startsAt, endsAt, scheduleIds, seatLimit } = facts;
  const row = [concertId, name, startsAt, endsAt, scheduleIds, seatLimit, codeKey, codes.length];
  const [made] = await select<{ id: string }>(INSERT, row);
  if (made === undefined) throw new Error('A presale was not written');
  for (let from = 0; from < codes.length; from += CODES_AT_ONCE) {
    const hashes = await hashesOf(codeKey, codes.slice(from, from + CODES_AT_ONCE));
    await select(INSERT_CODES, [made.id, hashes, hashes.length / HASH_BYTES]);
  }
  const after = { presaleId: made.id, ...facts, codes: codes.length };
  const entry = { action: 'presale.create', subject: `concert:${concertId}`, after };
  await writeAudit(sequelize, { ...by, ...entry }, transaction);
  return { ...facts, id: made.id, concertId, codes: codes.length, claimed: 0 };
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
