// Lives in the web process.
import { uuidv7 } from 'uuidv7';
import type { Command } from '../../booking/types';
import { isDatabaseAway } from '../../lib/database-errors';
import type { Logger } from '../../lib/logger';
import type { Metrics } from '../../lib/metrics';
import { Problem } from '../../lib/problems';
import type { CommandStore, NewCommand, StoredCommand } from '../../models/command-store';
import { addWithin, type Queues } from '../queues/queues';

/** null: recorded now. Else the earlier command of the same idempotency key. */
export type Recorded = StoredCommand | null;

export interface Lanes {
  /**
   * Sends a command on its way. With `recordFirst` it is durably recorded before it is queued, and so before this
   * resolves; without, the worker records it with its outcome, and nothing may be promised before that.
   * @throws Problem OVERLOADED when the buffer is full
   */
  put(command: NewCommand, recordFirst: boolean): Promise<Recorded>;
  /** A worker has finished a batch of this process. */
  finished(scheduleId: string, batchId: string): void;
  close(): void;
}

export interface LanesParts {
  store: CommandStore;
  queues: Queues;
  processId: string;
  metrics: Metrics;
  logger: Logger;
}

// A batch waits for the one before it to finish, but no longer than this: so an idle service sends one command at
// once, and a busy one sends what has gathered.
const LINGER_MS = 4;
// With so many of a lane's batches under way the workers are the slow side: more small batches would only make them
// slower, so what comes gathers for longer. (Not for ever: a 202 waits for it, and there may be no worker at all.)
const BACKED_UP = 2;
const BACKED_UP_LINGER_MS = 200;
const BATCH_LIMIT = 500;
// With so many batches under way over all lanes, a lane that could send at once lingers too: a job costs several times what
// one command in it does.
const BUSY = 16;
const BUSY_LINGER_MS = 30;
// Nor does anybody look at what went well then: keeping it is an eighth of Redis' time.
const LEAVES_NOTHING = { removeOnComplete: true };
// Commands not recorded yet, over all schedules: past it the process answers 503 at once instead of ever later.
const PENDING_LIMIT = 10_000;
// Batches under way per schedule before the lane stops sending: the queue must not grow without bound when no worker
// takes from it. A batch is forgotten after a while, as its reply may have been lost.
const IN_FLIGHT_LIMIT = 30;
const FORGET_BATCH_MS = 5000;
// Recording statements under way at once. More would only take connections from other requests.
const RECORDINGS_LIMIT = 2;
const ADD_TIMEOUT_MS = 2000;

interface Entry {
  command: NewCommand;
  recordFirst: boolean;
  putAt: number;
  resolve: (recorded: Recorded) => void;
  reject: (error: unknown) => void;
}

interface Lane {
  scheduleId: string;
  pending: Entry[];
  inFlight: Map<string, NodeJS.Timeout>;
  linger: NodeJS.Timeout | null;
  ready: boolean;
}

interface Batch {
  lane: Lane;
  id: string;
  entries: Entry[];
}

/** One lane per schedule: gathers commands and sends them in batches, each recorded before it is queued. */
export function createLanes(parts: LanesParts): Lanes {
  const lanes = new Map<string, Lane>();
  let pendingCount = 0;
  let inFlightCount = 0;
  let recordings = 0;
  let flushing = false;
  let closed = false;

  function laneOf(scheduleId: string): Lane {
    const known = lanes.get(scheduleId);
    if (known !== undefined) return known;
    const lane: Lane = { scheduleId, pending: [], inFlight: new Map(), linger: null, ready: false };
    lanes.set(scheduleId, lane);
    return lane;
  }

  function consider(lane: Lane): void {
    const { pending, inFlight } = lane;
    if (lane.ready || pending.length === 0 || inFlight.size >= IN_FLIGHT_LIMIT) return;
    const isBusy = inFlightCount >= BUSY;
    if (pending.length >= BATCH_LIMIT || (inFlight.size === 0 && !isBusy)) makeReady(lane);
    else lane.linger ??= setTimeout(() => makeReady(lane), lingerMs(inFlight.size, isBusy));
  }

  function makeReady(lane: Lane): void {
    if (lane.linger !== null) clearTimeout(lane.linger);
    lane.linger = null;
    lane.ready = true;
    if (flushing) return;
    flushing = true;
    // After the requests that came in the same turn of the event loop, so that they share the batch.
    setImmediate(() => {
      flushing = false;
      flush();
    });
  }

  /** One statement records what all ready lanes have gathered. */
  function flush(): void {
    if (recordings >= RECORDINGS_LIMIT) return; // The recording that ends next flushes.
    const batches = [...lanes.values()]
      .filter((lane) => lane.ready)
      .map((lane) => {
        lane.ready = false;
        const batch = { lane, id: uuidv7(), entries: lane.pending.splice(0, BATCH_LIMIT) };
        inFlightCount += 1;
        lane.inFlight.set(
          batch.id,
          setTimeout(() => forget(lane, batch.id), FORGET_BATCH_MS),
        );
        consider(lane); // A burst larger than one batch leaves some behind.
        return batch;
      });
    if (batches.length === 0) return;
    pendingCount -= batches.reduce((sum, batch) => sum + batch.entries.length, 0);
    parts.metrics.gatePending.set(pendingCount);
    void carry(batches);
  }

  async function carry(batches: Batch[]): Promise<void> {
    recordings += 1;
    const entries = batches.flatMap((batch) => batch.entries);
    const first = entries.filter((entry) => entry.recordFirst);
    const fresh = first.length === 0 ? new Set<string>() : await record(first);
    for (const { command, recordFirst } of entries) if (!recordFirst) fresh.add(command.id);
    recordings -= 1;
    flush();
    await Promise.all(batches.map(async (batch) => send(batch, fresh)));
  }

  /** Never rejects: each request gets the outcome, or the failure. @returns the ids recorded now */
  async function record(entries: Entry[]): Promise<Set<string>> {
    const fresh = new Set<string>();
    try {
      const recorded = await parts.store.record(entries.map((entry) => entry.command));
      for (const { command, putAt, resolve } of entries) {
        const known = recorded.get(command.id);
        if (known === null) fresh.add(command.id);
        parts.metrics.gateSeconds.observe((performance.now() - putAt) / 1000);
        // Neither recorded now nor known by its key: it is there already, under its own id.
        resolve(known ?? null);
      }
    } catch (error) {
      if (entries.length <= 1 || isDatabaseAway(error)) {
        for (const entry of entries) entry.reject(error);
        return fresh;
      }
      // One of them is to blame, and must not take the others' requests with it.
      parts.logger.warn(
        { err: error, commands: entries.length },
        'recording failed: now each half by itself',
      );
      const middle = Math.ceil(entries.length / 2);
      for (const half of [entries.slice(0, middle), entries.slice(middle)]) {
        for (const id of await record(half)) fresh.add(id);
      }
    }
    return fresh;
  }

  /** Queues a batch. Should that fail, it is recorded all the same, and found as work that is due. */
  async function send({ lane, id: batchId, entries }: Batch, fresh: ReadonlySet<string>): Promise<void> {
    const going = entries.filter(({ command }) => fresh.has(command.id));
    if (going.length === 0) {
      forget(lane, batchId);
      return;
    }
    try {
      const data = {
        batchId,
        replyTo: parts.processId,
        commands: going.map(({ command }) => commandOf(command)),
        polled: going.filter((entry) => entry.recordFirst).map(({ command }) => command.id),
      };
      const options = inFlightCount < BUSY ? { jobId: batchId } : { jobId: batchId, ...LEAVES_NOTHING };
      await addWithin(ADD_TIMEOUT_MS, parts.queues.add(lane.scheduleId, 'commands', data, options));
    } catch (error) {
      parts.logger.warn({ err: error, batchId }, 'a batch was not queued: it is recorded, and will be found');
      await record(going.filter((entry) => !entry.recordFirst));
      return;
    }
    for (const { recordFirst, putAt, resolve } of going) {
      if (recordFirst) continue;
      parts.metrics.gateSeconds.observe((performance.now() - putAt) / 1000);
      resolve(null);
    }
  }

  function forget(lane: Lane, batchId: string): void {
    clearTimeout(lane.inFlight.get(batchId));
    if (lane.inFlight.delete(batchId)) inFlightCount -= 1;
    if (lane.inFlight.size === 0 && lane.pending.length === 0) {
      lanes.delete(lane.scheduleId);
      return;
    }
    // What gathered while the lane was backed up need not linger as long any more.
    if (lane.linger !== null) clearTimeout(lane.linger);
    lane.linger = null;
    consider(lane);
  }

  return {
    put: async (command, recordFirst) => {
      if (closed || pendingCount >= PENDING_LIMIT) {
        throw new Problem('OVERLOADED', 'Too many commands at once. Nothing was recorded; try again.', {
          headers: { 'Retry-After': '1' },
        });
      }
      const lane = laneOf(command.scheduleId);
      return new Promise<Recorded>((resolve, reject) => {
        lane.pending.push({ command, recordFirst, putAt: performance.now(), resolve, reject });
        pendingCount += 1;
        parts.metrics.gatePending.set(pendingCount);
        consider(lane);
      });
    },
    finished: (scheduleId, batchId) => {
      const lane = lanes.get(scheduleId);
      if (lane !== undefined) forget(lane, batchId);
    },
    close: () => {
      closed = true;
      for (const lane of lanes.values()) {
        if (lane.linger !== null) clearTimeout(lane.linger);
        for (const timer of lane.inFlight.values()) clearTimeout(timer);
      }
    },
  };
}

function lingerMs(inFlight: number, isBusy: boolean): number {
  if (isBusy) return inFlight === 0 ? BUSY_LINGER_MS : BACKED_UP_LINGER_MS;
  return inFlight < BACKED_UP ? LINGER_MS : BACKED_UP_LINGER_MS;
}

function commandOf({ id, userId, kind, payload }: NewCommand): Command {
  if (kind === 'hold' && 'seatNumbers' in payload) return { id, userId, kind, ...payload };
  if (kind !== 'hold' && 'bookingId' in payload) return { id, userId, kind, ...payload };
  throw new Error(`A ${kind} command has the wrong payload`);
}
