// Lives in the worker process.
import { type BackendFactory, QueueKeys, type RedisConnection, RedisQueueBackend } from 'bullmq';
import { queuePrefix } from '../queues/names';

/**
 * BullMQ's Redis backend, but for how a worker without a job waits for one: by itself BullMQ blocks a connection of its own at
 * Redis, one per queue. Here it sleeps until the bell rings. Locks, stalled jobs, delays and concurrency stay BullMQ's.
 */
export class BellBackend extends RedisQueueBackend {
  #rung = false;
  #stopped = false;
  #wake: (() => void) | null = null;
  /** Asked before each fetch: whether another schedule is to have this one's turn. */
  mustYield: () => boolean = () => false;
  /** Called when it goes to sleep: its worker has found nothing to do, or yields though it may have more. */
  onSleep: (isYielding: boolean) => void = () => undefined;

  /** There may be a job: look now, or as soon as the one under way has ended. */
  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** @param timeoutSeconds until a delayed job is due, else for ever: a lost ring is noticed by the round */
  override async waitForJob(timeoutSeconds: number): Promise<{ member: string; score: number } | null> {
    const isYielding = this.mustYield();
    if (!this.#stopped && (isYielding || !this.#rung)) {
      this.#rung = false;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(timeoutSeconds * 1000, LONGEST_TIMER_MS));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
        this.onSleep(isYielding);
      });
      this.#wake = null;
    }
    // Never again, as far as this worker is concerned: after an ordinary end of waiting it would take one more job.
    return this.#stopped ? { member: '', score: Infinity } : null;
  }

  // Whatever was added before a ring is seen by a look that starts after it: that ring is spent.
  override async moveToActive(...args: Parameters<RedisQueueBackend['moveToActive']>) {
    this.#rung = false;
    return this.mustYield() ? [] : super.moveToActive(...args);
  }

  override async moveToCompleted(...[job, value, keep, token, fetchNext]: CompletedArgs) {
    return super.moveToCompleted(job, value, keep, token, fetchNext && !this.mustYield());
  }

  override async moveToFinished(...args: Parameters<RedisQueueBackend['moveToFinished']>) {
    this.#rung = false;
    return super.moveToFinished(...args);
  }

  /** Called when the worker closes. */
  override async disconnectBlocking(): Promise<void> {
    this.#stopped = true;
    this.#wake?.();
  }

  override get minimumBlockTimeout(): number {
    return 0.001;
  }

  override get maximumBlockTimeout(): number {
    return LONGEST_TIMER_MS / 1000;
  }
}

type CompletedArgs = Parameters<RedisQueueBackend['moveToCompleted']>;

/** What Node's timers can wait at most. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function bellBackends(connection: RedisConnection): BackendFactory<BellBackend> {
  return (name, options) => {
    const keys = new QueueKeys(queuePrefix(name));
    const toKey = (type: string): string => keys.toKey(name, type);
    return new BellBackend(connection, name, keys.getKeys(name), toKey, options, undefined, false);
  };
}
