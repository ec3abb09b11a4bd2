// Lives in the worker process.
import type { DeskDate, DeskStore, Money } from '../../models/desk-store';
import type { SeatCounts, StockStore } from '../../models/stock-store';
import type { SeatMap } from '../../seat-map/seat-map';
import { paced } from './paced';

export interface DateFigures extends Money {
  total: number;
  available: number;
  held: number;
  sold: number;
  blocked: number;
}

export interface DateFiguresParts {
  store: Pick<DeskStore, 'money'>;
  stock: Pick<StockStore, 'countSeats'>;
  seatMap: Pick<SeatMap, 'counts'>;
}

interface Known {
  seats: { version: number; figures: Omit<DateFigures, keyof Money> } | null;
  money: { version: number; figures: Money } | null;
}

// Counting a hall in Postgres reads a row for each seat taken: of halls that nobody has looked at yet, a few with each sample.
const MOST_COUNTED = 20;
const NO_MONEY: Money = { revenue: 0, refunded: 0 };

/**
 * Seats and money of the dates on the desk, as this process has read them last. Read again is only what has another version, and the
 * money no more often than it is quick to read.
 */
export class AllDateFigures {
  #known = new Map<string, Known>();
  readonly #mayReadMoney = paced();

  constructor(private readonly parts: DateFiguresParts) {}

  /** Of these dates; others are forgotten. @returns null for a date that is not counted yet */
  async of(dates: readonly DeskDate[]): Promise<Map<string, DateFigures | null>> {
    this.#known = new Map(dates.map(({ id }) => [id, this.#known.get(id) ?? { seats: null, money: null }]));
    await Promise.all([this.#readSeats(dates), this.#readMoney(dates)]);
    return new Map(dates.map(({ id }) => [id, figuresOf(this.#known.get(id))]));
  }

  async #readSeats(dates: readonly DeskDate[]): Promise<void> {
    const changed = dates.filter(({ id, version }) => this.#known.get(id)?.seats?.version !== version);
    const missing: string[] = [];
    await Promise.all(
      changed.map(async ({ id }) => {
        const counts = await this.parts.seatMap.counts(id);
        if (counts === null) missing.push(id);
        else this.#takeSeats(id, counts);
      }),
    );
    if (missing.length === 0) return;
    for (const [id, counts] of await this.parts.stock.countSeats(missing.slice(0, MOST_COUNTED)))
      this.#takeSeats(id, counts);
  }

  #takeSeats(id: string, counts: SeatCounts): void {
    const { version, total, available, held, blocked } = counts;
    const known = this.#known.get(id);
    if (known === undefined) return;
    known.seats = {
      version,
      figures: { total, available, held, blocked, sold: total - available - held - blocked },
    };
  }

  async #readMoney(dates: readonly DeskDate[]): Promise<void> {
    const changed = dates.filter(({ id, version }) => this.#known.get(id)?.money?.version !== version);
    if (changed.length === 0) return;
    await this.#mayReadMoney(async () => {
      const money = await this.parts.store.money(changed.map(({ id }) => id));
      for (const { id, version } of changed) {
        const known = this.#known.get(id);
        // The version was read before the money: what is paid in between is read again.
        if (known !== undefined) known.money = { version, figures: money.get(id) ?? NO_MONEY };
      }
    });
  }
}

function figuresOf(known: Known | undefined): DateFigures | null {
  if (known === undefined || known.seats === null) return null;
  return { ...known.seats.figures, ...(known.money?.figures ?? NO_MONEY) };
}
