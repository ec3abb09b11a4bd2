import type { EntryView } from '../../jobs/outcomes/presenters';
import type { OwnEntry } from '../../models/waitlist-store';

/** In lists and streams as in the outcome of the command that made it. */
export function presentEntry({ userId: _userId, ...entry }: OwnEntry): EntryView {
  return {
    ...entry,
    startAt: entry.startAt.toISOString(),
    offerEndsAt: entry.offerEndsAt?.toISOString() ?? null,
    createdAt: entry.createdAt.toISOString(),
  };
}
