// Lives in the web process.
import { uuidv7 } from 'uuidv7';
import type { NewCommand, StoredCommand } from '../../models/command-store';
import { TIMES } from '../../lib/times';

/**
 * Gathers the commands of one schedule into batches. It is always in one of these modes:
 *
 * - IDLE: no command waits. The first to come leads to READY when no batch of the schedule is under way and the process
 *   is not busy: an idle service sends one command at once. Else to GATHERING, or to HELD.
 * - GATHERING: commands wait for company. To READY when the linger is over, when there is enough for a whole batch, or
 *   when a command comes while no batch is under way any more. When a batch ends it looks again, and lingers anew: what
 *   gathered while the workers were the slow side need not wait as long any more.
 * - HELD: so many batches are under way that no more is sent, however much waits: the queue must not grow without bound
 *   when no worker takes from it. A batch that ends leads to READY or GATHERING.
 * - READY: the batcher takes a batch, in this turn of the event loop or when a recording has ended. From there to whatever
 *   is right for what is left: IDLE most of the time, READY again when a burst is larger than a batch.
 *
 * A schedule that is IDLE and has no batch under way is unused, and its batcher can be dropped.
 */
type Mode = 'IDLE' | 'GATHERING' | 'HELD' | 'READY';

/** A command that waits to be sent, and the request that waits for that. */
export interface PendingCommand {
  asked: NewCommand;
  recordFirst: boolean;
  putAtMs: number;
  /** null: it is on its way. Else the earlier command of the same idempotency key. */
  resolve: (earlier: StoredCommand | null) => void;
  reject: (error: unknown) => void;
}

/** What is sent at once. */
export interface Batch {
  id: string;
  scheduleId: string;
  commands: PendingCommand[];
}

/** What the schedules of a process have in common. */
export interface BatchTraffic {
  /** Batches under way, over all schedules. */
  underWay: number;
  onReady: (batcher: ScheduleBatcher) => void;
  onUnused: (batcher: ScheduleBatcher) => void;
}

// A batch waits for the one before it to end, but no longer than this: so an idle service sends one command at once, and a
// busy one sends what has gathered.
const LINGER_MS = 4;
// With so many of a schedule's batches under way the workers are the slow side: more small batches would only make them
// slower, so what comes gathers for longer. (Not for ever: a 202 waits for it, and there may be no worker at all.)
const BACKED_UP = 2;
const BACKED_UP_LINGER_MS = 200;
export const BATCH_LIMIT = 500;
// With so many batches under way over all schedules, one that could send at once lingers too: a job costs several times
// what one command in it does.
export const BUSY = 16;
export const BUSY_LINGER_MS = 30;
// Batches under way per schedule. One is forgotten after a while, as the message that it has ended may have been lost.
export const UNDER_WAY_LIMIT = 30;

/** Schedules of a busy process linger until the same moments: their batches leave in one write, and are taken in one turn. */
function untilCommonMoment(): number {
  const nowMs = performance.now();
  return Math.ceil((nowMs + BUSY_LINGER_MS / 2) / BUSY_LINGER_MS) * BUSY_LINGER_MS - nowMs;
}

export const isBusy = ({ underWay }: BatchTraffic): boolean => underWay >= BUSY;

export class ScheduleBatcher {
  #mode: Mode = 'IDLE';
  readonly #pending: PendingCommand[] = [];
  /** By batch: what forgets it. */
  readonly #underWay = new Map<string, NodeJS.Timeout>();
  #linger: NodeJS.Timeout | undefined;

  constructor(
    readonly scheduleId: string,
    readonly traffic: BatchTraffic,
  ) {}

  add(command: PendingCommand): void {
    this.#pending.push(command);
    this.#look();
  }

  /** Takes a batch from what is READY. It is under way from now on. */
  take(): Batch {
    const id = uuidv7();
    const commands = this.#pending.splice(0, BATCH_LIMIT);
    this.#underWay.set(
      id,
      setTimeout(() => this.ended(id), TIMES.forgetBatchMs),
    );
    this.traffic.underWay += 1;
    this.#mode = 'IDLE';
    this.#look();
    return { id, scheduleId: this.scheduleId, commands };
  }

  /** A batch has ended, was not needed, or is given up for lost. */
  ended(batchId: string): void {
    clearTimeout(this.#underWay.get(batchId));
    if (this.#underWay.delete(batchId)) this.traffic.underWay -= 1;
    if (this.#mode === 'GATHERING') this.#stopLingering();
    this.#look();
    if (this.#mode === 'IDLE' && this.#underWay.size === 0) this.traffic.onUnused(this);
  }

  /** Lets go of all timers. */
  close(): void {
    this.#stopLingering();
    for (const timer of this.#underWay.values()) clearTimeout(timer);
  }

  /** The mode that is right now. What is READY stays so until a batch was taken. */
  #look(): void {
    const isFirst = this.#underWay.size === 0;
    if (this.#mode === 'READY') return;
    if (this.#pending.length === 0) this.#mode = 'IDLE';
    else if (this.#underWay.size >= UNDER_WAY_LIMIT) this.#mode = 'HELD';
    else if (this.#pending.length >= BATCH_LIMIT || (isFirst && !isBusy(this.traffic))) this.#becomeReady();
    else this.#gather();
  }

  #gather(): void {
    this.#mode = 'GATHERING';
    this.#linger ??= setTimeout(() => this.#becomeReady(), this.#lingerMs());
  }

  #lingerMs(): number {
    const underWay = this.#underWay.size;
    if (isBusy(this.traffic)) return underWay === 0 ? untilCommonMoment() : BACKED_UP_LINGER_MS;
    return underWay < BACKED_UP ? LINGER_MS : BACKED_UP_LINGER_MS;
  }

  #becomeReady(): void {
    this.#stopLingering();
    this.#mode = 'READY';
    this.traffic.onReady(this);
  }

  #stopLingering(): void {
    clearTimeout(this.#linger);
    this.#linger = undefined;
  }
}
