/** How far the presales of a concert are; NONE as well once its room is open to all. */
export type PresalePhase = 'NONE' | 'AHEAD' | 'RUNS';

/** What everybody is told of a presale that runs. */
export interface ToldPresale {
  name: string;
  endsAt: Date;
}

/** What the waiting room asks of Postgres about presales. */
export interface PresaleRecords {
  /** The one that ends last of those that run now; null when none does. */
  running(concertId: string): Promise<ToldPresale | null>;
}
