import { FreeSeats } from '../../src/booking/free-seats';
import { HallPlan } from '../../src/booking/hall-plan';
import { decide } from '../../src/booking/decide';
import type {
  Booking,
  Changes,
  Command,
  Decision,
  EntryWish,
  Seat,
  SeatRun,
  State,
  WaitlistEntry,
} from '../../src/booking/types';
import { WaitingList } from '../../src/booking/waiting-list';
import { stateOf } from './state';

export interface Section {
  name: string;
  rows: number;
  seatsPerRow: number;
  accessible?: boolean;
}

interface StoredEntry {
  entry: WaitlistEntry;
  isOffered: boolean;
  hasLeft: boolean;
}

/** A schedule with a waiting list, as a database would have it: it takes what decisions write, and nothing else. */
export class WaitlistWorld {
  readonly plan: HallPlan;
  readonly seats: ReadonlyMap<number, Seat & { isAccessible: boolean }>;
  readonly bookings = new Map<string, Booking>();
  readonly claims = new Map<number, string | null>();
  readonly entries = new Map<string, StoredEntry>();
  /** As the worker keeps it from one decision to the next. */
  hall: State['hall'];
  #ids = 0;

  constructor(
    sections: readonly Section[],
    readonly schedule: Partial<State['schedule']> = {},
  ) {
    const runs = runsOf(sections);
    this.plan = new HallPlan(runs);
    this.seats = new Map(
      runs.flatMap(({ first, last, section, row, price, isStanding, attributes }) =>
        Array.from({ length: last - first + 1 }, (_, i) => [
          first + i,
          {
            number: first + i,
            section,
            row,
            price,
            isStanding,
            isAccessible: attributes['accessible'] === 'true',
          },
        ]),
      ),
    );
  }

  /** As a worker would read it that has nothing in memory. */
  read(): NonNullable<State['hall']> {
    const free = FreeSeats.of(this.plan, this.claims.keys());
    if (this.entries.size === 0) return { free, isUnoffered: true };
    const waiting = this.waiting();
    const live = new Map(waiting.map(({ userId }) => [userId, this.live(userId)]));
    return { free, waiting: new WaitingList(waiting, live, this.entries.size), isUnoffered: true };
  }

  waiting(): WaitlistEntry[] {
    return [...this.entries.values()]
      .filter(({ isOffered, hasLeft }) => !isOffered && !hasLeft)
      .map(({ entry }) => entry)
      .toSorted((a, b) => a.sequence - b.sequence);
  }

  blocked(): number[] {
    return [...this.claims].filter(([, id]) => id === null).map(([number]) => number);
  }

  live(userId: string): number {
    return [...this.claims.values()].filter((id) => this.bookings.get(id ?? '')?.userId === userId).length;
  }

  /** Seats that are free and fit a wish, whoever has it. */
  fitting({ sections, accessible }: EntryWish): number[] {
    return [...this.seats.values()]
      .filter(({ number }) => !this.claims.has(number))
      .filter(
        ({ section, isAccessible }) => isAccessible === accessible && (sections?.includes(section) ?? true),
      )
      .map(({ number }) => number);
  }

  state(overrides: Parameters<typeof stateOf>[0] = {}): State {
    return stateOf({
      ...overrides,
      schedule: { ...this.schedule, ...overrides.schedule },
      seats: this.seats,
      hall: this.hall ?? this.read(),
      bookings: [...this.bookings.values()],
      blocked: { named: this.blocked(), count: this.blocked().length },
      listed: [...this.entries.values()],
      balances: new Map(
        [...this.bookings.values()].map(({ userId }) => [userId, { balance: 0, lastEntry: null }]),
      ),
    });
  }

  run(commands: readonly Command[], now: number, state = this.state()): Decision {
    const decision = decide(state, commands, now, () => `offer ${(this.#ids += 1)}`);
    this.#apply(decision.changes);
    this.hall = decision.hall;
    return decision;
  }

  #apply(changes: Changes): void {
    const offered = new Set(changes.offeredEntries);
    const left = new Set(changes.withdrawnEntries.map(({ id }) => id));
    const enlisted = new Set(changes.enlisted.map(({ id }) => id));
    const isOld = (id: string) => !enlisted.has(id);
    // In the order in which they are written: what ends first, then what is new, as the group leaves it.
    for (const id of [...offered].filter(isOld)) this.#waiting(id).isOffered = true;
    for (const id of [...left].filter(isOld)) this.#waiting(id).hasLeft = true;
    const waiters = new Set(this.waiting().map(({ userId }) => userId));
    for (const entry of changes.enlisted) {
      must(!this.entries.has(entry.id), `entry ${entry.id} is made twice`);
      must(entry.sequence === this.entries.size + 1, `entry ${entry.id} is number ${entry.sequence}`);
      const [isOffered, hasLeft] = [offered.has(entry.id), left.has(entry.id)];
      must(!isOffered || !hasLeft, `entry ${entry.id} was offered and left`);
      must(isOffered || hasLeft || !waiters.has(entry.userId), `${entry.userId} waits twice`);
      if (!isOffered && !hasLeft) waiters.add(entry.userId);
      this.entries.set(entry.id, { entry, isOffered, hasLeft });
    }
    for (const booking of [...changes.newBookings, ...changes.changedBookings])
      this.bookings.set(booking.id, structuredClone(booking));
    for (const number of changes.freedSeats) must(this.claims.delete(number), `seat ${number} was free`);
    for (const { seatNumber, bookingId } of changes.claimedSeats) {
      must(!this.claims.has(seatNumber), `seat ${seatNumber} is claimed twice`);
      this.claims.set(seatNumber, bookingId);
    }
  }

  #waiting(id: string): StoredEntry {
    const stored = this.entries.get(id);
    must(stored !== undefined && !stored.isOffered && !stored.hasLeft, `entry ${id} does not wait`);
    return stored;
  }

  /** What is wrong with it, one line each. @param now null: offers are not made any more, seats may be free */
  faults(now: number | null): string[] {
    const { seatLimit } = this.state().schedule;
    const offers = [...this.bookings.values()].filter(({ entryId }) => entryId !== null);
    return [
      ...[...this.entries.values()].flatMap(({ entry, isOffered }) => {
        const own = offers.filter(({ entryId }) => entryId === entry.id);
        if (own.length !== (isOffered ? 1 : 0)) return [`entry ${entry.id} has ${own.length} offers`];
        return own.flatMap((offer) => this.#offerFaults(entry, offer));
      }),
      ...[...new Set(this.claims.values())].flatMap((id) => {
        const booking = this.bookings.get(id ?? '');
        const live = this.live(booking?.userId ?? '');
        return live > seatLimit ? [`${booking?.userId} has ${live} seats`] : [];
      }),
      ...(now === null ? [] : this.waiting().filter((entry) => this.#fits(entry, seatLimit))).map(
        ({ id }) => `entry ${id} waits, and such seats are free`,
      ),
      ...this.#memoryFaults(),
    ];
  }

  #offerFaults({ id, userId, count, sections, accessible }: WaitlistEntry, offer: Booking): string[] {
    const seats = offer.seatNumbers.map((number) => this.seats.get(number));
    const isRight =
      offer.userId === userId &&
      seats.length === count &&
      seats.every(
        (seat) => seat?.isAccessible === accessible && (sections?.includes(seat.section) ?? true),
      ) &&
      offer.totalPrice === seats.reduce((sum, seat) => sum + (seat?.price ?? 0), 0);
    return isRight ? [] : [`the offer to entry ${id} is not what it wished for`];
  }

  #fits(entry: WaitlistEntry, seatLimit: number): boolean {
    return this.fitting(entry).length >= entry.count && this.live(entry.userId) + entry.count <= seatLimit;
  }

  /** What the worker kept must be what it would read. */
  #memoryFaults(): string[] {
    const [kept, read] = [this.hall, this.read()];
    if (kept === undefined) return [];
    const faults = [...this.seats.keys()]
      .filter((number) => kept.free.isFree(number) !== read.free.isFree(number))
      .map((number) => `seat ${number} is not as it is remembered`);
    const waiting = this.waiting();
    if ((kept.waiting?.size ?? 0) !== waiting.length) faults.push('another list is remembered');
    waiting.forEach((entry, index) => {
      if (kept.waiting?.positionOf(entry) !== index + 1)
        faults.push(`entry ${entry.id} is not number ${index + 1}`);
      if (kept.waiting?.liveSeats(entry.userId) !== this.live(entry.userId))
        faults.push(`${entry.userId} does not have as many seats as remembered`);
    });
    return faults;
  }
}

function runsOf(sections: readonly Section[]): SeatRun[] {
  const runs: SeatRun[] = [];
  for (const { name, rows, seatsPerRow, accessible = false } of sections) {
    for (let row = 1; row <= rows; row += 1) {
      const first = (runs.at(-1)?.last ?? 0) + 1;
      const attributes: Record<string, string> = accessible ? { accessible: 'true' } : {};
      const last = first + seatsPerRow - 1;
      const place = { section: name, row: String(row), price: 100 + runs.length, quality: null };
      runs.push({ ...place, first, last, attributes, isStanding: false });
    }
  }
  return runs;
}

function must(fits: boolean, fault: string): asserts fits {
  if (!fits) throw new Error(fault);
}
