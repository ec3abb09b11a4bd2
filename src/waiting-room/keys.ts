/** Ids of concerts whose rooms may need ticking. Not in any room's slot: never touched by a script. */
export const OPEN_ROOMS_KEY = 'frontrow:rooms';

const roomPrefix = (concertId: string): string => `frontrow:{room:${concertId}}`;

/** zset: member → sequence (µs) */
export function waitingKey(concertId: string): string {
  return `${roomPrefix(concertId)}:waiting`;
}

/** zset: member → end of admission (ms) */
export function activeKey(concertId: string): string {
  return `${roomPrefix(concertId)}:active`;
}

/** hash: admitted member → sequence, and until when seats may be chosen (ms), with a space between */
export function placesKey(concertId: string): string {
  return `${roomPrefix(concertId)}:places`;
}

/**
 * All keys of one concert's room, in the order in which every script takes them as KEYS. One hash tag keeps them in
 * one slot of a Redis Cluster.
 */
export function roomKeys(concertId: string): string[] {
  const room = roomPrefix(concertId);
  return [
    waitingKey(concertId),
    `${room}:seen`, // hash: member → the moment (ms) from which the waiter counts as absent
    activeKey(concertId),
    placesKey(concertId),
    `${room}:admissions`, // zset: admitted in total, so far → when (µs)
    `${room}:meta`, // hash: the room, counters
    `${room}:marks`, // hash: waiting member → what the next tick must know of it (after a loss only)
  ];
}

/** zset: stream → when it was opened (ms), of one member */
export function streamsKey(concertId: string, member: string): string {
  return `${roomPrefix(concertId)}:streams:${member}`;
}

/** Channel on which a room says what streams must look at; see `news.ts`. */
export function roomChannel(concertId: string): string {
  return `${roomPrefix(concertId)}:news`;
}
