import type { RedisClient } from '../lib/redis';
import { Finding } from './finding';
import { OpenRooms } from './open-rooms';
import { RoomOpening } from './opening';
import { Places } from './places';
import type { RoomRecords } from './records';
import { createScripts, loadStreamScript } from './scripts';
import { Steering } from './steering';
import { Streams } from './streams';
import { createTick } from './ticking';
import type { QueueTokens } from './token';
import type { WaitingRoom } from './waiting-room';

export interface WaitingRoomParts {
  redis: RedisClient;
  records: RoomRecords;
  tokens: QueueTokens;
}

/** The waiting rooms on one Redis. Reads the scripts from disk; sends nothing until used. */
export function createWaitingRoom({ redis, records, tokens }: WaitingRoomParts): WaitingRoom {
  const scripts = createScripts(redis);
  const openRooms = new OpenRooms(redis);
  const opening = new RoomOpening(scripts, records);
  const finding = new Finding(scripts, records, opening);
  const places = new Places({ scripts, records, openRooms, opening, finding, tokens });
  const streams = new Streams(redis, loadStreamScript());
  const steering = new Steering(scripts, openRooms);
  return {
    join: (concertId, userId, queueToken) => places.join(concertId, userId, queueToken),
    look: (concertId, userId, queueToken) => places.look(concertId, userId, queueToken),
    admission: (concertId, userId, claims) => places.admission(concertId, userId, claims),
    admissionToHold: (concertId, userId, claims) => places.admissionToHold(concertId, userId, claims),
    leave: (concertId, userId, queueToken) => places.leave(concertId, userId, queueToken),
    endAdmissions: (concertId, payers) => places.endAdmissions(concertId, payers),
    shorten: (concertId, holders) => places.shorten(concertId, holders),
    extend: (concertId, holds) => places.extend(concertId, holds),
    streamOpened: (concertId, userId, streamId) => streams.opened(concertId, userId, streamId),
    streamClosed: (concertId, userId, streamId) => streams.closed(concertId, userId, streamId),
    tick: createTick(scripts, records, opening),
    setPolicy: (concertId, policy) => steering.setPolicy(concertId, policy),
    stats: (concertId) => steering.stats(concertId),
    openRooms: () => openRooms.all(),
    retire: (concertId) => steering.retire(concertId),
  };
}
