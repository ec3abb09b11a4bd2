import type { QueuePolicy } from './queue-policy';

/** What is left of the seats of a concert's open dates. */
export interface RoomStock {
  /** How many of its open dates have seats. */
  dates: number;
  available: number;
  /** A hold counts until it is released. */
  held: number;
  /** false: some date is not counted yet, and the figures are the least there can be. */
  isWhole: boolean;
}

export const NOT_COUNTED: RoomStock = { dates: 0, available: 0, held: 0, isWhole: false };

/** As the tick takes it. */
export function stockArgument(stock: RoomStock, { admitBeyondStock }: QueuePolicy): string {
  const { dates, available, held, isWhole } = stock;
  return [dates, available, held, isWhole ? 1 : 0, admitBeyondStock ? 1 : 0].join(' ');
}
