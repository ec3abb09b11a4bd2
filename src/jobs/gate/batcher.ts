// Lives in the web process.
import { Problem } from '../../lib/problems';
import type { NewCommand, StoredCommand } from '../../models/command-store';
import {
  type Batch,
  type BatchTraffic,
  isBusy,
  type PendingCommand,
  ScheduleBatcher,
} from './schedule-batcher';
import { type BatcherParts, queueBatch, recordPending } from './sending';

// Commands not sent yet, over all schedules: past it the process answers 503 at once instead of ever later.
export const PENDING_LIMIT = 10_000;
// Recording statements under way at once. More would only take connections from other requests.
const RECORDINGS_LIMIT = 2;

/**
 * Gathers the commands of each schedule and sends them in rounds: a round takes a batch from every schedule that is ready,
 * records in one statement what is to be recorded first, and queues each batch. It begins after the requests that came
 * in the same turn of the event loop, so that they share the batch; or, with as many recordings under way as may be, when
 * one of them has ended.
 */
export class Batcher {
  readonly #parts: BatcherParts;
  readonly #bySchedule = new Map<string, ScheduleBatcher>();
  readonly #traffic: BatchTraffic;
  /** While there are any, a round is due: at the end of this turn, or of a recording. */
  readonly #ready: ScheduleBatcher[] = [];
  #pendingCount = 0;
  #recordings = 0;
  #isClosed = false;

  constructor(parts: BatcherParts) {
    this.#parts = parts;
    this.#traffic = {
      underWay: 0,
      onReady: (batcher) => {
        if (this.#ready.push(batcher) === 1) setImmediate(() => this.#round());
      },
      onUnused: ({ scheduleId }) => this.#bySchedule.delete(scheduleId),
    };
  }

  /**
   * Sends a command on its way. With `recordFirst` it is durably recorded before it is queued, and so before this
   * resolves; without, the worker records it with its outcome, and nothing may be promised before that.
   * @returns null when it is on its way, else the earlier command of the same idempotency key
   * @throws Problem OVERLOADED when the buffer is full
   */
  async put(asked: NewCommand, recordFirst: boolean): Promise<StoredCommand | null> {
    if (this.#isClosed || this.#pendingCount >= PENDING_LIMIT) {
      throw new Problem('OVERLOADED', 'Too many commands at once. Nothing was recorded; try again.');
    }
    const batcher = this.#of(asked.scheduleId);
    return new Promise((resolve, reject) => {
      this.#count(1);
      batcher.add({ asked, recordFirst, putAtMs: performance.now(), resolve, reject });
    });
  }

  /** A worker has ended a batch of this process. */
  batchEnded(scheduleId: string, batchId: string): void {
    this.#bySchedule.get(scheduleId)?.ended(batchId);
  }

  /** Takes no more commands, and leaves those that wait. */
  close(): void {
    this.#isClosed = true;
    for (const batcher of this.#bySchedule.values()) batcher.close();
  }

  #of(scheduleId: string): ScheduleBatcher {
    const known = this.#bySchedule.get(scheduleId);
    if (known !== undefined) return known;
    const batcher = new ScheduleBatcher(scheduleId, this.#traffic);
    this.#bySchedule.set(scheduleId, batcher);
    return batcher;
  }

  #count(change: number): void {
    this.#pendingCount += change;
    this.#parts.metrics.gatePending.set(this.#pendingCount);
  }

  #round(): void {
    if (this.#recordings >= RECORDINGS_LIMIT || this.#ready.length === 0) return;
    const batches = this.#ready.splice(0).map((batcher) => batcher.take());
    this.#count(-batches.reduce((sum, { commands }) => sum + commands.length, 0));
    void this.#send(batches);
  }

  async #send(batches: readonly Batch[]): Promise<void> {
    this.#recordings += 1;
    const first = batches.flatMap(({ commands }) => commands.filter(({ recordFirst }) => recordFirst));
    const recorded = first.length === 0 ? NONE : await recordPending(this.#parts, first);
    this.#recordings -= 1;
    this.#round();
    await Promise.all(batches.map(async (batch) => this.#queue(batch, recorded)));
  }

  async #queue(batch: Batch, recorded: ReadonlySet<PendingCommand>): Promise<void> {
    const going = batch.commands.filter((pending) => !pending.recordFirst || recorded.has(pending));
    // While there is much to do nobody looks at what went well, and keeping it costs Redis a good part of its time.
    const isKept = !isBusy(this.#traffic);
    if (going.length > 0) await queueBatch(this.#parts, { ...batch, commands: going }, isKept);
    else this.batchEnded(batch.scheduleId, batch.id);
  }
}

const NONE: ReadonlySet<PendingCommand> = new Set();
