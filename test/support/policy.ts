import type { QueuePolicy } from '../../src/waiting-room/queue-policy';

/** The waiting room of every test that does not say otherwise: lets a hundred fans a second in, a thousand at once. */
export const POLICY: QueuePolicy = {
  maxActive: 1000,
  admitPerInterval: 100,
  admitIntervalMs: 1000,
  activeTtlSeconds: 420,
  abandonAfterSeconds: 60,
  paused: false,
  opensAt: null,
  order: 'arrival',
  message: null,
  admitBeyondStock: true,
};
