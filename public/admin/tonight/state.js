/** The desk's state with what has changed: rooms that differ, whole parts, and the order of all rooms where that is another. */
export function merged(state, { rooms, order, ...parts }) {
  const known = new Map([...state.rooms, ...rooms].map((room) => [room.concertId, room]));
  const ids = order ?? state.rooms.map(({ concertId }) => concertId);
  return { ...state, ...parts, rooms: ids.flatMap((id) => known.get(id) ?? []) };
}

/** After how long without a sample the numbers shown are old: one may be late. */
const PATIENCE = 4;

/** How old a state is in milliseconds, where that is more than it should be; else 0. */
export function overdueMs({ at, everySeconds }, nowMs) {
  const ageMs = nowMs - Date.parse(at);
  return ageMs > PATIENCE * everySeconds * 1000 ? ageMs : 0;
}
