import type { Redis } from 'ioredis';

export type OnMessage = (message: string) => void;

export interface Subscriptions {
  /** Calls back for every message on the channel until the returned function is called. */
  listen(channel: string, onMessage: OnMessage): Promise<() => Promise<void>>;
}

/** Shares one subscriber connection among any number of listeners: Redis delivers each channel once per process. */
export function createSubscriptions(subscriber: Redis): Subscriptions {
  const listeners = new Map<string, Set<OnMessage>>();
  subscriber.on('message', (channel: string, message: string) => {
    for (const onMessage of listeners.get(channel) ?? []) onMessage(message);
  });

  return {
    listen: async (channel, onMessage) => {
      const known = listeners.get(channel);
      const set = known ?? new Set();
      set.add(onMessage);
      listeners.set(channel, set);
      if (known === undefined) await subscriber.subscribe(channel);
      return async () => {
        set.delete(onMessage);
        if (set.size > 0 || listeners.get(channel) !== set) return;
        listeners.delete(channel);
        // Not waited for: with Redis away it never ends, and whatever still comes finds no listener.
        subscriber.unsubscribe(channel).catch(() => undefined);
      };
    },
  };
}
