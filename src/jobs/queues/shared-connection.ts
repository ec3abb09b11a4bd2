// Lives in web and worker processes.
import { type BackendFactory, QueueKeys, RedisConnection, RedisQueueBackend } from 'bullmq';
import type { RedisClient } from '../../lib/redis';
import { queuePrefix } from './names';

/**
 * One connection for any number of BullMQ queues. By itself BullMQ wraps the client once for each queue, and leaves that
 * wrapper's listeners on the client for ever: they would grow with the queues.
 */
export function sharedConnection(client: RedisClient): RedisConnection {
  const connection = new RedisConnection(client, { shared: true, blocking: false, skipVersionCheck: true });
  // The client has said so itself.
  connection.on('error', () => undefined);
  return connection;
}

/** For queues, which never block. */
export function queueBackends(connection: RedisConnection): BackendFactory<RedisQueueBackend> {
  return (name, options) => {
    const keys = new QueueKeys(queuePrefix(name));
    const toKey = (type: string): string => keys.toKey(name, type);
    return new RedisQueueBackend(connection, name, keys.getKeys(name), toKey, options, undefined, false);
  };
}
