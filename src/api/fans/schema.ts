import { z } from 'zod';
import { ROLES } from '../../models/roles';
import { PointEntry } from '../points/routes';
import { BookingView, PaymentView } from '../purchases/schema';
import { Moment, NextCursor, text } from '../schemas';
import { DoorTicketView } from '../tickets/schema';
import { EntryView } from '../waitlist/schema';

export const SearchQuery = z.object({
  q: text(320).meta({
    description:
      "An e-mail in any case; the id of a booking, a job, a ticket or a user; or a ticket's code as it was typed",
  }),
});

export const FanView = z
  .object({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    role: z.enum(ROLES),
    issuer: z.string().nullable().meta({ description: 'Who vouches for them; null: they sign in here' }),
    createdAt: Moment,
  })
  .meta({ id: 'Fan' });

const ofFan = { userId: z.string() };
export const FanBookingView = BookingView.extend({
  ...ofFan,
  concertTitle: z.string(),
  startAt: Moment,
}).meta({ id: 'FanBooking' });
export const FanTicketView = DoorTicketView.extend(ofFan).meta({ id: 'FanTicket' });
export const FanCommandView = z
  .object({
    id: z.string().meta({ description: "Its job's, too" }),
    ...ofFan,
    kind: z.enum(['hold', 'pay', 'cancel', 'charge', 'enlist', 'withdraw']),
    status: z.enum(['queued', 'completed', 'rejected', 'failed']),
    concertTitle: z.string().nullable(),
    scheduleId: z.string().nullable(),
    startAt: Moment.nullable(),
    asked: z.looseObject({}).meta({ description: 'Of its kind: `seatNumbers`, `bookingId`, `amount`' }),
    error: z
      .looseObject({ code: z.string(), title: z.string(), detail: z.string() })
      .nullable()
      .meta({ description: 'Why it was refused, or failed' }),
    createdAt: Moment,
    finishedAt: Moment.nullable(),
  })
  .meta({ id: 'FanCommand' });

export const FoundView = z.object({
  users: z.array(FanView),
  bookings: z.array(FanBookingView),
  commands: z.array(FanCommandView),
  tickets: z.array(FanTicketView),
});

const pageOf = <Row extends z.ZodType>(row: Row) => z.object({ rows: z.array(row), nextCursor: NextCursor });

export const FanThings = z.object({
  bookings: pageOf(FanBookingView),
  tickets: pageOf(FanTicketView),
  payments: pageOf(PaymentView),
  points: pageOf(PointEntry),
  waitlist: pageOf(EntryView),
  commands: pageOf(FanCommandView),
});
const LISTS = ['bookings', 'tickets', 'payments', 'points', 'waitlist', 'commands'] as const;
export const ListName = z
  .enum(LISTS)
  .meta({ description: 'What of theirs', pattern: `^(${LISTS.join('|')})$`, examples: ['commands'] });
export const ListPage = z.union(Object.values(FanThings.shape));
