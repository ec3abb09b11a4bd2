import type { WaitlistEntry, EntryWish } from './types';

/** Those of a waiting list who want the very same, in order of arrival. */
interface Alike {
  wish: EntryWish;
  entries: WaitlistEntry[];
}

/**
 * Who waits for seats of one schedule. Kept by wishes: of ten thousand entries there are a few, and whether free seats fit one
 * is asked once for all who share it. A fork shares everything until one of the two is changed.
 */
export class WaitingList {
  #alike = new Map<string, Alike>();
  #byUser = new Map<string, WaitlistEntry>();
  /** Of those on the list, how many seats they have already: those who have any. */
  #liveSeats = new Map<string, number>();
  #lastSequence: number;
  #isShared = false;

  /**
   * @param entries in order of their sequence, one of a user at most
   * @param lastSequence the highest ever given on this schedule, to entries that are over as well
   */
  constructor(
    entries: Iterable<WaitlistEntry> = [],
    liveSeats: ReadonlyMap<string, number> = new Map(),
    lastSequence = 0,
  ) {
    this.#lastSequence = lastSequence;
    for (const entry of entries) this.add(entry, liveSeats.get(entry.userId) ?? 0);
  }

  get size(): number {
    return this.#byUser.size;
  }

  get nextSequence(): number {
    return this.#lastSequence + 1;
  }

  /** The entry with which this user waits. */
  of(userId: string): WaitlistEntry | undefined {
    return this.#byUser.get(userId);
  }

  liveSeats(userId: string): number {
    return this.#liveSeats.get(userId) ?? 0;
  }

  /** How many are looked at before this one, and itself. */
  positionOf({ sequence }: WaitlistEntry): number {
    let before = 0;
    for (const { entries } of this.#alike.values()) before += indexFrom(entries, sequence);
    return before + 1;
  }

  /** Every wish, each with those who have it, in order. */
  wishes(): Iterable<Readonly<Alike>> {
    return this.#alike.values();
  }

  add(entry: WaitlistEntry, liveSeats: number): void {
    this.#own();
    const { count, sections, accessible } = entry;
    const key = keyOf(entry);
    const alike = this.#alike.get(key);
    if (alike === undefined) {
      this.#alike.set(key, { wish: { count, sections, accessible }, entries: [entry] });
    } else alike.entries.push(entry);
    this.#byUser.set(entry.userId, entry);
    this.#lastSequence = Math.max(this.#lastSequence, entry.sequence);
    if (liveSeats > 0) this.#liveSeats.set(entry.userId, liveSeats);
  }

  remove(entry: WaitlistEntry): void {
    this.#own();
    const key = keyOf(entry);
    const { entries = [] } = this.#alike.get(key) ?? {};
    const index = indexFrom(entries, entry.sequence);
    if (entries[index]?.id !== entry.id) throw new Error(`Entry ${entry.id} is not on the list`);
    entries.splice(index, 1);
    if (entries.length === 0) this.#alike.delete(key);
    this.#byUser.delete(entry.userId);
    this.#liveSeats.delete(entry.userId);
  }

  /** Notes that a user has so many live seats more, or less. */
  countLive(userId: string, seats: number): void {
    if (!this.#byUser.has(userId)) return;
    this.#own();
    const live = this.liveSeats(userId) + seats;
    if (live > 0) this.#liveSeats.set(userId, live);
    else this.#liveSeats.delete(userId);
  }

  fork(): WaitingList {
    const fork = new WaitingList();
    fork.#alike = this.#alike;
    fork.#byUser = this.#byUser;
    fork.#liveSeats = this.#liveSeats;
    fork.#lastSequence = this.#lastSequence;
    fork.#isShared = this.#isShared = true;
    return fork;
  }

  #own(): void {
    if (!this.#isShared) return;
    this.#alike = new Map(
      [...this.#alike].map(([key, { wish, entries }]) => [key, { wish, entries: [...entries] }]),
    );
    this.#byUser = new Map(this.#byUser);
    this.#liveSeats = new Map(this.#liveSeats);
    this.#isShared = false;
  }
}

export const isSameWish = (one: EntryWish, other: EntryWish): boolean => keyOf(one) === keyOf(other);

const keyOf = ({ count, sections, accessible }: EntryWish): string =>
  JSON.stringify([count, accessible, sections?.toSorted() ?? null]);

/** Where the first entry stands that came no sooner than this. */
function indexFrom(entries: readonly WaitlistEntry[], sequence: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.sequence ?? 0) < sequence) low = middle + 1;
    else high = middle;
  }
  return low;
}
