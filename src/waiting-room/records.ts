import type { DrawRecords, RoomDraw } from './draw-records';
import type { PresalePhase, PresaleRecords } from './presale-records';
import type { QueuePolicy } from './queue-policy';

/** Whether a room may let anybody in, by the database's clock. */
export interface Booking {
  /** Its `opensAt` has come, and a date can be booked: nobody is let in to spend the time on an empty list. */
  isOpen: boolean;
  /** While it is not: from when on (ms since 1970); null when that is not known. */
  opensAtMs: number | null;
}

/** How one room admits now. */
export interface RoomRules {
  policy: QueuePolicy;
  booking: Booking;
  /** null: first come, first served. */
  draw: RoomDraw | null;
  /** RUNS: places of presales are let in before the room opens to all. */
  presale: PresalePhase;
}

/** The same with what says, by another text than before, that the concert's stock may be another one. */
export interface RoomRulesNow extends RoomRules {
  onSale: string;
}

/** What Postgres knows of one concert's room. */
export interface RoomRecord extends RoomRulesNow {
  /** How often the room was opened. 0: never yet. */
  epoch: number;
  /** Every place up to this sequence number has had its turn; at most a second late. */
  watermark: number;
  /** How many waited then. */
  waiting: number;
}

/** What the waiting room asks of Postgres. Whoever implements it lets database errors through: callers answer 503. */
export interface RoomRecords {
  draws: DrawRecords;
  presales: PresaleRecords;

  /** null when there is no such concert. */
  load(concertId: string): Promise<RoomRecord | null>;

  /** By concert, of those that exist: what every tick asks. */
  rules(concertIds: readonly string[]): Promise<Map<string, RoomRulesNow>>;

  /**
   * Compare-and-set: epoch `from` becomes `from + 1`. True for exactly one of any number of callers with the
   * same `from`, so that one process alone opens a room that Redis does not have.
   */
  advanceEpoch(concertId: string, from: number): Promise<boolean>;

  /** Notes up to where places have had their turn, and how many waited then. Raises only. */
  raiseWatermark(concertId: string, watermark: number, waiting: number): Promise<void>;

  /** Notes that the user gave up the place with this sequence number, and every earlier one. */
  giveUp(concertId: string, userId: string, sequence: string): Promise<void>;

  /** Whether the place with this sequence number was given up, or its admission used up by a payment. */
  isUsedUp(concertId: string, userId: string, sequence: string): Promise<boolean>;

  /**
   * Whose places were given up, or admissions used up by a payment (but for who holds other seats), this lately; up to
   * which moment (microseconds) they were given.
   */
  usedUpSince(concertId: string, withinMs: number): Promise<{ userId: string; momentUs: number }[]>;

  /**
   * Of these users: until when each must stay admitted at least. When the last of their live holds for any schedule of the
   * concert ends; and a moment from now for whoever has handed in a hold that is not decided yet, so that it can be paid
   * for once it is.
   */
  neededUntil(concertId: string, userIds: string[]): Promise<Map<string, Date>>;

  /**
   * Who has a live hold for the concert made since they last gave up a place, and when the last of these ends: of
   * everybody, or of these users. Asked when a room was lost: their admissions are put back before anybody else is
   * admitted. Whoever left with seats in hand has given the admission up, and joins again to pay.
   */
  liveHolders(concertId: string, userIds: string[] | null): Promise<Map<string, Date>>;
}
