import { z } from 'zod';

/**
 * The answers as the HTTP contract has them, written down a second time: every answer that a test reads is checked
 * against these, field by field, and a field too many or of another type fails it.
 */

const id = z.string().min(1);
const moment = z.iso.datetime();
const points = z.int();

export const User = z.strictObject({
  id: z.uuid(),
  email: z.string(),
  name: z.string(),
  role: z.enum(['user', 'operator']),
});
export const SignedIn = z.strictObject({
  user: User,
  accessToken: z.string(),
  expiresIn: z.int().positive(),
});

const phase = z.enum(['BEFORE_OPENING', 'OPEN', 'PAUSED', 'SOLD_OUT']);
const toldToAll = {
  presale: z.strictObject({ name: z.string(), endsAt: moment }).nullable(),
  drawPseudonym: z.string().nullable(),
  message: z.string().nullable(),
  stock: z.strictObject({ available: z.int(), held: z.int() }).nullable(),
};
export const QueueState = z.discriminatedUnion('status', [
  z.strictObject({
    concertId: id,
    status: z.literal('WAITING'),
    position: z.int().min(1).nullable(),
    estimatedWaitSeconds: z.number().min(0).nullable(),
    pollAfterMs: z.int().positive(),
    queueToken: z.string().min(1),
    expiresAt: z.null(),
    mayHold: z.literal(false),
    phase,
    opensAt: moment.nullable(),
    ...toldToAll,
  }),
  z.strictObject({
    concertId: id,
    status: z.literal('ACTIVE'),
    position: z.literal(0),
    estimatedWaitSeconds: z.literal(0),
    pollAfterMs: z.int().positive(),
    queueToken: z.string().min(1),
    expiresAt: moment,
    mayHold: z.boolean(),
    phase,
    opensAt: moment.nullable(),
    ...toldToAll,
  }),
]);

export const Concert = z.strictObject({
  id,
  title: z.string(),
  description: z.string(),
  seatLimit: z.int(),
  timeZone: z.string().nullable(),
});
export const Concerts = z.strictObject({ concerts: z.array(Concert), nextCursor: id.nullable() });
const schedule = {
  id,
  concertId: id,
  bookingStartAt: moment,
  bookingEndAt: moment,
  startAt: moment,
  endAt: moment,
};
export const Bookable = z.strictObject({
  schedules: z.array(
    z.strictObject({ ...schedule, seats: z.strictObject({ total: z.int(), available: z.int() }) }),
  ),
});
const place = { section: z.string(), row: z.string(), number: z.int().positive() };
export const SeatMap = z.strictObject({
  scheduleId: id,
  version: z.int(),
  layout: z.record(z.string(), z.unknown()).optional(),
  seats: z.array(
    z.strictObject({
      id,
      ...place,
      price: points,
      attributes: z.record(z.string(), z.string()),
      standing: z.literal(true).optional(),
      status: z.enum(['AVAILABLE', 'HELD', 'SOLD']),
    }),
  ),
});

export const SeatRuns = z.strictObject({
  scheduleId: id,
  version: z.int(),
  layout: z.record(z.string(), z.unknown()).optional(),
  runs: z.array(
    z.strictObject({
      first: z.int(),
      last: z.int(),
      section: z.string(),
      row: z.string(),
      price: points,
      attributes: z.record(z.string(), z.string()),
      standing: z.literal(true).optional(),
    }),
  ),
  states: z.string(),
});

export const SeatChanges = z.strictObject({
  scheduleId: id,
  version: z.int(),
  changed: z.array(z.strictObject({ id, status: z.enum(['AVAILABLE', 'HELD', 'SOLD']) })),
});

export const Booking = z.strictObject({
  id,
  concertId: id,
  scheduleId: id,
  status: z.enum(['PENDING', 'PAID', 'EXPIRED', 'CANCELLED']),
  seats: z.array(z.strictObject({ id, ...place, price: points })).min(1),
  totalPrice: points,
  expiresAt: moment,
  createdAt: moment,
  paidAt: moment.nullable(),
  entryId: id.nullable(),
});
export const Payment = z.strictObject({
  id,
  bookingId: id,
  concertId: id,
  scheduleId: id,
  concertTitle: z.string(),
  amount: points,
  status: z.enum(['PAID', 'REFUNDED']),
  createdAt: moment,
});
export const Ticket = z.strictObject({
  concertId: id,
  concertTitle: z.string(),
  startAt: moment,
  id,
  bookingId: id,
  seatId: id,
  ...place,
  code: z.string().min(16),
  status: z.enum(['VALID', 'USED', 'VOID']),
  usedAt: moment.nullable(),
});
const cursor = id.nullable();
export const Bookings = z.strictObject({ bookings: z.array(Booking), nextCursor: cursor });
export const Tickets = z.strictObject({ tickets: z.array(Ticket), nextCursor: cursor });
export const Payments = z.strictObject({ payments: z.array(Payment), nextCursor: cursor });

const Refusal = z.looseObject({ code: id, title: id, detail: id, status: z.int() });
const HoldOrCancel = z.strictObject({ booking: Booking });
const Paid = z.strictObject({
  booking: Booking,
  payment: Payment,
  tickets: z.array(Ticket).min(1),
  balance: points.min(0),
});
export const WaitlistEntry = z.strictObject({
  id,
  concertId: id,
  scheduleId: id,
  concertTitle: id,
  startAt: moment,
  count: z.int().positive(),
  sections: z.array(id).min(1).nullable(),
  accessible: z.boolean(),
  position: z.int().positive().nullable(),
  status: z.enum(['WAITING', 'OFFERED', 'TAKEN', 'EXPIRED', 'LEFT']),
  bookingId: id.nullable(),
  offerEndsAt: moment.nullable(),
  createdAt: moment,
});
export const EntryAnswer = z.strictObject({ entry: WaitlistEntry });
export const Entries = z.strictObject({ entries: z.array(WaitlistEntry), nextCursor: cursor });
export type EntryView = z.infer<typeof WaitlistEntry>;
const job = {
  id,
  kind: z.enum(['hold', 'pay', 'cancel', 'enlist', 'withdraw']),
  createdAt: moment,
};
const ended = { finishedAt: moment, pollAfterMs: z.null() };
export const Job = z.union([
  z.strictObject({
    ...job,
    status: z.literal('queued'),
    finishedAt: z.null(),
    result: z.null(),
    error: z.null(),
    pollAfterMs: z.int().positive(),
  }),
  z.strictObject({
    ...job,
    ...ended,
    kind: z.enum(['hold', 'cancel']),
    status: z.literal('completed'),
    result: HoldOrCancel,
    error: z.null(),
  }),
  z.strictObject({
    ...job,
    ...ended,
    kind: z.literal('pay'),
    status: z.literal('completed'),
    result: Paid,
    error: z.null(),
  }),
  z.strictObject({
    ...job,
    ...ended,
    status: z.enum(['rejected', 'failed']),
    result: z.null(),
    error: Refusal,
  }),
]);
export const JobAnswer = z.strictObject({ job: Job });

export const Balance = z.strictObject({ balance: points.min(0) });
export const PointEntry = z.strictObject({
  id,
  amount: points,
  balanceAfter: points.min(0),
  type: z.enum(['CHARGE', 'USE', 'REFUND']),
  bookingId: id.nullable(),
  createdAt: moment,
});
export const Charged = z.strictObject({ balance: points, entry: PointEntry });
export const History = z.strictObject({ entries: z.array(PointEntry), nextCursor: cursor });

export const QueuePolicy = z.strictObject({
  maxActive: z.int(),
  admitPerInterval: z.int(),
  admitIntervalMs: z.int(),
  activeTtlSeconds: z.int(),
  abandonAfterSeconds: z.int(),
  paused: z.boolean(),
  opensAt: moment.nullable(),
  order: z.enum(['arrival', 'draw']),
  message: z.string().min(1).max(280).nullable(),
  admitBeyondStock: z.boolean(),
});
const digest = z.string().regex(/^[\da-f]{64}$/);
export const Draw = z.strictObject({
  status: z.enum(['ANNOUNCED', 'DRAWN']),
  algorithm: z.string().min(1),
  commitment: digest,
  seed: digest.nullable(),
  entrants: z.int().nullable(),
  entrantsHash: digest.nullable(),
  drawnAt: moment.nullable(),
  announcedAt: moment,
  closedAt: moment.nullable(),
  beacon: z
    .strictObject({
      source: z.string(),
      promisedAt: moment,
      value: z.string().nullable(),
      givenAt: moment.nullable(),
    })
    .nullable(),
});
export const DrawOrder = z.strictObject({ order: z.array(z.string()), nextCursor: cursor });
export const PolicyAnswer = z.strictObject({ policy: QueuePolicy });
export const RoomStats = z.strictObject({
  policy: QueuePolicy,
  waiting: z.int(),
  active: z.int(),
  admittedTotal: z.int(),
  abandonedTotal: z.int(),
  expiredTotal: z.int(),
  admittedPerSecond: z.number(),
  oldestWaitSeconds: z.number(),
});
export const ConcertMade = z.strictObject({ concert: Concert });
export const ScheduleMade = z.strictObject({ schedule: z.strictObject(schedule), seats: z.int() });

export const Presale = z.strictObject({
  id,
  concertId: id,
  name: z.string(),
  startsAt: moment,
  endsAt: moment,
  scheduleIds: z.array(id).nullable(),
  seatLimit: z.int().nullable(),
  count: z.int().positive(),
  claimed: z.int().min(0),
});
export const PresaleMade = z.strictObject({ presale: Presale, codes: z.array(z.string()).min(1) });
export const Presales = z.strictObject({ presales: z.array(Presale) });

export const Problem = z.looseObject({
  type: z.string(),
  title: id,
  status: z.int(),
  detail: id,
  code: z.string().regex(/^[A-Z_]+$/),
});

export type JobView = z.infer<typeof Job>;
export type BookingView = z.infer<typeof Booking>;
export type State = z.infer<typeof QueueState>;
export type PaidResult = z.infer<typeof Paid>;
