// Lives in the worker process.
import { within } from '../../lib/deadline';
import type { Logger } from '../../lib/logger';
import type { DateOnSale, SeatCounts, StockStore } from '../../models/stock-store';
import type { SeatMap } from '../../seat-map/seat-map';
import type { RoomRulesNow, RoomStock } from '../../waiting-room';

export interface RoomStocksParts {
  store: StockStore;
  seatMap: Pick<SeatMap, 'counts'>;
  logger: Logger;
}

interface OpenDate {
  id: string;
  /** As Postgres has it. */
  version: number;
  counts: SeatCounts | null;
  /** Whether its map was there when it was last looked for. */
  isNoted: boolean;
  /** A version that the noted map should reach, and since when. */
  awaited: { version: number; sinceMs: number };
  askedPostgresAtMs: number;
}

interface OpenRoom {
  onSale: string;
  lookedAtMs: number;
  dates: Map<string, OpenDate>;
  stock: RoomStock;
}

type Rules = Pick<RoomRulesNow, 'onSale'>;

// A tick waits no longer for Postgres to count: a later one has it.
const COUNT_WAIT_MS = 100;
// Postgres is asked no sooner again for the same date, nor before a map that is late has been so for as long.
const COUNT_AGAIN_MS = 1000;
const MOST_COUNTED_AT_ONCE = 50;
// A concert of more dates is not looked at with every tick in which one of them has changed.
const FEW_DATES = 200;
const LOOK_AGAIN_MS = 500;

/**
 * What is left of the seats of the open rooms' concerts. Nothing is read of a room where, by what Postgres says of it, no seat has
 * changed since the last look; else the noted map of every date that has. What is not noted Postgres counts.
 */
export class RoomStocks {
  #rooms = new Map<string, OpenRoom>();
  #counting: Promise<void> | null = null;
  /** Fewer after a failure: so many halls may have been more than one statement has time for. */
  #countedAtOnce = MOST_COUNTED_AT_ONCE;

  constructor(private readonly parts: RoomStocksParts) {}

  /** Of these rooms; others are forgotten. */
  async of(rules: ReadonlyMap<string, Rules>): Promise<Map<string, RoomStock>> {
    const nowMs = performance.now();
    this.#rooms = new Map([...this.#rooms].filter(([id]) => rules.has(id)));
    const due = [...rules].filter(([id, { onSale }]) => this.#isDue(id, onSale, nowMs));
    if (due.length > 0) await this.#look(new Map(due), nowMs);
    return new Map([...this.#rooms].map(([id, { stock }]) => [id, stock]));
  }

  #isDue(concertId: string, onSale: string, nowMs: number): boolean {
    const room = this.#rooms.get(concertId);
    if (room === undefined) return true;
    if (room.dates.size > FEW_DATES && nowMs < room.lookedAtMs + LOOK_AGAIN_MS) return false;
    return room.onSale !== onSale || [...room.dates.values()].some(isBehind);
  }

  async #look(rules: ReadonlyMap<string, Rules>, nowMs: number): Promise<void> {
    const listed = await this.#listed([...rules.keys()], nowMs);
    const behind = [...listed.values()].flatMap((dates) => [...dates.values()]).filter(isBehind);
    await Promise.all(behind.map(async (date) => this.#readNoted(date)));
    await this.#countMissing(behind, nowMs);
    for (const [concertId, { onSale }] of rules) {
      const dates = listed.get(concertId) ?? new Map<string, OpenDate>();
      this.#rooms.set(concertId, { onSale, lookedAtMs: nowMs, dates, stock: stockOf([...dates.values()]) });
    }
  }

  async #listed(concertIds: readonly string[], nowMs: number): Promise<Map<string, Map<string, OpenDate>>> {
    const listed = new Map<string, Map<string, OpenDate>>();
    for (const row of await this.parts.store.datesOnSale(concertIds)) {
      const dates = listed.get(row.concertId) ?? new Map<string, OpenDate>();
      listed.set(row.concertId, dates.set(row.id, openDate(row, this.#known(row), nowMs)));
    }
    return listed;
  }

  #known({ concertId, id, version }: DateOnSale): OpenDate | undefined {
    const known = this.#rooms.get(concertId)?.dates.get(id);
    // A database that was put back: what was counted is of another time.
    return known !== undefined && known.version <= version ? known : undefined;
  }

  async #readNoted(date: OpenDate): Promise<void> {
    try {
      const counts = await this.parts.seatMap.counts(date.id);
      date.isNoted = counts !== null;
      take(date, counts);
    } catch (error) {
      // Of a cluster, one node may be away.
      this.parts.logger.debug({ err: error, scheduleId: date.id }, 'a seat map was not read');
    }
  }

  /** One statement at a time, and no tick waits long for it: the halls of one concert must not keep other rooms from their ticks. */
  async #countMissing(behind: readonly OpenDate[], nowMs: number): Promise<void> {
    const missing = behind.filter((date) => isMissing(date, nowMs)).slice(0, this.#countedAtOnce);
    if (missing.length === 0) return;
    this.#counting ??= this.#count(missing, nowMs).finally(() => {
      this.#counting = null;
    });
    await within(COUNT_WAIT_MS, this.#counting, () => undefined);
  }

  async #count(missing: readonly OpenDate[], nowMs: number): Promise<void> {
    for (const date of missing) date.askedPostgresAtMs = nowMs;
    try {
      const counts = await this.parts.store.countSeats(missing.map(({ id }) => id));
      for (const date of missing) take(date, counts.get(date.id) ?? null);
      this.#countedAtOnce = MOST_COUNTED_AT_ONCE;
    } catch (error) {
      this.#countedAtOnce = Math.ceil(missing.length / 4);
      this.parts.logger.warn({ err: error }, 'seats were not counted: will try again');
    }
  }
}

function openDate({ id, version }: DateOnSale, known: OpenDate | undefined, nowMs: number): OpenDate {
  const awaited = { version, sinceMs: nowMs };
  if (known === undefined)
    return { id, version, counts: null, isNoted: true, awaited, askedPostgresAtMs: -Infinity };
  // Of a busy date the map is always a little late: only one that does not move on at all is behind for long.
  if ((known.counts?.version ?? -1) >= known.awaited.version) known.awaited = awaited;
  known.version = version;
  return known;
}

const isBehind = ({ counts, version }: OpenDate): boolean => counts === null || counts.version < version;

function isMissing({ counts, isNoted, awaited, askedPostgresAtMs }: OpenDate, nowMs: number): boolean {
  if (nowMs < askedPostgresAtMs + COUNT_AGAIN_MS) return false;
  // A map that is gone will not be in time, as one that is late is: what was counted before would let fans into a sold-out room.
  return (
    !isNoted ||
    counts === null ||
    (counts.version < awaited.version && nowMs > awaited.sinceMs + COUNT_AGAIN_MS)
  );
}

function take(date: OpenDate, counts: SeatCounts | null): void {
  if (counts !== null && counts.version >= (date.counts?.version ?? 0)) date.counts = counts;
}

function stockOf(dates: readonly OpenDate[]): RoomStock {
  const stock: RoomStock = { dates: 0, available: 0, held: 0, isWhole: true };
  for (const { counts } of dates) {
    if (counts === null) stock.isWhole = false;
    else if (counts.total > 0) {
      stock.dates += 1;
      stock.available += counts.available;
      stock.held += counts.held;
    }
  }
  return stock;
}
