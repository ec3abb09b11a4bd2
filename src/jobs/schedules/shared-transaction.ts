// Lives in the worker process.
import { isDatabaseAway } from '../../lib/database-errors';
import type { Metrics } from '../../lib/metrics';
import { type CommandGroup, type DecidedGroup, type GroupParts, runGroup, runTogether } from './run-group';

export interface SharedTransactions {
  /**
   * Decides a group, in one transaction with whatever other schedules' groups are waiting at the same moment.
   * @returns what was done to this group's schedule
   * @throws the database's error when Postgres is away; the commands stay queued
   */
  decide(group: CommandGroup): Promise<DecidedGroup[]>;
}

// While one transaction waits for the disk the other one is decided. More would only make each of them smaller.
const TRANSACTIONS_LIMIT = 2;
// So that one transaction, and the locks on its schedules, stays well under a second.
const COMMANDS_LIMIT = 1000;
// A transaction costs several times what one command in it does. With the groups of so many schedules about, more are
// on their way: few commands wait for them, for so long after the latest transaction began. However many processes share
// the schedules, small transactions then do not crowd each other out.
const MANY_SCHEDULES = 3;
const FEW_COMMANDS = 16;
const GATHER_MS = 50;

interface WaitingGroup {
  group: CommandGroup;
  resolve: (groups: DecidedGroup[]) => void;
  reject: (error: unknown) => void;
}

/**
 * One commit for several schedules' groups. A commit costs the same for one command as for hundreds; a hundred dates on
 * sale at once, each with its own queue, would pay for it with every command or two.
 */
export function createSharedTransactions(parts: GroupParts & { metrics: Metrics }): SharedTransactions {
  let waiting: WaitingGroup[] = [];
  let running = 0;
  let latest = { startedAt: 0, schedules: 0 };
  let gathering: NodeJS.Timeout | undefined;

  function start(): void {
    clearTimeout(gathering);
    if (running >= TRANSACTIONS_LIMIT || waiting.length === 0) return;
    const leftMs = latest.startedAt + GATHER_MS - performance.now();
    if (leftMs > 0 && mayGather()) gathering = setTimeout(start, leftMs);
    else void run(takeSome());
  }

  function mayGather(): boolean {
    const commands = waiting.reduce((sum, { group }) => sum + group.commands.length, 0);
    return latest.schedules + waiting.length >= MANY_SCHEDULES && commands < FEW_COMMANDS;
  }

  async function run(entries: WaitingGroup[]): Promise<void> {
    running += 1;
    latest = { startedAt: performance.now(), schedules: entries.length };
    const end = parts.metrics.groupSeconds.startTimer();
    await settle(entries);
    end();
    const commands = entries.reduce((sum, { group }) => sum + group.commands.length, 0);
    if (commands > 0) parts.metrics.groupSize.observe(commands);
    running -= 1;
    start();
  }

  /** Of each schedule one: a second group (its job was taken for stalled) must see what the first one left. */
  function takeSome(): WaitingGroup[] {
    const taken = new Map<string, WaitingGroup>();
    const left: WaitingGroup[] = [];
    let commands = 0;
    for (const entry of waiting) {
      const { scheduleId, commands: more } = entry.group;
      const fits = taken.size === 0 || commands + more.length <= COMMANDS_LIMIT;
      if (fits && !taken.has(scheduleId)) {
        taken.set(scheduleId, entry);
        commands += more.length;
      } else left.push(entry);
    }
    waiting = left;
    return [...taken.values()];
  }

  /** Never rejects: whoever waits is told. */
  async function settle(entries: WaitingGroup[]): Promise<void> {
    const [only] = entries;
    if (only !== undefined && entries.length === 1) return settleAlone(only);
    try {
      const results = await runTogether(
        parts,
        entries.map(({ group }) => group),
      );
      entries.forEach(({ resolve }, index) => resolve(results.slice(index, index + 1)));
    } catch (error) {
      if (isDatabaseAway(error)) {
        for (const { reject } of entries) reject(error);
        return;
      }
      parts.logger.warn({ err: error, groups: entries.length }, 'groups failed together: now each by itself');
      for (const entry of entries) await settleAlone(entry);
    }
  }

  async function settleAlone({ group, resolve, reject }: WaitingGroup): Promise<void> {
    await runGroup(parts, group).then(resolve, reject);
  }

  return {
    decide: async (group) =>
      new Promise((resolve, reject) => {
        waiting.push({ group, resolve, reject });
        start();
      }),
  };
}
