import type { HistoryEntry } from '../../models/point-store';

/** A line of a points history as clients see it. */
export function presentEntry({ createdAt, ...entry }: HistoryEntry) {
  return { ...entry, createdAt: createdAt.toISOString() };
}
