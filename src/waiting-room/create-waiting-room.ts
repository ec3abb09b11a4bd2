import type { Logger } from '../lib/logger';
import type { RedisClient } from '../lib/redis';
import { Admissions } from './admissions';
import { createForget } from './forgetting';
import { Drawing } from './drawing';
import { OpenRooms } from './open-rooms';
import { RoomOpening } from './opening';
import { PlaceFinder } from './place-finder';
import { Pseudonyms } from './pseudonyms';
import { QueuePlaces } from './queue-places';
import type { RoomRecords } from './records';
import { createScripts, loadStreamScript } from './scripts';
import { Steering } from './steering';
import { Streams } from './streams';
import { createTick } from './ticking';
import type { QueueTokens } from './token';
import { createToldPresales } from './told-presales';
import type { WaitingRoom } from './waiting-room';

export interface WaitingRoomParts {
  redis: RedisClient;
  records: RoomRecords;
  tokens: QueueTokens;
  logger?: Logger;
}

/** The waiting rooms on one Redis. Reads the scripts from disk; sends nothing until used. */
export function createWaitingRoom({ redis, records, tokens, logger }: WaitingRoomParts): WaitingRoom {
  const scripts = createScripts(redis);
  const openRooms = new OpenRooms(redis);
  const opening = new RoomOpening(scripts, records);
  const finder = new PlaceFinder(scripts, records, opening);
  const places = new QueuePlaces({
    scripts,
    records,
    openRooms,
    opening,
    finder,
    tokens,
    pseudonyms: new Pseudonyms(records.draws),
    presale: createToldPresales(records.presales, logger),
  });
  const admissions = new Admissions({ scripts, openRooms, finder });
  const drawing = new Drawing({ scripts, draws: records.draws, opening });
  const streams = new Streams(redis, loadStreamScript());
  const steering = new Steering(scripts, openRooms, records);
  return {
    join: (concertId, userId, queueToken, options) => places.join(concertId, userId, queueToken, options),
    look: (concertId, userId, queueToken) => places.look(concertId, userId, queueToken),
    admission: (concertId, userId, claims) => admissions.admission(concertId, userId, claims),
    admissionToHold: (concertId, userId, claims) => admissions.admissionToHold(concertId, userId, claims),
    leave: (concertId, userId, queueToken) => places.leave(concertId, userId, queueToken),
    endAdmissions: (concertId, payers) => admissions.endAdmissions(concertId, payers),
    shorten: (concertId, holders) => admissions.shorten(concertId, holders),
    extend: (concertId, holds) => admissions.extend(concertId, holds),
    streamOpened: (concertId, userId, streamId) => streams.opened(concertId, userId, streamId),
    streamClosed: (concertId, userId, streamId) => streams.closed(concertId, userId, streamId),
    tick: createTick(scripts, records, opening),
    closeList: (concertId) => drawing.closeList(concertId),
    draw: (concertId) => drawing.draw(concertId),
    setPolicy: (concertId, policy) => steering.setPolicy(concertId, policy),
    stats: (concertId) => steering.stats(concertId),
    openRooms: () => openRooms.all(),
    retire: (concertId) => steering.retire(concertId),
    forget: createForget(scripts, records, openRooms),
  };
}
