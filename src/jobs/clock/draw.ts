// Lives in the worker process.
import type { Logger } from '../../lib/logger';
import type { RoomRecords, WaitingRoom } from '../../waiting-room';
import { eachPart } from './each-part';

export interface DrawJobParts {
  room: Pick<WaitingRoom, 'draw'>;
  records: Pick<RoomRecords, 'draws'>;
  logger: Logger;
}

/** Goes on with every draw that is due, however far the worker came that was at it before. */
export async function drawDue({ room, records, logger }: DrawJobParts): Promise<void> {
  const parts = new Map<string, () => Promise<void>>();
  for (const concertId of await records.draws.allDue()) {
    parts.set(concertId, async () => {
      const progress = await room.draw(concertId);
      if (progress === 'IN_FORCE') logger.info({ concertId }, 'the drawn order is in force');
    });
  }
  await eachPart('draw', parts, logger);
}
