// Lives in web and worker processes.
import { type BackendFactory, QueueKeys, type RedisConnection, RedisQueueBackend } from 'bullmq';
import { Cluster } from 'ioredis';
import type { RedisClient } from '../../lib/redis';
import type { Bell } from './bell';
import { queuePrefix, scheduleIdOf } from './names';

/** Whether what is sent later is done later, too: by one Redis (nodes keep no order among them) that knows the script which adds. */
interface Order {
  readonly mayBeKept: boolean;
  isKept: boolean;
}

/**
 * BullMQ's Redis backend, and rings for jobs that may be taken at once: right behind the job, in the same write, instead of after
 * Redis' answer. That is a trip less for every command. A ring that came before its job would be lost for a while.
 */
class RingingBackend extends RedisQueueBackend {
  ring: () => Promise<void> = async () => undefined;
  order: Order = { mayBeKept: false, isKept: false };

  override execCommand(...args: Parameters<RedisQueueBackend['execCommand']>): unknown {
    const [, commandName] = args;
    const sent: unknown = super.execCommand(...args);
    return commandName === 'addStandardJob' ? this.#ringFor(sent) : sent;
  }

  async #ringFor(adding: unknown): Promise<unknown> {
    if (!this.order.isKept) {
      const added = await adding;
      this.order.isKept = this.order.mayBeKept;
      await this.ring();
      return added;
    }
    const [added] = await Promise.all([adding, this.ring()]);
    return added;
  }
}

/** For queues: they never block. */
export function ringingBackends(
  connection: RedisConnection,
  client: RedisClient,
  bell: Pick<Bell, 'ring'>,
): BackendFactory<RedisQueueBackend> {
  const order = { mayBeKept: !(client instanceof Cluster), isKept: false };
  // A Redis that was started anew does not know the script: BullMQ sends it again then, behind the ring.
  client.on('close', () => (order.isKept = false));
  return (name, options) => {
    const keys = new QueueKeys(queuePrefix(name));
    const toKey = (type: string): string => keys.toKey(name, type);
    const backend = new RingingBackend(
      connection,
      name,
      keys.getKeys(name),
      toKey,
      options,
      undefined,
      false,
    );
    const scheduleId = scheduleIdOf(name);
    if (scheduleId !== null) backend.ring = async () => bell.ring(scheduleId);
    backend.order = order;
    return backend;
  };
}
