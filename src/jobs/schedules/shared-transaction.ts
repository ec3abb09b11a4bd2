// Lives in the worker process.
import { isDatabaseAway } from '../../lib/database-errors';
import type { Metrics } from '../../lib/metrics';
import { type CommandGroup, type DecidedGroup, type GroupParts, runGroup, runTogether } from './run-group';

export interface SharedTransactionsParts extends GroupParts {
  metrics: Metrics;
}

// While one transaction waits for the disk the other one is decided. More would only make each of them smaller.
const TRANSACTIONS_LIMIT = 2;
// A transaction keeps its schedules locked: it must end soon.
const COMMANDS_LIMIT = 1000;
// A transaction costs much more than one command in it. When this many schedules have groups waiting, more will come soon:
// few commands then wait for those, until this long after the latest transaction began. Else many small transactions
// would get in each other's way.
const MANY_SCHEDULES = 3;
const FEW_COMMANDS = 16;
const GATHER_MS = 50;

interface WaitingGroup {
  group: CommandGroup;
  resolve: (groups: DecidedGroup[]) => void;
  reject: (error: unknown) => void;
}

/**
 * One commit for several schedules' groups. A commit costs the same for one command as for hundreds, and with many dates
 * on sale at once, each with its own queue, nearly every command would pay for one of its own.
 *
 * Groups wait while as many transactions are under way as may be, and a moment longer while they are few and more are
 * likely to come. The next transaction then takes all that it can; the one that ends looks for another.
 */
export class SharedTransactions {
  readonly #parts: SharedTransactionsParts;
  #waiting: WaitingGroup[] = [];
  #underWay = 0;
  #latest = { startedAtMs: 0, schedules: 0 };
  #gathering: NodeJS.Timeout | undefined;

  constructor(parts: SharedTransactionsParts) {
    this.#parts = parts;
  }

  /**
   * Decides a group, in one transaction with whatever other schedules' groups are waiting at the same moment.
   * @returns what was done to this group's schedule
   * @throws the database's error when Postgres is away; the commands stay queued
   */
  async decide(group: CommandGroup): Promise<DecidedGroup[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ group, resolve, reject });
      this.#start();
    });
  }

  #start(): void {
    clearTimeout(this.#gathering);
    if (this.#underWay >= TRANSACTIONS_LIMIT || this.#waiting.length === 0) return;
    const leftMs = this.#latest.startedAtMs + GATHER_MS - performance.now();
    if (leftMs > 0 && this.#mayGather()) this.#gathering = setTimeout(() => this.#start(), leftMs);
    else void this.#run(this.#takeSome());
  }

  #mayGather(): boolean {
    const commands = commandsIn(this.#waiting);
    return this.#latest.schedules + this.#waiting.length >= MANY_SCHEDULES && commands < FEW_COMMANDS;
  }

  async #run(groups: WaitingGroup[]): Promise<void> {
    const { metrics } = this.#parts;
    this.#underWay += 1;
    this.#latest = { startedAtMs: performance.now(), schedules: groups.length };
    const end = metrics.groupSeconds.startTimer();
    await this.#settle(groups);
    end();
    const commands = commandsIn(groups);
    if (commands > 0) metrics.groupSize.observe(commands);
    this.#underWay -= 1;
    this.#start();
  }

  /** Of each schedule one: a second group (its job was taken for stalled) must see what the first one left. */
  #takeSome(): WaitingGroup[] {
    const taken = new Map<string, WaitingGroup>();
    const left: WaitingGroup[] = [];
    let commands = 0;
    for (const waiting of this.#waiting) {
      const { scheduleId, commands: more } = waiting.group;
      const fits = taken.size === 0 || commands + more.length <= COMMANDS_LIMIT;
      if (fits && !taken.has(scheduleId)) {
        taken.set(scheduleId, waiting);
        commands += more.length;
      } else left.push(waiting);
    }
    this.#waiting = left;
    return [...taken.values()];
  }

  /** Never rejects: whoever waits is told. */
  async #settle(groups: WaitingGroup[]): Promise<void> {
    const [only] = groups;
    if (only !== undefined && groups.length === 1) return this.#settleAlone(only);
    try {
      const decided = await runTogether(
        this.#parts,
        groups.map(({ group }) => group),
      );
      groups.forEach(({ resolve }, index) => resolve(decided.slice(index, index + 1)));
    } catch (error) {
      if (isDatabaseAway(error)) {
        for (const { reject } of groups) reject(error);
        return;
      }
      const { logger } = this.#parts;
      logger.warn({ err: error, groups: groups.length }, 'groups failed together: now each by itself');
      for (const each of groups) await this.#settleAlone(each);
    }
  }

  async #settleAlone({ group, resolve, reject }: WaitingGroup): Promise<void> {
    await runGroup(this.#parts, group).then(resolve, reject);
  }
}

const commandsIn = (groups: readonly WaitingGroup[]): number =>
  groups.reduce((sum, { group }) => sum + group.commands.length, 0);
