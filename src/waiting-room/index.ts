export { createWaitingRoom } from './create-waiting-room';
export { RoomUnsettledError } from './finding';
export type { WaitingRoomParts } from './create-waiting-room';
export { OPEN_ROOMS_KEY, roomChannel, roomKeys } from './keys';
export type { RoomRecord, RoomRecords } from './records';
export { createQueueTokens } from './token';
export type { QueueClaims, QueueTokens, TokenReading } from './token';
export type { Admission, QueueState, RoomStats, TickOutcome, WaitingRoom } from './waiting-room';
