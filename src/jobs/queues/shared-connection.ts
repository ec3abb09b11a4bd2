// Lives in web and worker processes.
import { RedisConnection } from 'bullmq';
import type { RedisClient } from '../../lib/redis';

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
