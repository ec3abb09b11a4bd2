import { setTimeout as sleep } from 'node:timers/promises';
import { redisAnswers, type RedisClient } from './redis';

const LOOK_EVERY_MS = 250;

/**
 * Waits for what closes by way of Redis, but only while Redis answers: BullMQ takes leave of a Redis that is away for as
 * long as it is. What it had in hand is found again, as after a crash.
 * @param redis a client that fails fast
 */
export async function whileRedisAnswers(redis: RedisClient, closing: Promise<unknown>): Promise<void> {
  let isOver = false;
  async function away(): Promise<void> {
    for (;;) {
      await sleep(LOOK_EVERY_MS);
      if (isOver) return;
      try {
        await redisAnswers(redis);
      } catch {
        return;
      }
    }
  }
  try {
    await Promise.race([closing, away()]);
  } finally {
    isOver = true;
  }
}
