import { z } from 'zod';
import type { OpenRooms } from './open-rooms';
import type { RoomRecords } from './records';
import type { RoomScripts } from './scripts';

/** Whoever still looks at a room without dates may wait for a new one. */
const QUIET_MS = 3_600_000;
/** Once to hear what Postgres must know first, once to remove the room. */
const MOST_TRIES = 2;
const GONE = 0;

/** As `WaitingRoom.forget` says. */
export function createForget(
  scripts: Pick<RoomScripts, 'run'>,
  records: Pick<RoomRecords, 'raiseWatermark'>,
  openRooms: Pick<OpenRooms, 'add' | 'remove'>,
): (concertId: string) => Promise<boolean> {
  return async (concertId) => {
    // First: a tick that finds a room on the list and nowhere else takes it for lost, and opens it.
    await openRooms.remove(concertId);
    let watermark = 0;
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const reply = z.int().parse(await scripts.run('forget', concertId, [watermark, QUIET_MS]));
      if (reply === GONE) return true;
      if (reply < 0) break;
      watermark = reply;
      await records.raiseWatermark(concertId, watermark, 0);
    }
    await openRooms.add(concertId);
    return false;
  };
}
