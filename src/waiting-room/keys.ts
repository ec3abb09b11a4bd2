/** Ids of concerts whose rooms may need ticking. Not in any room's slot: never touched by a script. */
export const OPEN_ROOMS_KEY = 'frontrow:rooms';

const roomPrefix = (concertId: string): string => `frontrow:{room:${concertId}}`;

/** zset: member → end of admission (ms) */
export function activeKey(concertId: string): string {
  return `${roomPrefix(concertId)}:active`;
}

/**
 * All keys of one concert's room, in the order in which every script takes them as KEYS. One hash tag keeps them in
 * one slot of a Redis Cluster.
 */
export function roomKeys(concertId: string): string[] {
  const room = roomPrefix(concertId);
  return [
    `${room}:waiting`, // zset: member → sequence (µs)
    `${room}:seen`, // hash: member → the moment (ms) from which the waiter counts as absent
    activeKey(concertId),
    `${room}:places`, // hash: admitted member → sequence
    `${room}:admissions`, // zset: admitted in total, so far → when (µs)
    `${room}:meta`, // hash: epoch, policy, counters
  ];
}

/** Channel on which a room says that something changed for its waiters. The message is the concert's id. */
export function roomChannel(concertId: string): string {
  return `${roomPrefix(concertId)}:changed`;
}
