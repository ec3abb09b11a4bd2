import { uuidv7 } from 'uuidv7';
import type { Balance, Command, HallState, Seat, SeatsByNumber, State } from '../booking/types';
import { type Run, together } from '../lib/pipeline';
import type { EndedCommand } from './command-store';
import { namedBy } from './group-named';
import {
  type BalanceRow,
  balanceOf,
  type BookingRow,
  bookingOf,
  type EntryRow,
  entryOf,
  type PaymentRow,
  paymentOf,
  type TicketRow,
  ticketOf,
} from './group-rows';
import {
  BALANCES,
  BOOKINGS,
  CLOCK,
  LISTED,
  LOCK,
  OFFERED,
  PAYMENTS,
  SEATS,
  TICKETS,
} from './group-statements';
import type { Hall } from './hall';
import { type HallMemory, needsHall, readHallState, type Versions } from './hall-memory';
import type { CatalogEntry } from './seat-catalog';
import { makeTicketCode } from './ticket-codes';

/** Commands for one schedule, in order. */
export interface GroupToLoad {
  entry: CatalogEntry;
  /** All its seats, where they are in memory or a command needs them (`needsHall`): else those that are named are read. */
  hall?: Hall | undefined;
  commands: readonly Command[];
}

/** The same as they stand under the schedule's lock. */
export interface LoadedGroup {
  entry: CatalogEntry;
  /** At least those named by the commands and by the bookings that these name. */
  seats: SeatsByNumber;
  /** Those of the commands asked for that have not ended yet, in the order given. */
  commands: Command[];
  endedBefore: EndedCommand[];
  state: State;
  /** Of the seat map and the waiting list so far. */
  versions: Versions;
  /** Whether there may be more holds that have ended than were taken along. */
  moreDue: boolean;
}

export interface LoadOptions {
  holdTtlMs: number;
  /** How many holds per schedule that have ended to take along, whether or not a command names them. */
  releaseLimit: number;
  memory: HallMemory;
}

/** Locks the schedules, in one round trip, and says which of these commands have ended before. */
export async function lockSchedules(
  run: Run,
  scheduleIds: readonly string[],
  commandIds: readonly string[],
): Promise<{ versions: Map<string, Versions>; endedBefore: EndedCommand[]; now: number }> {
  const [locked, [clock]] = await together([
    run<{ id: string } & Versions>(LOCK, [scheduleIds]),
    run<{ now: number; ended: EndedCommand[] }>(CLOCK, [commandIds]),
  ]);
  if (clock === undefined) throw new Error('The database did not tell the time');
  const versions = new Map(locked.map(({ id, ...versions }) => [id, versions]));
  return { versions, endedBefore: clock.ended, now: clock.now };
}

/**
 * Locks the schedules and reads all that the commands touch, in one round trip.
 * @param asked of each schedule once
 * @returns `balances`, those of every group: whoever decides one group after another notes here what each of them left;
 *   `now`, the database's clock in milliseconds, read after every lock was had
 */
export async function loadGroups(
  run: Run,
  asked: readonly GroupToLoad[],
  options: LoadOptions,
): Promise<{ groups: LoadedGroup[]; balances: Map<string, Balance>; now: number }> {
  const named = namedBy(asked);
  const inPart = namedBy(asked.filter(({ hall }) => hall === undefined));
  const scheduleIds = asked.map(({ entry }) => entry.schedule.id);
  const [lock, touched, balanceRows, payments, tickets, seats, listed, offered] = await together([
    lockSchedules(run, scheduleIds, named.commands),
    run<BookingRow>(BOOKINGS, [
      scheduleIds,
      [...named.paid, ...named.cancelled],
      named.seats.scheduleIds,
      named.seats.numbers,
      named.holders.concertIds,
      named.holders.scheduleIds,
      named.holders.userIds,
      options.releaseLimit,
    ]),
    named.payers.size === 0 ? [] : run<BalanceRow>(BALANCES, [[...named.payers]]),
    named.cancelled.length === 0 ? [] : run<PaymentRow>(PAYMENTS, [named.cancelled]),
    named.cancelled.length === 0 ? [] : run<TicketRow>(TICKETS, [named.cancelled]),
    inPart.commands.length === 0
      ? []
      : run<SeatRow>(SEATS, [
          inPart.seats.scheduleIds,
          inPart.seats.numbers,
          [...inPart.paid, ...inPart.cancelled],
        ]),
    named.withdrawn.length + named.enlisting.userIds.length === 0
      ? []
      : run<ListedRow>(LISTED, [named.withdrawn, named.enlisting.scheduleIds, named.enlisting.userIds]),
    named.withdrawn.length === 0 ? [] : run<BookingRow>(OFFERED, [named.withdrawn]),
  ]);
  const bookings = [...new Map([...touched, ...offered].map((row) => [row.id, row])).values()];
  const balances = new Map(balanceRows.map((row): [string, Balance] => [row.user_id, balanceOf(row)]));
  const shared = { balances, payments: payments.map(paymentOf), tickets: tickets.map(ticketOf) };
  const found = { ...lock, endedById: new Map(lock.endedBefore.map((each) => [each.id, each])) };
  const halls = await hallStates(run, asked, lock.versions, options.memory);
  const rows = { bookings, listed, seats, halls, shared, paid: named.paid };
  return { groups: asked.map((each) => groupOf(each, found, rows, options)), balances, now: lock.now };
}

/** From memory, for nothing, where it is of these versions; read, in another round trip, where a command needs it. */
async function hallStates(
  run: Run,
  asked: readonly GroupToLoad[],
  versions: ReadonlyMap<string, Versions>,
  memory: HallMemory,
): Promise<Map<string, HallState>> {
  const found = new Map<string, HallState>();
  const reading: Promise<void>[] = [];
  const missing: string[] = [];
  for (const { entry, hall, commands } of asked) {
    const { id } = entry.schedule;
    const its = versionsOf(versions, id);
    // Whatever comes free is offered to those who wait before anybody else can have it.
    const isNeeded = its.waitlist > 0 || needsHall(entry.schedule, commands);
    const remembered = memory.recall(id, its);
    if (isNeeded && hall === undefined) missing.push(id);
    else if (remembered !== undefined) found.set(id, remembered);
    else if (isNeeded && hall !== undefined)
      reading.push(readHallState(run, id, hall, its).then((read) => void found.set(id, read)));
  }
  await together(reading);
  if (missing.length > 0) throw new HallsMissingError(missing);
  return found;
}

function groupOf(
  { entry, hall, commands }: GroupToLoad,
  lock: { versions: Map<string, Versions>; endedById: Map<string, EndedCommand>; now: number },
  rows: {
    bookings: readonly BookingRow[];
    listed: readonly ListedRow[];
    seats: readonly SeatRow[];
    halls: ReadonlyMap<string, HallState>;
    shared: Pick<State, 'balances' | 'payments' | 'tickets'>;
    paid: ReadonlySet<string>;
  },
  { holdTtlMs, releaseLimit }: LoadOptions,
): LoadedGroup {
  const { schedule } = entry;
  const bookings = rows.bookings.filter((row) => row.schedule_id === schedule.id);
  const seats = hall ?? seatsOf(rows.seats, schedule.id);
  const due = bookings.filter((row) => row.status === 'PENDING' && row.expires_at <= lock.now);
  return {
    entry,
    seats,
    commands: commands.filter(({ id }) => !lock.endedById.has(id)),
    endedBefore: commands.flatMap(({ id }) => lock.endedById.get(id) ?? []),
    state: {
      ...rows.shared,
      schedule,
      holdTtlMs,
      seats,
      hall: rows.halls.get(schedule.id),
      bookings: bookings.map(bookingOf),
      listed: rows.listed
        .filter((row) => row.schedule_id === schedule.id)
        .map((row) => ({ entry: entryOf(row), hasLeft: row.has_left })),
      blankTickets: blankTickets(bookings, rows.paid),
    },
    versions: versionsOf(lock.versions, schedule.id),
    moreDue: due.length >= releaseLimit,
  };
}

/** Halls that are needed and not in memory: known only once the schedules are locked. */
export class HallsMissingError extends Error {
  constructor(readonly scheduleIds: readonly string[]) {
    super(`The halls of ${scheduleIds.join(', ')} are not in memory`);
    this.name = 'HallsMissingError';
  }
}

function versionsOf(versions: ReadonlyMap<string, Versions>, scheduleId: string): Versions {
  const found = versions.get(scheduleId);
  if (found === undefined) throw new Error(`Schedule ${scheduleId} has vanished`);
  return found;
}

type ListedRow = EntryRow & { has_left: boolean };

type SeatRow = Seat & { schedule_id: string };

const seatsOf = (rows: readonly SeatRow[], scheduleId: string): SeatsByNumber =>
  new Map(rows.filter((row) => row.schedule_id === scheduleId).map((row) => [row.number, row]));

/** Ids and codes for as many tickets as these pays could make. */
function blankTickets(bookings: readonly BookingRow[], paid: ReadonlySet<string>): State['blankTickets'] {
  const seats = bookings
    .filter((row) => paid.has(row.id))
    .reduce((sum, row) => sum + row.seat_numbers.length, 0);
  return Array.from({ length: seats }, () => ({ id: uuidv7(), code: makeTicketCode() }));
}
