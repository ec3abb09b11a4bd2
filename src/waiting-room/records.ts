import type { QueuePolicy } from '../lib/queue-policy';

/** What Postgres knows of one concert's room. */
export interface RoomRecord {
  policy: QueuePolicy;
  /** How often the room was opened. 0: never yet. */
  epoch: number;
}

/** What the waiting room asks of Postgres. Whoever implements it lets database errors through: callers answer 503. */
export interface RoomRecords {
  /** The concert's policy and epoch; null when there is no such concert. */
  load(concertId: string): Promise<RoomRecord | null>;

  /**
   * Compare-and-set: epoch `from` becomes `from + 1`. True for exactly one of any number of callers with the
   * same `from`, so that one process alone opens a room that Redis does not have.
   */
  advanceEpoch(concertId: string, from: number): Promise<boolean>;

  /** Of these users: who has a live hold for any schedule of the concert, and when the last of their holds ends. */
  liveHoldEnds(concertId: string, userIds: string[]): Promise<Map<string, Date>>;

  /**
   * Everybody who has a live hold for the concert, and when the last of their holds ends. Asked once when a room
   * was lost: their admissions are put back before anybody else is admitted, so the cap on the admitted stays exact.
   */
  liveHolders(concertId: string): Promise<Map<string, Date>>;

  /** Whether the user paid for seats of the concert at or after `since`: then the admission of that time is over. */
  admissionUsedSince(concertId: string, userId: string, since: Date): Promise<boolean>;
}
