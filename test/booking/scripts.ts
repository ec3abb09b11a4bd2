import * as fc from 'fast-check';
import { HallPlan } from '../../src/booking/hall-plan';
import type { Command, SeatRun, SeatWish } from '../../src/booking/types';
import type { Store } from './store';

/** A small world in which everything that matters happens often: few seats, short holds, little money. */
const USERS = ['ann', 'bob', 'eve'];
const TTL = 100;
const START = 1000;
const CLOSES = START + 8 * TTL;
const SEAT_LIMIT = 3;

/** Five seats side by side and one place to stand. */
const RUNS = [0, 100, 150, 300, 300, 50].map((price, index): SeatRun => {
  const number = index + 1;
  const isStanding = number === 6;
  const section = isStanding ? 'Floor' : 'A';
  return { first: number, last: number, section, row: '1', price, attributes: {}, quality: null, isStanding };
});

export function newStore(): Store {
  return {
    schedule: {
      id: 'schedule',
      concertId: 'concert',
      concertTitle: 'A night to remember',
      seatLimit: SEAT_LIMIT,
      bookingStartAt: START,
      bookingEndAt: CLOSES,
      startAt: CLOSES + TTL,
      stopped: false,
      cancelledAt: null,
      singleSeats: 'refuse',
      offerTtlMs: 2 * TTL,
    },
    holdTtlMs: TTL,
    plan: new HallPlan(RUNS),
    prices: new Map(RUNS.map(({ first, price }) => [first, price])),
    bookings: new Map(),
    claims: new Map(),
    payments: new Map(),
    tickets: new Map(),
    balances: new Map(USERS.map((userId) => [userId, { balance: 0, lastEntry: null }])),
    history: [],
    // As many as the longest script could ever use.
    blankTickets: Array.from({ length: 126 }, (_, index) => ({ id: `t${index}`, code: `code-${index}` })),
    seatMap: new Map(),
  };
}

/** What happens at one moment: an operator stops the sale or goes on with it, users charge points, then a group of commands is decided. */
export interface Step {
  now: number;
  stopped: boolean;
  charges: { userId: string; amount: number }[];
  commands: Command[];
}

const user = fc.constantFrom(...USERS);
const holdDraft = fc.record({
  kind: fc.constant('hold' as const),
  userId: user,
  seatNumbers: fc.oneof(
    { weight: 20, arbitrary: fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }) },
    { weight: 1, arbitrary: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 3 }) },
  ),
});
const bestDraft = fc.record({
  kind: fc.constant('hold' as const),
  userId: user,
  seatNumbers: fc.constant<number[]>([]),
  bestAvailable: fc.record<SeatWish>({
    count: fc.integer({ min: 1, max: SEAT_LIMIT + 1 }),
    sections: fc.constantFrom(undefined, ['A'], ['Floor'], ['Floor', 'Nowhere']),
    maxPrice: fc.constantFrom(undefined, undefined, 150),
    together: fc.boolean(),
  }),
});
/** About one of the last holds asked for, by its owner or (`stranger`) by whoever. */
const aboutDraft = fc.record({
  kind: fc.constantFrom('pay' as const, 'pay' as const, 'cancel' as const),
  back: fc.constantFrom(0, 0, 1, 1, 2, 3, 5),
  stranger: fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: user }),
  byStaff: fc.constantFrom(false, false, true),
});
/** Of staff: seats out of sale and back, and a booking cancelled for its owner. */
const blockDraft = fc.record({
  kind: fc.constantFrom('block' as const, 'unblock' as const),
  seatNumbers: fc.uniqueArray(fc.constantFrom(1, 2, 2, 3, 4, 5, 6, 7), { minLength: 1, maxLength: 3 }),
});
const FULL = ['next full TTL', 'next half TTL'] as const;
const stepDraft = fc.record({
  // Often no time at all, exactly what makes an earlier hold end now, or up to the next full moment.
  after: fc.constantFrom(0, 0, 1, TTL - 1, TTL, ...FULL, ...FULL),
  stopped: fc.constantFrom(false, false, false, false, true),
  charges: fc.array(fc.record({ userId: user, amount: fc.constantFrom(100, 400, 900) }), { maxLength: 2 }),
  commands: fc.array(
    fc.oneof(
      { weight: 3, arbitrary: holdDraft },
      { weight: 1, arbitrary: bestDraft },
      { weight: 3, arbitrary: aboutDraft },
      { weight: 1, arbitrary: blockDraft },
    ),
    { maxLength: 6 },
  ),
});

function later(now: number, after: number | (typeof FULL)[number]): number {
  if (typeof after === 'number') return now + after;
  const unit = after === 'next full TTL' ? TTL : TTL / 2;
  return now + unit - (now % unit);
}

export const script: fc.Arbitrary<Step[]> = fc
  .tuple(
    fc.constantFrom(START - 1, START, CLOSES - 2 * TTL),
    fc.array(stepDraft, { minLength: 1, maxLength: 14, size: 'max' }),
  )
  .map(([start, drafts]) => {
    let now = start;
    let count = 0;
    // Holds that may have succeeded, by a rough guess: those that later commands are about.
    const holds: { id: string; userId: string }[] = [];
    const busyUntil = new Map<number, number>();
    return drafts.map(({ after, stopped, charges, commands }): Step => {
      now = later(now, after);
      return {
        now,
        stopped,
        charges,
        commands: commands.map((draft): Command => {
          count += 1;
          const id = `c${count}`;
          if (draft.kind === 'hold') {
            const isLikely =
              draft.seatNumbers.length > 0 && draft.seatNumbers.every((n) => (busyUntil.get(n) ?? 0) <= now);
            if (isLikely && now <= CLOSES && draft.seatNumbers.length <= SEAT_LIMIT) {
              holds.push({ id, userId: draft.userId });
              for (const seatNumber of draft.seatNumbers) busyUntil.set(seatNumber, now + TTL);
            }
            return { id, ...draft };
          }
          if (!('back' in draft)) return { id, userId: 'staff', requestId: null, ...draft };
          const target = holds.at(-1 - Math.min(draft.back, Math.max(holds.length - 1, 0)));
          const userId = draft.stranger ?? target?.userId ?? 'ann';
          const bookingId = target?.id ?? 'nothing';
          if (draft.kind === 'pay' || !draft.byStaff) return { id, userId, kind: draft.kind, bookingId };
          const onBehalf = { ownerId: userId, reason: 'asked for', requestId: null };
          return { id, userId: 'staff', kind: 'cancel', bookingId, onBehalf };
        }),
      };
    });
  });
