import type { Sequelize } from 'sequelize';
import { decide } from '../booking/decide';
import type { Changes, Command } from '../booking/types';
import { inTransaction, isDatabaseAway, runner } from '../lib/database';
import type { Logger } from '../lib/logger';
import { applyGroup, finishCommands } from '../models/group-changes';
import { loadGroup } from '../models/group-state';
import type { Catalog, SeatCatalog } from '../models/seat-catalog';
import { failedOf, type Finished, finishedOf, toldOf } from './outcomes';

export interface GroupParts {
  database: Sequelize;
  catalog: SeatCatalog;
  holdTtlMs: number;
  logger: Logger;
}

/** What one transaction did. `version` is the seat map's new one, or null when no seat changed. */
export interface GroupResult {
  catalog: Catalog;
  finished: Finished[];
  changes: Changes;
  version: number | null;
}

// Holds that have ended and are taken along by any transaction of their schedule.
const RELEASE_LIMIT = 500;
// A concurrent writer was faster. Cannot happen while the schedule is locked; if it does, looking again is right.
const RACES = [
  'seat_claims_pkey',
  'payments_booking_key',
  'point_histories_booking_key',
  'point_histories_pkey',
];

/**
 * Decides commands of one schedule, in order, in one transaction. Those already finished are left alone, so running
 * this twice does nothing twice. One command that makes the transaction fail does not take the others with it: they
 * are run singly, and that one ends as `failed`.
 * @throws the database's error when Postgres is away; nothing has changed then, and the commands stay queued
 */
export async function runGroup(
  parts: GroupParts,
  scheduleId: string,
  commands: readonly Command[],
): Promise<GroupResult[]> {
  try {
    return [await runOnce(parts, scheduleId, commands)];
  } catch (error) {
    if (isDatabaseAway(error) || commands.length === 0) throw error;
    parts.logger.error({ err: error, scheduleId, commands: commands.length }, 'a group of commands failed');
    const [first] = commands;
    if (first !== undefined && commands.length === 1) return [await fail(parts, scheduleId, first)];
  }
  const results: GroupResult[] = [];
  for (const command of commands) results.push(...(await runGroup(parts, scheduleId, [command])));
  return results;
}

async function runOnce(
  parts: GroupParts,
  scheduleId: string,
  commands: readonly Command[],
): Promise<GroupResult> {
  const catalog = await catalogOf(parts, scheduleId);
  const { schedule, seats } = catalog;
  return inTransaction(
    parts.database,
    async (transaction) => {
      const run = runner(transaction);
      const options = { holdTtlMs: parts.holdTtlMs, releaseLimit: RELEASE_LIMIT };
      const group = await loadGroup(run, catalog, commands, options);
      const { outcomes, changes } = decide(group.state, group.commands, group.now);
      const finished = group.commands.map((command, index) => {
        const outcome = outcomes[index];
        if (outcome === undefined) throw new Error(`Command ${command.id} was not decided`);
        return finishedOf(command, outcome, schedule, seats);
      });
      const version = await applyGroup(run, schedule, changes, finished, group.now);
      return { catalog, finished: finished.map((command) => toldOf(command, group.now)), changes, version };
    },
    { retryOn: RACES },
  );
}

async function fail(parts: GroupParts, scheduleId: string, command: Command): Promise<GroupResult> {
  const catalog = await catalogOf(parts, scheduleId);
  const now = Date.now();
  const failed = failedOf(command);
  await inTransaction(parts.database, async (transaction) =>
    finishCommands(runner(transaction), scheduleId, [failed], now),
  );
  return { catalog, finished: [toldOf(failed, now)], changes: NOTHING, version: null };
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

async function catalogOf(parts: GroupParts, scheduleId: string): Promise<Catalog> {
  const catalog = await parts.catalog.find(scheduleId);
  if (catalog === null) throw new Error(`There is no schedule ${scheduleId}`);
  return catalog;
}
