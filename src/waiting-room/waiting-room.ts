import type { DrawProgress } from './drawing';
import type { QueuePolicy } from './queue-policy';
import type { RoomRules } from './records';
import type { Phase } from './script-replies';
import type { RoomStock } from './stock';
import type { QueueClaims } from './token';

/** What a fan is told of their place; field by field as in the HTTP contract. */
export interface QueueState {
  concertId: string;
  status: 'WAITING' | 'ACTIVE';
  /** 1 = next to be admitted; 0 when ACTIVE; null before a draw, and while a presale may put others in front. */
  position: number | null;
  /** null: cannot be known (paused, or no rate observed yet); 0 when ACTIVE. */
  estimatedWaitSeconds: number | null;
  pollAfterMs: number;
  queueToken: string;
  /** When ACTIVE, the end of the admission (ISO 8601); null while waiting. */
  expiresAt: string | null;
  /** ACTIVE, and seats may be chosen now. After that, live holds keep the admission for paying and cancelling. */
  mayHold: boolean;
  /** BEFORE_OPENING: nobody is admitted, as the room is not open yet. SOLD_OUT: none is, until a seat comes free. */
  phase: Phase;
  /** BEFORE_OPENING: when the room opens (ISO 8601); null when not known, and in other phases. */
  opensAt: string | null;
  /** What this fan is called in the list of the concert's draw; null without one, and for who came after the list was closed. */
  drawPseudonym: string | null;
  /** What the operators have to say to everybody in the room; null without anything. */
  message: string | null;
  /** The presale that runs, whoever's it is: until its end only those with a code are let in; null without one. */
  presale: { name: string; endsAt: string } | null;
  /** What is left of the seats of all open dates; null where no date is open, or not all are counted. */
  stock: { available: number; held: number } | null;
}

/** Whether somebody may act now: the guard's answer. */
export type Admission =
  { status: 'ACTIVE' } | { status: 'WAITING'; position: number | null; pollAfterMs: number };

export interface TickOutcome {
  /** Admitted by this tick. */
  admitted: number;
  /** Passed over and dropped for want of a sign of life. */
  abandoned: number;
  /** Admissions that ended by time. */
  expired: number;
  waiting: number;
  active: number;
  /** When the window's budget comes back, if only that keeps waiters from free slots; else null. */
  retryInMs: number | null;
  /** The tick stopped at its bound of work: go again at once. */
  more: boolean;
}

export interface RoomStats {
  waiting: number;
  active: number;
  admittedTotal: number;
  abandonedTotal: number;
  expiredTotal: number;
  admittedPerSecond: number;
  oldestWaitSeconds: number;
  /** Of those who may be let in first; null: Redis does not have the room. */
  phase: Phase | null;
}

/**
 * The waiting rooms of all concerts. `concertId` is a database bigint as a string of digits (the caller validates),
 * `userId` a UUID. Every method rejects with the client's error when Redis is away, and with the records' error when
 * Postgres is needed and away; both mean 503. `queueToken` is what the client sent, unchecked: it is read only when it
 * matters, and ignored when it is invalid or of another user or concert.
 */
export interface WaitingRoom {
  /**
   * Takes a place at the end, or finds the one the user has. A token of an older epoch puts its place back. Whoever has the code
   * of a presale that runs gets a place in front of all who have none, and gives up an ordinary one for it. null: no such concert.
   */
  join(
    concertId: string,
    userId: string,
    queueToken?: string | null,
    options?: { hasCode: boolean },
  ): Promise<{ created: boolean; state: QueueState } | null>;

  /** The user's state; counts as a sign of life. null: no place, or given up (NOT_QUEUED). */
  look(concertId: string, userId: string, queueToken?: string | null): Promise<QueueState | null>;

  /** The guard of protected calls: one Redis trip. null: admission over, or never there (QUEUE_EXPIRED). */
  admission(concertId: string, userId: string, claims?: QueueClaims | null): Promise<Admission | null>;

  /**
   * The guard of new holds: as `admission`, and null once the time for choosing is over. A yes near the end of that time
   * keeps the admission until the hold that comes with it must have been recorded.
   */
  admissionToHold(concertId: string, userId: string, claims: QueueClaims): Promise<Admission | null>;

  /**
   * Gives up the place, or the admission and its slot, for good: no token brings it back. True when the room had one. The
   * token counts as well, for a room that has been lost.
   */
  leave(concertId: string, userId: string, queueToken?: string | null): Promise<boolean>;

  /**
   * These admissions were used up by payments. One that began after its payment is left alone, so this may come late
   * and twice. Returns how many slots it freed.
   */
  endAdmissions(concertId: string, payers: readonly { userId: string; paidAtMs: number }[]): Promise<number>;

  /** Holds were made: an admission never ends before them. Raises only, and only for the admitted. Returns how many were raised. */
  extend(concertId: string, holds: readonly { userId: string; untilMs: number }[]): Promise<number>;

  /**
   * These gave seats back: their admissions end with the time for choosing, or with the last of their live holds
   * (`untilMs`, 0: none), if that is later. Returns how many were lowered.
   */
  shorten(concertId: string, holders: readonly { userId: string; untilMs: number }[]): Promise<number>;

  /** Counts a stream of this user; the oldest beyond the limit are closed, wherever they are, by the room's news. */
  streamOpened(concertId: string, userId: string, streamId: string): Promise<void>;
  streamClosed(concertId: string, userId: string, streamId: string): Promise<void>;

  /**
   * Ends what has ended and admits who may come in, atomically, by the rules that Postgres has now.
   * @param stock what is left of the seats; not counted: as the room was told before
   */
  tick(concertId: string, rules: RoomRules, stock?: RoomStock): Promise<TickOutcome>;

  /** Closes the list of entrants of the concert's draw, if that is due; the rest is for `draw`. */
  closeList(concertId: string): Promise<void>;

  /**
   * Goes on with the concert's draw, if it is due: closes the list of entrants, makes the order, puts the places in it. May be
   * called by many and as often as one likes, and goes on where it was ended.
   */
  draw(concertId: string): Promise<DrawProgress>;

  /** Puts a changed policy into force. Does nothing for a room not opened yet: it opens with the policy of Postgres. */
  setPolicy(concertId: string, policy: QueuePolicy): Promise<void>;

  /** Zeros for a room never opened. */
  stats(concertId: string): Promise<RoomStats>;

  /** Concerts whose rooms may need ticking. */
  openRooms(): Promise<string[]>;

  /** Takes a room off `openRooms()` if nobody is in it. False: somebody is, it stays. */
  retire(concertId: string): Promise<boolean>;

  /**
   * Removes the room of a concert whose dates are all over. Opened again it behaves as after a loss: no used place comes
   * back. False: somebody is in it, or was heard of lately; it stays.
   */
  forget(concertId: string): Promise<boolean>;
}
