import type { PassThrough } from 'node:stream';
import type { Logger } from '../../lib/logger';
import { Problem } from '../../lib/problems';
import { repeat } from '../../lib/repeat';
import { type FollowerParts, followSeats, type SeatFollower } from '../../seat-map/follower';
import type { SeatMap } from '../../seat-map/seat-map';
import { SeatStream, type SeatStreamOf } from './seat-stream';

export interface SeatStreams {
  /**
   * A stream of `event: seats`. @returns null when there is no such schedule
   * @throws Problem UNAVAILABLE once closing
   */
  open(of: SeatStreamOf): Promise<PassThrough | null>;
  close(): Promise<void>;
}

export interface SeatStreamsParts extends FollowerParts {
  seatMap: SeatMap;
  logger: Logger;
}

/** What all streams of one schedule share. */
interface Shared {
  follower: Promise<SeatFollower | null>;
  streams: Set<SeatStream>;
  /** Streams, and callers who are about to have one. */
  users: number;
}

// Streams that one user may have of one date (tabs, devices), per process.
const STREAMS_PER_USER = 5;
// A stream outlives its caller's admission or sign-in by so long at most.
const CHECK_EVERY_MS = 2000;

/**
 * Server-sent events of the seat maps. However many streams a schedule has, its map is looked at once, and what changed
 * is put into words once.
 */
export function createSeatStreams(parts: SeatStreamsParts): SeatStreams {
  const { seatMap, logger } = parts;
  const shared = new Map<string, Shared>();
  const onFault = (error: unknown): void => logger.warn({ err: error }, 'a seat stream ended early');

  function share(scheduleId: string): Shared {
    let found = shared.get(scheduleId);
    if (found === undefined) {
      const streams = new Set<SeatStream>();
      const follower = followSeats(parts, scheduleId, {
        onChange: () => streams.forEach((stream) => stream.tell()),
        onLost: () => {
          if (shared.get(scheduleId)?.streams === streams) shared.delete(scheduleId); // Others start anew.
          streams.forEach((stream) => stream.end());
        },
      });
      found = { follower, streams, users: 0 };
      shared.set(scheduleId, found);
    }
    found.users += 1;
    return found;
  }

  function leave(scheduleId: string, left: Shared): void {
    left.users -= 1;
    if (left.users > 0) return;
    if (shared.get(scheduleId) === left) shared.delete(scheduleId);
    left.follower.then(async (follower) => follower?.close()).catch(() => undefined); // Whoever opened it was told.
  }

  function makeRoom({ streams }: Shared, userId: string): void {
    const mine = [...streams].filter((stream) => stream.isOpen && stream.of.userId === userId);
    for (const oldest of mine.slice(0, Math.max(0, mine.length - STREAMS_PER_USER + 1))) oldest.end();
  }

  // Whoever opens one while the process stops would keep it from stopping.
  let isClosing = false;
  function refuseLateComers(): void {
    if (!isClosing) return;
    throw new Problem('UNAVAILABLE', 'This process is stopping. Connect again.');
  }

  async function open(of: SeatStreamOf): Promise<PassThrough | null> {
    refuseLateComers();
    const joined = share(of.scheduleId);
    let stream: SeatStream | null = null;
    try {
      const follower = await joined.follower;
      if (follower === null) return null;
      const changes = of.since === null ? null : await seatMap.changes(of.scheduleId, of.since);
      refuseLateComers();
      makeRoom(joined, of.userId);
      const made = new SeatStream(of, follower, onFault);
      stream = made;
      joined.streams.add(made);
      made.out.once('close', () => {
        joined.streams.delete(made);
        leave(of.scheduleId, joined);
      });
      await made.begin(changes);
      return made.out;
    } catch (error) {
      stream?.out.destroy();
      throw error;
    } finally {
      if (stream === null) leave(of.scheduleId, joined);
    }
  }

  async function check(stream: SeatStream): Promise<void> {
    stream.beat();
    try {
      await stream.of.check();
    } catch (error) {
      // Anything else, such as a Redis that is away, says nothing about the caller.
      if (error instanceof Problem) stream.end();
    }
  }

  const everyStream = (): SeatStream[] =>
    [...shared.values()].flatMap(({ streams }) => [...streams].filter((stream) => stream.isOpen));
  const stopChecking = repeat(
    CHECK_EVERY_MS,
    // All at once: their looks at the rooms share commands.
    async () => Promise.all(everyStream().map(check)),
    onFault,
  );

  return {
    open,
    close: async () => {
      isClosing = true;
      for (const stream of everyStream()) stream.end();
      await stopChecking();
    },
  };
}
