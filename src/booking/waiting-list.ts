import type { EntryWish, WaitlistEntry } from './types';

/** Somebody on the list. Those who want the very same share their wish. */
interface Waiter {
  entry: WaitlistEntry;
  wish: EntryWish;
}

/**
 * Who waits for seats of one schedule, in order of arrival. Of ten thousand entries there are a few different wishes, and
 * whether free seats fit one is asked once for all who share it. A fork shares everything until one of the two is changed.
 */
export class WaitingList {
  /** By user, in order of arrival. */
  #waiters = new Map<string, Waiter>();
  /** Of those on the list, how many seats they have already: those who have any. */
  #liveSeats = new Map<string, number>();
  /** How many have each wish. */
  #sharing = new Map<EntryWish, number>();
  #isShared = false;
  #lastSequence: number;
  /** Every wish there ever was, so that the same is one object. Forks may share it for good. */
  #wishes = new Map<string, EntryWish>();

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
    return this.#waiters.size;
  }

  get nextSequence(): number {
    return this.#lastSequence + 1;
  }

  /** How many different wishes there are. */
  get wishCount(): number {
    return this.#sharing.size;
  }

  /** The entry with which this user waits. */
  of(userId: string): WaitlistEntry | undefined {
    return this.#waiters.get(userId)?.entry;
  }

  liveSeats(userId: string): number {
    return this.#liveSeats.get(userId) ?? 0;
  }

  /** Everybody, in order; whoever is removed meanwhile is not met again, and nobody is passed over for it. */
  inOrder(): Iterable<Readonly<Waiter>> {
    this.#own();
    return this.#waiters.values();
  }

  /** How many are looked at before this one, and itself. */
  positionOf({ sequence }: WaitlistEntry): number {
    let position = 1;
    for (const { entry } of this.#waiters.values()) {
      if (entry.sequence >= sequence) break;
      position += 1;
    }
    return position;
  }

  add(entry: WaitlistEntry, liveSeats: number): void {
    this.#own();
    const wish = this.#wishOf(entry);
    this.#waiters.set(entry.userId, { entry, wish });
    this.#sharing.set(wish, (this.#sharing.get(wish) ?? 0) + 1);
    this.#lastSequence = Math.max(this.#lastSequence, entry.sequence);
    if (liveSeats > 0) this.#liveSeats.set(entry.userId, liveSeats);
  }

  remove({ id, userId }: WaitlistEntry): void {
    this.#own();
    const waiter = this.#waiters.get(userId);
    if (waiter?.entry.id !== id) throw new Error(`Entry ${id} is not on the list`);
    this.#waiters.delete(userId);
    this.#liveSeats.delete(userId);
    const left = (this.#sharing.get(waiter.wish) ?? 1) - 1;
    if (left > 0) this.#sharing.set(waiter.wish, left);
    else this.#sharing.delete(waiter.wish);
  }

  /** Notes that a user has so many live seats more, or less. */
  countLive(userId: string, seats: number): void {
    if (!this.#waiters.has(userId)) return;
    this.#own();
    const live = this.liveSeats(userId) + seats;
    if (live > 0) this.#liveSeats.set(userId, live);
    else this.#liveSeats.delete(userId);
  }

  fork(): WaitingList {
    const fork = new WaitingList();
    fork.#waiters = this.#waiters;
    fork.#liveSeats = this.#liveSeats;
    fork.#sharing = this.#sharing;
    fork.#wishes = this.#wishes;
    fork.#lastSequence = this.#lastSequence;
    fork.#isShared = this.#isShared = true;
    return fork;
  }

  #own(): void {
    if (!this.#isShared) return;
    this.#waiters = new Map(this.#waiters);
    this.#liveSeats = new Map(this.#liveSeats);
    this.#sharing = new Map(this.#sharing);
    this.#isShared = false;
  }

  #wishOf({ count, sections, accessible }: EntryWish): EntryWish {
    const key = keyOf({ count, sections, accessible });
    const wish = this.#wishes.get(key) ?? { count, sections, accessible };
    this.#wishes.set(key, wish);
    return wish;
  }
}

export const isSameWish = (one: EntryWish, other: EntryWish): boolean => keyOf(one) === keyOf(other);

const keyOf = ({ count, sections, accessible }: EntryWish): string =>
  JSON.stringify([count, accessible, sections?.toSorted() ?? null]);
