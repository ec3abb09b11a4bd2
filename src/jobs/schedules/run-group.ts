// Lives in the worker process.
import type { Sequelize } from 'sequelize';
import { uuidv7 } from 'uuidv7';
import { decide } from '../../booking/decide';
import type { Balance, Changes, Command, HallState, Schedule } from '../../booking/types';
import { isDatabaseAway, isTransient } from '../../lib/database-errors';
import type { Logger } from '../../lib/logger';
import { inTwoTrips } from '../../lib/pipeline';
import type { EndedCommand } from '../../models/command-store';
import { changesList, failureWrites, groupWrites } from '../../models/group-changes';
import { HallsMissingError, loadGroups, type LoadedGroup, lockSchedules } from '../../models/group-state';
import { type HallMemory, needsHall, type Versions } from '../../models/hall-memory';
import type { CatalogEntry, SeatCatalog } from '../../models/seat-catalog';
import { endedOf, failedOf } from '../outcomes/outcomes';

export interface GroupParts {
  database: Sequelize;
  catalog: SeatCatalog;
  holdTtlMs: number;
  logger: Logger;
  memory: HallMemory;
}

/** Commands for one schedule, in order. None at all releases the holds that have ended. */
export interface CommandGroup {
  scheduleId: string;
  commands: readonly Command[];
}

/** What one transaction did to one schedule. */
export interface DecidedGroup {
  schedule: Schedule;
  /** The commands decided now, in order, and how each of them ended, in the same order. */
  commands: readonly Command[];
  ended: EndedCommand[];
  /** Those that had ended before, as they are stored: whoever decided them may have told nobody. */
  endedBefore: EndedCommand[];
  changes: Changes;
  /** The seat map's new version, or null when no seat changed. */
  version: number | null;
  /** Whether there may be more holds that have ended: the transaction takes a bounded number of them along. */
  moreDue: boolean;
  /** The hall as it was left, where the decision had it. */
  hall?: { versions: Versions; state: HallState } | undefined;
}

// Holds that have ended and that one transaction releases, over all its schedules. Bounded, as commands wait for it.
export const RELEASE_LIMIT = 2000;
// A concurrent writer was faster. Cannot happen while the schedule is locked; if it does, looking again is right.
const RACES = [
  'seat_claims_pkey',
  'payments_booking_key',
  'point_histories_booking_key',
  'point_histories_pkey',
  'waitlist_entries_sequence_key',
  'waitlist_entries_waiting_user',
  'bookings_entry_key',
];

/**
 * Decides the commands of one schedule, in order, in one transaction. Those already finished are left alone, so running
 * this twice does nothing twice. One command that makes the transaction fail does not take the others with it: they
 * are run singly, and that one ends as `failed`.
 * @throws the database's error when Postgres is away; nothing has changed then, and the commands stay queued
 */
export async function runGroup(parts: GroupParts, group: CommandGroup): Promise<DecidedGroup[]> {
  const { scheduleId, commands } = group;
  try {
    return await runTogether(parts, [group]);
  } catch (error) {
    // A lock that somebody keeps for long is no fault of a command: nothing has changed, and its time will come.
    if (isDatabaseAway(error) || isTransient(error) || commands.length === 0) throw error;
    parts.logger.error({ err: error, scheduleId, commands: commands.length }, 'a group of commands failed');
    const [first] = commands;
    if (first !== undefined && commands.length === 1) return [await fail(parts, scheduleId, first)];
  }
  const results: DecidedGroup[] = [];
  for (const command of commands) {
    results.push(...(await runGroup(parts, { scheduleId, commands: [command] })));
  }
  return results;
}

/**
 * Decides groups of several schedules in one transaction: all of them, or none when one command makes it fail.
 * @param groups of each schedule one at most
 * @returns what was done to each, in the same order
 * @throws the database's error, or whatever was thrown in deciding; nothing has changed then
 */
export async function runTogether(
  parts: GroupParts,
  groups: readonly CommandGroup[],
): Promise<DecidedGroup[]> {
  // To read one hall may push another one out of memory: what was missing once is asked for from then on, and as each
  // failure names another one, there are no more of them than groups.
  const needed: string[] = [];
  for (;;) {
    try {
      return await tryTogether(parts, groups, needed);
    } catch (error) {
      const missing = error instanceof HallsMissingError ? error.scheduleIds : [];
      if (missing.length === 0 || missing.some((id) => needed.includes(id))) throw error;
      needed.push(...missing);
    }
  }
}

/**
 * @param needed schedules whose halls must be had, whatever the commands are
 * @throws HallsMissingError when others are needed
 */
async function tryTogether(
  parts: GroupParts,
  groups: readonly CommandGroup[],
  needed: readonly string[],
): Promise<DecidedGroup[]> {
  const asked = await Promise.all(
    groups.map(async ({ scheduleId, commands }) => {
      const entry = await entryOf(parts, scheduleId);
      const inMemory = parts.catalog.hallInMemory(entry);
      const isNeeded = needed.includes(scheduleId) || needsHall(entry.schedule, commands);
      const hall = isNeeded ? await parts.catalog.hall(scheduleId) : inMemory;
      return { entry, hall, commands };
    }),
  );
  const { holdTtlMs, memory } = parts;
  const options = { holdTtlMs, memory, releaseLimit: Math.ceil(RELEASE_LIMIT / groups.length) };
  const { decided } = await inTwoTrips(
    parts.database,
    async (run) => {
      const { groups: loaded, balances, now } = await loadGroups(run, asked, options);
      return { decided: loaded.map((group) => decideGroup(group, balances, now)), now };
    },
    (found) => groupWrites(found.decided, found.now),
    {
      retryOn: RACES,
      onFailure: (error) => {
        if (!(error instanceof HallsMissingError)) memory.clear();
      },
    },
  );
  for (const { schedule, hall } of decided)
    if (hall !== undefined) memory.keep(schedule.id, hall.versions, hall.state);
  return decided;
}

/** @param balances are changed to what this group leaves: the next one may pay from the same */
function decideGroup(
  { seats, commands, endedBefore, state, versions, moreDue }: LoadedGroup,
  balances: Map<string, Balance>,
  now: number,
): DecidedGroup {
  const { schedule } = state;
  const { outcomes, changes, hall } = decide(state, commands, now, uuidv7);
  for (const { userId, balanceAfter, entry } of changes.entries) {
    balances.set(userId, { balance: balanceAfter, lastEntry: entry });
  }
  const ended = commands.map((command, index) => {
    const outcome = outcomes[index];
    if (outcome === undefined) throw new Error(`Command ${command.id} was not decided`);
    return endedOf(command, outcome, schedule, seats, now);
  });
  const version = changes.seatStates.size === 0 ? null : versions.seats + 1;
  const after: Versions = {
    seats: version ?? versions.seats,
    waitlist: versions.waitlist + (changesList(changes) ? 1 : 0),
  };
  const left = hall && { versions: after, state: hall };
  return { schedule, commands, ended, endedBefore, changes, version, moreDue, hall: left };
}

/** Under the schedule's lock: somebody else may have ended the command meanwhile, and what is stored is what is told. */
async function fail(parts: GroupParts, scheduleId: string, command: Command): Promise<DecidedGroup> {
  const { schedule } = await entryOf(parts, scheduleId);
  const found = await inTwoTrips(
    parts.database,
    async (run) => {
      const { endedBefore, now } = await lockSchedules(run, [scheduleId], [command.id]);
      const commands = endedBefore.length > 0 ? [] : [command];
      return { commands, ended: commands.map((each) => failedOf(each, now)), endedBefore, now };
    },
    ({ commands, ended, now }) => failureWrites({ schedule, commands, ended }, now),
  );
  const { commands, ended, endedBefore } = found;
  return { schedule, commands, ended, endedBefore, changes: NOTHING, version: null, moreDue: false };
}

const NOTHING: Changes = {
  newBookings: [],
  changedBookings: [],
  freedSeats: [],
  claimedSeats: [],
  newPayments: [],
  refundedPayments: [],
  newTickets: [],
  voidedTickets: [],
  entries: [],
  enlisted: [],
  offeredEntries: [],
  withdrawnEntries: [],
  acts: [],
  seatStates: new Map(),
};

async function entryOf(parts: GroupParts, scheduleId: string): Promise<CatalogEntry> {
  const entry = await parts.catalog.find(scheduleId);
  if (entry === null) throw new Error(`There is no schedule ${scheduleId}`);
  return entry;
}
