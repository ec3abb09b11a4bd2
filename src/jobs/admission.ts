import { setTimeout as sleep } from 'node:timers/promises';
import type { Metrics } from '../lib/metrics';
import type { ConcertStore } from '../models/concert-store';
import type { WaitingRoom } from '../waiting-room';
import { CLOCK_JOBS } from './names';
import type { QueuePolicy } from '../lib/queue-policy';

export interface AdmissionParts {
  room: WaitingRoom;
  concerts: Pick<ConcertStore, 'policies'>;
  metrics: Metrics;
}

/** Ticks every open waiting room once, with the policy that Postgres has now. */
export async function tickRooms(parts: AdmissionParts): Promise<void> {
  const concertIds = await parts.room.openRooms();
  if (concertIds.length === 0) return;
  const policies = await parts.concerts.policies(concertIds);
  await Promise.all(
    concertIds.map(async (concertId) => {
      const policy = policies.get(concertId);
      if (policy !== undefined) await tickRoom(parts, concertId, policy);
    }),
  );
}

async function tickRoom(
  { room, metrics }: AdmissionParts,
  concertId: string,
  policy: QueuePolicy,
): Promise<void> {
  // No room may keep the others from their next tick.
  const until = Date.now() + CLOCK_JOBS.admission.everyMs;
  for (;;) {
    const tick = await room.tick(concertId, policy);
    metrics.admitted.inc(tick.admitted);
    metrics.roomWaiting.set({ concert: concertId }, tick.waiting);
    metrics.roomActive.set({ concert: concertId }, tick.active);
    if (tick.waiting + tick.active === 0) await room.retire(concertId);
    // Where the interval's budget comes back before the next tick would, wait for it here: else the room would
    // admit up to a tick less often than its policy says.
    const retryInMs = tick.more ? 0 : tick.retryInMs;
    if (retryInMs === null || Date.now() + retryInMs >= until) return;
    await sleep(retryInMs);
  }
}
