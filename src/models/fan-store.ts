import { QueryTypes, type Sequelize } from 'sequelize';
import type { BookingStatus, Seat } from '../booking/types';
import { inTransaction } from '../lib/database';
import { isUuid, UUID } from '../lib/ids';
import { type DoneBy, writeAudit } from './audit-log';
import type { StoredCommand } from './command-store';
import type { Page } from './purchase-store';
import type { Role } from './roles';
import { TYPED_CODE, typedCode } from './ticket-codes';
import { TICKET_COLUMNS, type TicketFacts, WITH_TICKET_PLACE } from './ticket-store';

/** Somebody as those see them who help: nothing that opens an account. */
export interface FanFacts {
  id: string;
  email: string;
  name: string;
  role: Role;
  /** Who vouches for them; null: they sign in here. */
  issuer: string | null;
  createdAt: Date;
}

/** Which show something is about. */
interface OfShow {
  concertId: string;
  concertTitle: string;
  scheduleId: string;
  startAt: Date;
}

export interface FanBooking extends OfShow {
  id: string;
  userId: string;
  status: BookingStatus;
  seats: Pick<Seat, 'number' | 'section' | 'row' | 'price'>[];
  totalPrice: number;
  createdAt: Date;
  expiresAt: Date;
  paidAt: Date | null;
  entryId: string | null;
}

/** What was asked for and what became of it. A charge has no show. */
export interface FanCommand extends Partial<OfShow> {
  id: string;
  userId: string;
  kind: StoredCommand['kind'];
  status: StoredCommand['status'];
  /** Of its kind: seat numbers, a booking's id, an amount. */
  payload: Record<string, unknown>;
  /** Of a refused or failed one: why. */
  outcome: Record<string, unknown> | null;
  createdAt: Date;
  finishedAt: Date | null;
}

export interface Found {
  users: FanFacts[];
  bookings: FanBooking[];
  commands: FanCommand[];
  tickets: TicketFacts[];
}

export interface FanStore {
  /**
   * By e-mail in any case, by the id of a booking, a command, a ticket or a user, or by a ticket's code however it is typed. Of somebody
   * their newest things; of a thing what belongs to the same booking. It is in the audit log.
   */
  search(query: string, by: DoneBy): Promise<Found>;
  /** null: there is nobody. It is in the audit log. */
  look(userId: string, by: DoneBy): Promise<FanFacts | null>;
  bookings(userId: string, page: Page): Promise<FanBooking[]>;
  tickets(userId: string, page: Page): Promise<TicketFacts[]>;
  commands(userId: string, page: Page): Promise<FanCommand[]>;
}

/** Of each kind of thing. */
export const NEWEST = 50;
/** Somebody who sends commands without end shall not make them unreadable: those of a booking are looked for among so many. */
const COMMANDS_READ = 1000;

const USERS = `
  SELECT id, coalesce(email, issuer_email, '') AS email, name, role, issuer, created_at AS "createdAt" FROM users`;
// As two questions: each has its index.
const USERS_BY_EMAIL = `${USERS} WHERE lower(email) = $1
  UNION ${USERS} WHERE lower(issuer_email) = $1 LIMIT 20`;

const BOOKINGS = `
  SELECT b.id, b.user_id AS "userId", b.concert_id AS "concertId", c.title AS "concertTitle", b.schedule_id AS "scheduleId",
         s.start_at AS "startAt", b.total_price::float8 AS "totalPrice", b.created_at AS "createdAt",
         b.expires_at AS "expiresAt", b.paid_at AS "paidAt", b.entry_id AS "entryId",
         CASE WHEN b.status = 'PENDING' AND b.expires_at <= statement_timestamp() THEN 'EXPIRED' ELSE b.status END AS status,
         (SELECT json_agg(json_build_object('number', number, 'section', section, 'row', row_name, 'price', price)
                          ORDER BY number)
            FROM seats WHERE seats.schedule_id = b.schedule_id AND number = ANY(b.seat_numbers)) AS seats
    FROM bookings b JOIN schedules s ON s.id = b.schedule_id JOIN concerts c ON c.id = b.concert_id`;
const TICKETS = `SELECT ${TICKET_COLUMNS} FROM tickets t ${WITH_TICKET_PLACE}`;
const COMMANDS = `
  SELECT m.id, m.user_id AS "userId", m.kind, m.status, m.payload, m.created_at AS "createdAt",
         CASE WHEN m.status IN ('rejected', 'failed') THEN m.outcome END AS outcome, m.finished_at AS "finishedAt",
         s.concert_id AS "concertId", c.title AS "concertTitle", m.schedule_id AS "scheduleId", s.start_at AS "startAt"
    FROM commands m LEFT JOIN schedules s ON s.id = m.schedule_id LEFT JOIN concerts c ON c.id = s.concert_id`;
const COMMANDS_OF_BOOKING = `${COMMANDS}
   JOIN (SELECT id FROM commands WHERE user_id = $2 ORDER BY id DESC LIMIT ${COMMANDS_READ}) AS newest ON newest.id = m.id
  WHERE m.id = $1::uuid OR m.payload->>'bookingId' = $1::text ORDER BY m.id DESC LIMIT ${NEWEST}`;

/** A page of what belongs to a user, newest first. @param table as the statement calls it */
const ofUser = (select: string, table: string): string =>
  `${select} WHERE ${table}.user_id = $1 AND ($2::uuid IS NULL OR ${table}.id < $2) ORDER BY ${table}.id DESC LIMIT $3`;

/** What those see of fans who help them. */
export function createFanStore(sequelize: Sequelize): FanStore {
  const select = async <Row extends object>(sql: string, bind: unknown[]): Promise<Row[]> =>
    sequelize.query<Row>(sql, { bind, type: QueryTypes.SELECT });
  const list =
    <Row extends object>(sql: string) =>
    async (userId: string, { limit, before }: Page): Promise<Row[]> =>
      select<Row>(sql, [userId, before, limit]);

  const bookings = list<FanBooking>(ofUser(BOOKINGS, 'b'));
  const tickets = list<TicketFacts>(ofUser(TICKETS, 't'));
  const commands = list<FanCommand>(ofUser(COMMANDS, 'm'));
  const newest = { limit: NEWEST, before: null };

  async function ofUsers(users: FanFacts[]): Promise<Found> {
    const each = await Promise.all(
      users.map(async ({ id }) =>
        Promise.all([bookings(id, newest), commands(id, newest), tickets(id, newest)]),
      ),
    );
    return {
      users,
      bookings: each.flatMap(([found]) => found),
      commands: each.flatMap(([, found]) => found),
      tickets: each.flatMap(([, , found]) => found),
    };
  }

  /** With whose it is, its tickets, and what was asked about it. */
  async function ofBooking(id: string, also: FanCommand[] = []): Promise<Found> {
    const found = await select<FanBooking>(`${BOOKINGS} WHERE b.id = $1`, [id]);
    const userId = found[0]?.userId ?? also[0]?.userId;
    const [users, its, asked] = await Promise.all([
      select<FanFacts>(`${USERS} WHERE id = $1`, [userId ?? null]),
      select<TicketFacts>(`${TICKETS} WHERE t.booking_id = $1 ORDER BY t.seat_number`, [id]),
      select<FanCommand>(COMMANDS_OF_BOOKING, [id, userId ?? null]),
    ]);
    const known = new Map([...also, ...asked].map((each) => [each.id, each]));
    return { users, bookings: found, commands: [...known.values()], tickets: its };
  }

  async function ofId(id: string): Promise<Found> {
    const users = await select<FanFacts>(`${USERS} WHERE id = $1`, [id]);
    if (users.length > 0) return ofUsers(users);
    const [ticket] = await select<TicketFacts>(`${TICKETS} WHERE t.id = $1`, [id]);
    if (ticket !== undefined) return ofBooking(ticket.bookingId);
    const asked = await select<FanCommand>(`${COMMANDS} WHERE m.id = $1`, [id]);
    const bookingId = asked[0]?.payload['bookingId'];
    return ofBooking(isUuid(bookingId) ? bookingId : id, asked);
  }

  const ofEmail = async (email: string): Promise<Found> =>
    ofUsers(await select<FanFacts>(USERS_BY_EMAIL, [email.toLowerCase()]));

  async function ofCode(code: string): Promise<Found> {
    const [ticket] = await select<TicketFacts>(`${TICKETS} WHERE ${TYPED_CODE} = $1`, [typedCode(code)]);
    return ticket === undefined ? NOTHING : ofBooking(ticket.bookingId);
  }

  async function noteLook(userIds: string[], by: DoneBy, query: string | null): Promise<void> {
    const subjects = userIds.length === 0 ? ['user:unknown'] : userIds.map((id) => `user:${id}`);
    await inTransaction(sequelize, async (transaction) => {
      for (const subject of subjects) {
        const entry = { ...by, action: 'user.look', subject, after: query === null ? undefined : { query } };
        await writeAudit(sequelize, entry, transaction);
      }
    });
  }

  return {
    search: async (query, by) => {
      const isId = UUID.test(query);
      const found = await (isId ? ofId(query) : query.includes('@') ? ofEmail(query) : ofCode(query));
      // Addresses and codes are not for the log to keep.
      await noteLook(
        found.users.map(({ id }) => id),
        by,
        isId ? query : null,
      );
      return found;
    },
    look: async (userId, by) => {
      const [user] = await select<FanFacts>(`${USERS} WHERE id = $1`, [userId]);
      if (user === undefined) return null;
      await noteLook([userId], by, null);
      return user;
    },
    bookings,
    tickets,
    commands,
  };
}

const NOTHING: Found = { users: [], bookings: [], commands: [], tickets: [] };
