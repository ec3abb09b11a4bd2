import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { UUID } from '../lib/ids';

/** Whose act it is, and by which request. */
export interface DoneBy {
  /** null: the service itself. */
  userId: string | null;
  requestId: string | null;
}

/** What nobody asked for: seeding, settings that make an operator at start. */
export const BY_THE_SERVICE: DoneBy = { userId: null, requestId: null };

/** One act: no secret, and of fans nothing but their ids. */
export interface AuditEntry extends DoneBy {
  /** Such as `schedule.cancel`. */
  action: string;
  /** What it was done to: `concert:<id>`, `schedule:<id>`, `booking:<id>`, `ticket:<id>` or `user:<id>`. */
  subject: string;
  /** Left out: there was nothing before, or there is nothing to say of it. */
  before?: unknown;
  after?: unknown;
}

export interface WrittenEntry {
  id: string;
  at: Date;
  /** null: the service itself. */
  who: { id: string; email: string | null; name: string } | null;
  action: string;
  subject: string;
  before: unknown;
  after: unknown;
  requestId: string | null;
}

/** Each as it is written there, all of them together; what is left out says nothing. */
export interface AuditFilter {
  subject?: string | undefined;
  action?: string | undefined;
  /** A user's id or e-mail; `service`: the service itself. */
  who?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

export interface AuditLog {
  /** Newest first, those written before the entry `before`; null: from the newest on. */
  page(filter: AuditFilter, limit: number, before: string | null): Promise<WrittenEntry[]>;
}

const WRITE = `INSERT INTO audit_log (user_id, action, subject, before, after, request_id)
  VALUES ($1, $2, $3, $4::jsonb, $5::jsonb, $6)`;

/** In the transaction of the change itself, always: an entry without its change would be a lie, and the reverse a gap. */
export async function writeAudit(
  database: Sequelize,
  { userId, action, subject, before, after, requestId }: AuditEntry,
  transaction: Transaction,
): Promise<void> {
  const bind = [userId, action, subject, jsonOf(before), jsonOf(after), requestId];
  await database.query(WRITE, { bind, transaction });
}

const UNKNOWN = '\uFFFD';

/** As jsonb takes it: it knows neither NUL nor half a character, which as plain text would be taken, or mended. */
function jsonOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'string'
      ? part.replaceAll('\u0000', UNKNOWN).replaceAll(/\p{Surrogate}/gu, UNKNOWN)
      : part,
  );
}

const PAGE = `
  SELECT a.id::text AS id, a.at, a.action, a.subject, a.before, a.after, a.request_id AS "requestId",
         CASE WHEN u.id IS NOT NULL THEN json_build_object('id', u.id, 'email', u.email, 'name', u.name) END AS who
    FROM audit_log a LEFT JOIN users u ON u.id = a.user_id`;

/** What was written there, for those who look into it. */
export function createAuditLog(sequelize: Sequelize): AuditLog {
  return {
    page: async (filter, limit, before) => {
      const { conditions, bind } = conditionsOf(filter, before);
      const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
      return sequelize.query<WrittenEntry>(`${PAGE} ${where} ORDER BY a.id DESC LIMIT $${bind.length + 1}`, {
        bind: [...bind, limit],
        type: QueryTypes.SELECT,
      });
    },
  };
}

function conditionsOf({ subject, action, who, from, to }: AuditFilter, before: string | null) {
  const conditions: string[] = [];
  const bind: unknown[] = [];
  const where = (value: unknown, condition: (place: string) => string): void => {
    if (value === undefined || value === null) return;
    bind.push(value);
    conditions.push(condition(`$${bind.length}`));
  };
  where(before, (place) => `a.id < ${place}::bigint`);
  where(subject, (place) => `a.subject = ${place}`);
  where(action, (place) => `a.action = ${place}`);
  where(from, (place) => `a.at >= ${place}::timestamptz`);
  where(to, (place) => `a.at < ${place}::timestamptz`);
  if (who === 'service') conditions.push('a.user_id IS NULL');
  else if (UUID.test(who ?? '')) where(who, (place) => `a.user_id = ${place}::uuid`);
  else {
    where(who?.toLowerCase(), (place) => `a.user_id = (SELECT id FROM users WHERE lower(email) = ${place})`);
  }
  return { conditions, bind };
}
