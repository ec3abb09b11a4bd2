import { setImmediate as nextTurn } from 'node:timers/promises';
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

const SEATS_A_TURN = 2000;

/** What a plan holds, in figures. Others are served meanwhile. */
export async function summaryOf(seats: readonly NewSeat[]): Promise<PlanSummary> {
  const sections = new Map<string, CountedSection>();
  const prices = new Map<number, number>();
  const totals = { seats: seats.length, labelled: 0, gaps: 0, worth: 0 };
  for (const [index, seat] of seats.entries()) {
    const { section: name, price } = seat;
    prices.set(price, (prices.get(price) ?? 0) + 1);
    totals.labelled += seat.label === null ? 0 : 1;
    totals.gaps += seat.afterGap ? 1 : 0;
    totals.worth += price;
    const section = sections.get(name) ?? newSection(seat);
    sections.set(name, section);
    count(section, seat);
    if (index % SEATS_A_TURN === 0) await nextTurn();
  }
  return {
    ...totals,
    sections: [...sections.values()].map(({ rowNames, ...section }) => ({ ...section, rows: rowNames.size })),
    prices: [...prices]
      .map(([price, number]) => ({ price, seats: number }))
      .toSorted((a, b) => a.price - b.price),
  };
}

type CountedSection = SectionSummary & { rowNames: Set<string> };

const newSection = ({ section: name, price }: NewSeat): CountedSection => ({
  name,
  rows: 0,
  seats: 0,
  standing: 0,
  accessible: 0,
  lowestPrice: price,
  highestPrice: price,
  rowNames: new Set(),
});

function count(section: CountedSection, { row, price, standing, attributes }: NewSeat): void {
  section.rowNames.add(row);
  section.seats += 1;
  section.standing += standing ? 1 : 0;
  section.accessible += attributes['accessible'] === 'true' ? 1 : 0;
  section.lowestPrice = Math.min(section.lowestPrice, price);
  section.highestPrice = Math.max(section.highestPrice, price);
}
