// Lives in the worker process.
import type { Sequelize } from 'sequelize';
import { decide } from '../../booking/decide';
import type { Balance, Changes, Command, Schedule } from '../../booking/types';
import { isDatabaseAway, isTransient } from '../../lib/database-errors';
import type { Logger } from '../../lib/logger';
import { inTwoTrips } from '../../lib/pipeline';
import { failureWrites, groupWrites } from '../../models/group-changes';
import { type Group, loadGroups, lockSchedules } from '../../models/group-state';
import type { CatalogEntry, SeatCatalog } from '../../models/seat-catalog';
import { failedOf, type Finished, finishedOf, toldOf } from '../outcomes/outcomes';

export interface GroupParts {
  database: Sequelize;
  catalog: SeatCatalog;
  holdTtlMs: number;
  logger: Logger;
}

/** Commands for one schedule, in order. None at all releases the holds that have ended. */
export interface CommandGroup {
  scheduleId: string;
  commands: readonly Command[];
}

/** What one transaction did to one schedule. `version` is the seat map's new one, or null when no seat changed. */
export interface GroupResult {
  schedule: Schedule;
  finished: Finished[];
  /** The commands that had ended before, as they are stored: whoever decided them may have told nobody. */
  ended: Finished[];
  changes: Changes;
  version: number | null;
  /** Whether there may be more holds that have ended: the transaction takes a bounded number of them along. */
  moreDue: boolean;
}

// Holds that have ended and are taken along by one transaction, over all its schedules: commands wait for it.
const RELEASE_LIMIT = 2000;
// A concurrent writer was faster. Cannot happen while the schedule is locked; if it does, looking again is right.
const RACES = [
  'seat_claims_pkey',
  'payments_booking_key',
  'point_histories_booking_key',
  'point_histories_pkey',
];

/**
 * Decides the commands of one schedule, in order, in one transaction. Those already finished are left alone, so running
 * this twice does nothing twice. One command that makes the transaction fail does not take the others with it: they
 * are run singly, and that one ends as `failed`.
 * @throws the database's error when Postgres is away; nothing has changed then, and the commands stay queued
 */
export async function runGroup(parts: GroupParts, group: CommandGroup): Promise<GroupResult[]> {
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
  const results: GroupResult[] = [];
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
): Promise<GroupResult[]> {
  const asked = await Promise.all(
    groups.map(async ({ scheduleId, commands }) => {
      const entry = await entryOf(parts, scheduleId);
      return { entry, hall: parts.catalog.hallInMemory(entry), commands };
    }),
  );
  const options = { holdTtlMs: parts.holdTtlMs, releaseLimit: Math.ceil(RELEASE_LIMIT / groups.length) };
  const { decided, decidedAtMs } = await inTwoTrips(
    parts.database,
    async (run) => {
      const { groups: loaded, balances, now } = await loadGroups(run, asked, options);
      return { decided: loaded.map((group) => decideGroup(group, balances, now)), decidedAtMs: now };
    },
    (found) => groupWrites(found.decided, found.decidedAtMs),
    { retryOn: RACES },
  );
  return decided.map(({ schedule, changes, finished, ended, seatVersion, moreDue }) => ({
    schedule,
    changes,
    ended,
    finished: finished.map((command) => toldOf(command, decidedAtMs)),
    version: changes.seatStates.size === 0 ? null : seatVersion + 1,
    moreDue,
  }));
}

/** @param balances are changed to what this group leaves: the next one may pay from the same */
function decideGroup(
  { entry: { schedule }, seats, commands, ended, state, seatVersion, moreDue }: Group,
  balances: Map<string, Balance>,
  now: number,
) {
  const { outcomes, changes } = decide(state, commands, now);
  for (const { userId, balanceAfter, entry } of changes.entries) {
    balances.set(userId, { balance: balanceAfter, lastEntry: entry });
  }
  const finished = commands.map((command, index) => {
    const outcome = outcomes[index];
    if (outcome === undefined) throw new Error(`Command ${command.id} was not decided`);
    return finishedOf(command, outcome, schedule, seats);
  });
  return { schedule, changes, finished, ended, seatVersion, moreDue };
}

/** Under the schedule's lock: somebody else may have ended the command meanwhile, and what is stored is what is told. */
async function fail(parts: GroupParts, scheduleId: string, command: Command): Promise<GroupResult> {
  const { schedule } = await entryOf(parts, scheduleId);
  const failed = failedOf(command);
  const { ended, now } = await inTwoTrips(
    parts.database,
    async (run) => lockSchedules(run, [scheduleId], [command.id]),
    (found) => failureWrites({ schedule, finished: [failed] }, found.now),
  );
  const finished = ended.length > 0 ? [] : [toldOf(failed, now)];
  return { schedule, finished, ended, changes: NOTHING, version: null, moreDue: false };
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
  seatStates: new Map(),
};

async function entryOf(parts: GroupParts, scheduleId: string): Promise<CatalogEntry> {
  const entry = await parts.catalog.find(scheduleId);
  if (entry === null) throw new Error(`There is no schedule ${scheduleId}`);
  return entry;
}
