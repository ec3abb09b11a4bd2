import { z, type output, type ZodObject, type ZodType } from 'zod';
import { parseSeatId, SEAT_ID } from '../booking/seat-id';
import { DATABASE_ID, UUID } from '../lib/ids';
import { Problem, type ProblemCode } from '../lib/problems';

/** What each kind of id answers where there is no such thing, and where there can be none: never 400. */
const MISSING = z.registry<{ code: ProblemCode; detail: string }>();

const missing = (code: ProblemCode, detail: string) => ({ code, detail });
const databaseId = (description: string) =>
  z
    .string()
    .regex(DATABASE_ID)
    .meta({ description, examples: ['17'] });
const uuid = (description: string) =>
  z
    .string()
    .regex(UUID)
    // One thing has one name: capitals would be found by Postgres, and by nobody who compares texts.
    .toLowerCase()
    .meta({ description, format: 'uuid', examples: ['019a5f3e-8d7c-7b1e-9a43-2f60c1d4e5f6'] });

export const ConcertId = databaseId('A concert').register(
  MISSING,
  missing('CONCERT_NOT_FOUND', 'There is no such concert.'),
);
export const ScheduleId = databaseId('A date of a concert').register(
  MISSING,
  missing('SCHEDULE_NOT_FOUND', 'There is no such date.'),
);
export const BookingId = uuid('A booking: the id of the job that held its seats').register(
  MISSING,
  missing('BOOKING_NOT_FOUND', 'You have no such booking.'),
);
export const TicketId = uuid('A ticket').register(
  MISSING,
  missing('TICKET_NOT_FOUND', 'You have no such ticket.'),
);
export const UserId = uuid('A user').register(MISSING, missing('USER_NOT_FOUND', 'There is no such user.'));
export const EntryId = uuid('An entry on a waiting list').register(
  MISSING,
  missing('ENTRY_NOT_FOUND', 'You have no such entry on a waiting list.'),
);
export const JobId = uuid('A job, as the 202 named it').register(
  MISSING,
  missing('JOB_NOT_FOUND', 'You have no such job.'),
);
export const SeatId = z
  .string()
  .regex(SEAT_ID)
  .transform((text) => parseSeatId(text) ?? z.NEVER)
  .meta({ description: 'A seat, as the seat map names it', examples: ['17-42'] })
  .register(MISSING, missing('SEAT_NOT_FOUND', 'There is no such seat.'));

/** The refusal of a request whose path is about something that is not there. */
export function notFound(id: ZodType): Problem {
  const { code, detail } = MISSING.get(id) ?? missing('NOT_FOUND', 'There is no such thing.');
  return new Problem(code, detail);
}

/** A path, one spelling of it, with the schemas of its parameters. */
export interface Path<Params> {
  /** With parameters as `:name`. */
  pattern: string;
  schema: ZodObject;
  /** What a path may answer that is about nothing. */
  problems: ProblemCode[];
  /** @throws Problem with the thing's own not-found code when it can be no id of one */
  read(sent: Record<string, string>): Params;
}

type NamesIn<Pattern extends string> = Pattern extends `${string}:${infer Name}/${infer Rest}`
  ? Name | NamesIn<Rest>
  : Pattern extends `${string}:${infer Name}`
    ? Name
    : never;

/** A path and the schema of each parameter that it names: one that is missing does not compile. */
export function at<Pattern extends string, Shape extends Record<NamesIn<Pattern>, ZodType>>(
  pattern: Pattern,
  ids: Shape,
): Path<output<ZodObject<Shape>>> {
  const schema = z.object(ids);
  const all = new Map(Object.entries<ZodType>(ids));
  const refusal = (name: PropertyKey | undefined): Problem => notFound(all.get(String(name)) ?? schema);
  return {
    pattern,
    schema,
    problems: [...all.keys()].map((name) => refusal(name).code),
    read: (sent) => {
      const parsed = schema.safeParse(sent);
      if (parsed.success) return parsed.data;
      throw refusal(parsed.error.issues[0]?.path[0]);
    },
  };
}
