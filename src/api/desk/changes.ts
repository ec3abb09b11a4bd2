import type { DeskState } from '../../desk/state';

/** What has changed from one state of the desk to the next: the rooms that differ, and whole parts. What is left out is as before. */
export interface DeskChanges extends Partial<Omit<DeskState, 'rooms'>> {
  at: string;
  rooms: DeskState['rooms'];
  /** All rooms, in their order, where that is another than before. */
  order?: string[];
}

const PARTS = ['everySeconds', 'commands', 'queues', 'workers', 'lacking'] as const;

export function changesBetween(before: DeskState, after: DeskState): DeskChanges {
  const known = new Map(before.rooms.map((room) => [room.concertId, JSON.stringify(room)]));
  const order = after.rooms.map(({ concertId }) => concertId);
  const parts = PARTS.filter((part) => JSON.stringify(before[part]) !== JSON.stringify(after[part]));
  return {
    at: after.at,
    rooms: after.rooms.filter((room) => known.get(room.concertId) !== JSON.stringify(room)),
    ...(order.join() === [...known.keys()].join() ? {} : { order }),
    ...Object.fromEntries(parts.map((part) => [part, after[part]])),
  };
}
