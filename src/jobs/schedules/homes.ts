// Lives in the worker process.

/**
 * Which worker serves which schedule: each schedule has one home among the live workers, found by rendezvous hashing. All
 * workers come to the same answer without talking to each other, and a worker that comes or goes moves only what it takes or
 * leaves. Two that differ for a moment may both serve a schedule: BullMQ lets one take a job at a time, Postgres decides.
 */
export class Homes {
  readonly #me: string;
  #workerIds: readonly string[] = [];
  #here = new Map<string, boolean>();

  constructor(me: string) {
    this.#me = me;
  }

  get count(): number {
    return this.#workerIds.length;
  }

  /** These workers are alive now. */
  update(workerIds: readonly string[]): void {
    const sorted = workerIds.toSorted();
    if (sorted.length === this.#workerIds.length && sorted.every((id, i) => id === this.#workerIds[i]))
      return;
    this.#workerIds = sorted;
    this.#here = new Map();
  }

  /** Whether this worker is the schedule's home. False as long as nobody is known to be alive. */
  isHere(scheduleId: string): boolean {
    const known = this.#here.get(scheduleId);
    if (known !== undefined) return known;
    const isHere = homeOf(scheduleId, this.#workerIds) === this.#me;
    if (this.#here.size >= REMEMBERED_HOMES) this.#here.clear();
    this.#here.set(scheduleId, isHere);
    return isHere;
  }
}

const REMEMBERED_HOMES = 100_000;

/** @returns the worker whose hash with the schedule is the largest; null when there is none */
export function homeOf(scheduleId: string, workerIds: readonly string[]): string | null {
  let home: string | null = null;
  let largest = -1;
  for (const workerId of workerIds) {
    const weight = hash(`${workerId} ${scheduleId}`);
    if (weight <= largest) continue;
    home = workerId;
    largest = weight;
  }
  return home;
}

/** FNV-1a, its bits mixed as MurmurHash 3 ends: ids that differ in their last digit only must not share a home. */
function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) bits = Math.imul(bits ^ text.charCodeAt(i), 0x01000193);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
