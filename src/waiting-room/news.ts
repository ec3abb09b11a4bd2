import type { Subscriptions } from '../lib/subscriptions';
import { roomChannel } from './keys';
import { userIdOf } from './members';

/** What a room tells those who follow it. User ids are in lower case. */
export type RoomNews =
  /** The state of the room itself has changed: everybody looks at once, or, where that are too many, within this time. */
  | { kind: 'room'; withinMs?: number }
  /** The places of these have: admitted, ended or given up. */
  | { kind: 'users'; userIds: string[] }
  /** These streams are beyond what one user may have. */
  | { kind: 'closed'; streamIds: string[] };

/**
 * Listens to what the scripts tell of one room.
 * @returns stops listening
 */
export async function listenToRoom(
  subscriptions: Subscriptions,
  concertId: string,
  onNews: (news: RoomNews) => void,
): Promise<() => Promise<void>> {
  return subscriptions.listen(roomChannel(concertId), (message) => onNews(readNews(message)));
}

/** As `tellStreams` in the scripts' prelude and `stream.lua` write it. */
function readNews(message: string): RoomNews {
  const [first = '', ...rest] = message.split(' ');
  if (first === 'all')
    return rest[0] === undefined ? { kind: 'room' } : { kind: 'room', withinMs: Number(rest[0]) };
  if (first === 'closed') return { kind: 'closed', streamIds: rest };
  return { kind: 'users', userIds: [first, ...rest].map(userIdOf) };
}
