// Lives in the worker process.
import type { Logger } from '../../lib/logger';
import type { RoomRecords, WaitingRoom } from '../../waiting-room';
import { eachPart } from './each-part';

export interface DrawJobParts {
  room: Pick<WaitingRoom, 'closeList' | 'draw'>;
  records: Pick<RoomRecords, 'draws'>;
  logger: Logger;
}

/** Goes on with every draw that is due, however far the worker came that was at it before. */
export async function drawDue({ room, records, logger }: DrawJobParts): Promise<void> {
  const parts = new Map<string, () => Promise<void>>();
  const due = await records.draws.allDue();
  // Of all before any is drawn: a list's moment is public, and whoever came while another draw is made would be in it.
  for (const concertId of due) parts.set(`list of ${concertId}`, async () => room.closeList(concertId));
  for (const concertId of due) {
    parts.set(concertId, async () => {
      const progress = await room.draw(concertId);
      if (progress === 'IN_FORCE') logger.info({ concertId }, 'the drawn order is in force');
    });
  }
  await eachPart('draw', parts, logger);
}
