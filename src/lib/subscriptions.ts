import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from 'ioredis';
import { isRedisAway, type RedisClient } from './redis';

export type OnMessage = (message: string) => void;

export interface Subscriptions {
  /** Calls back for every message on the channel until the returned function is called. */
  listen(channel: string, onMessage: OnMessage): Promise<() => Promise<void>>;
}

// A cluster's client gives a subscription up when the node that has the channel is away; one of a single Redis waits.
const TRY_AGAIN_MS = 250;

/**
 * Tells all who listen to a channel, whichever process they are in. In a cluster the message stays within the nodes that
 * have the channel's slot, instead of going to every node there is. Scripts do the same: see `Script`.
 */
export async function publish(redis: RedisClient, channel: string, message: string): Promise<void> {
  if (redis instanceof Cluster) await redis.spublish(channel, message);
  else await redis.publish(channel, message);
}

/** Shares one subscriber connection among any number of listeners: Redis delivers each channel once per process. */
export function createSubscriptions(subscriber: RedisClient): Subscriptions {
  const listeners = new Map<string, Set<OnMessage>>();
  /** By channel, the last step that was begun: another may only follow it, or the two could end in the wrong order. */
  const steps = new Map<string, Promise<void>>();
  subscriber.on(
    subscriber instanceof Cluster ? 'smessage' : 'message',
    (channel: string, message: string) => {
      for (const onMessage of listeners.get(channel) ?? []) onMessage(message);
    },
  );

  /** Makes the subscription what the listeners want by then. */
  function settle(channel: string): Promise<void> {
    const step = (steps.get(channel) ?? Promise.resolve())
      .catch(() => undefined) // Told to whoever asked for that one.
      .then(async () => subscribedAsWanted(subscriber, channel, () => listeners.has(channel)))
      .finally(() => {
        if (steps.get(channel) === step) steps.delete(channel);
      });
    steps.set(channel, step);
    return step;
  }

  return {
    listen: async (channel, onMessage) => {
      const known = listeners.get(channel);
      const set = known ?? new Set();
      set.add(onMessage);
      listeners.set(channel, set);
      await (known === undefined ? settle(channel) : steps.get(channel));
      return async () => {
        set.delete(onMessage);
        if (set.size > 0 || listeners.get(channel) !== set) return;
        listeners.delete(channel);
        // Not waited for: with Redis away it never ends, and whatever still comes finds no listener.
        settle(channel).catch(() => undefined);
      };
    },
  };
}

async function subscribedAsWanted(
  subscriber: RedisClient,
  channel: string,
  isWanted: () => boolean,
): Promise<void> {
  for (;;) {
    try {
      if (!(subscriber instanceof Cluster)) {
        await (isWanted() ? subscriber.subscribe(channel) : subscriber.unsubscribe(channel));
      } else {
        await (isWanted() ? subscriber.ssubscribe(channel) : subscriber.sunsubscribe(channel));
      }
      return;
    } catch (error) {
      if (!isRedisAway(error) || subscriber.status === 'end') throw error;
    }
    await sleep(TRY_AGAIN_MS);
  }
}
