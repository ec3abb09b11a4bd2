/** What the waiting room needs to know of a draw. */
export interface RoomDraw {
  /** The order stands, in Postgres. */
  isDrawn: boolean;
  /** Since when; null before. */
  drawnAgoMs: number | null;
  /** The list of entrants is closed: each of them had a place up to this sequence number. 0: it is not. */
  upTo: number;
  /** How many they are: the drawn places are so many sequence numbers after `upTo`. */
  entrants: number;
}

/** How far a draw has come. */
export type DrawStep = 'OPEN' | 'CLOSED' | 'DRAWN';

/** Where a place from before the draw stands after it. */
export interface DrawnPlace {
  sequence: string;
  /** How many drawn places, this one included, have not had their turn; at most a second old. */
  ahead: number;
}

/** Postgres' part of a draw: each step is one transaction, and does nothing where it was done already. */
export interface DrawRecords {
  /** Concerts whose draw has something to do. */
  allDue(): Promise<string[]>;

  /** null: no draw, or none that is due: too early, or what it still waits for is not there. */
  due(concertId: string): Promise<DrawStep | null>;

  /** Closes the list for good. @param userIds 16 bytes each */
  close(concertId: string, upTo: number, userIds: Buffer): Promise<void>;

  /** Up to which sequence number a place is one from before the draw. @throws Error while the list is open */
  closedUpTo(concertId: string): Promise<number>;

  /** Puts the entrants in their order for good. */
  draw(concertId: string): Promise<void>;

  /** Who was drawn, in that order, those after that position. */
  placesAfter(
    concertId: string,
    position: number,
    limit: number,
  ): Promise<{ userId: string; position: number }[]>;

  /** The drawn places of these users, by user id in lower case; who has none is left out. */
  sequencesOf(concertId: string, userIds: readonly string[]): Promise<Map<string, string>>;

  /** The places of this epoch's room are in the drawn order. */
  placed(concertId: string, epoch: number): Promise<void>;

  /**
   * What a place from before the draw is worth: null when no order is drawn or the place is a later one, so that it speaks
   * for itself; 'NONE' when it was not in the draw.
   */
  placeOf(concertId: string, userId: string, sequence: string): Promise<DrawnPlace | 'NONE' | null>;

  /** What pseudonyms are made with; null without a draw. */
  pseudonymKey(concertId: string): Promise<Buffer | null>;
}
