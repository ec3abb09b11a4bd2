import type { NewSeat } from '../../models/planned-seats';

export interface SectionSummary {
  name: string;
  rows: number;
  seats: number;
  standing: number;
  accessible: number;
  lowestPrice: number;
  highestPrice: number;
}

export interface PlanSummary {
  seats: number;
  sections: SectionSummary[];
  /** The cheapest first. */
  prices: { price: number; seats: number }[];
  /** Seats with another number printed on them than their own. */
  labelled: number;
  /** Aisles and the like within rows. */
  gaps: number;
  /** What it comes to when every seat is sold. */
  worth: number;
}

/** What a plan holds, in figures. */
export function summaryOf(seats: readonly NewSeat[]): PlanSummary {
  const sections = new Map<string, SectionSummary & { rowNames: Set<string> }>();
  const prices = new Map<number, number>();
  for (const seat of seats) {
    const { section: name, row, price } = seat;
    prices.set(price, (prices.get(price) ?? 0) + 1);
    let section = sections.get(name);
    if (section === undefined) {
      const figures = {
        rows: 0,
        seats: 0,
        standing: 0,
        accessible: 0,
        lowestPrice: price,
        highestPrice: price,
      };
      section = { name, ...figures, rowNames: new Set() };
      sections.set(name, section);
    }
    section.rowNames.add(row);
    section.rows = section.rowNames.size;
    section.seats += 1;
    section.standing += seat.standing ? 1 : 0;
    section.accessible += seat.attributes['accessible'] === 'true' ? 1 : 0;
    section.lowestPrice = Math.min(section.lowestPrice, price);
    section.highestPrice = Math.max(section.highestPrice, price);
  }
  return {
    seats: seats.length,
    sections: [...sections.values()].map(({ rowNames: _counted, ...section }) => section),
    prices: [...prices]
      .map(([price, count]) => ({ price, seats: count }))
      .toSorted((a, b) => a.price - b.price),
    labelled: seats.filter(({ label }) => label !== null).length,
    gaps: seats.filter(({ afterGap }) => afterGap).length,
    worth: seats.reduce((sum, { price }) => sum + price, 0),
  };
}
