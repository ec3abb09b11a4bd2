import { z } from 'zod';
import { isDatabaseId } from '../../lib/ids';
import { Problem, type ProblemCode } from '../../lib/problems';
import type { CheckIn, TicketFacts, TicketStore } from '../../models/ticket-store';
import type { Policies } from '../access';
import { type Context, endpoint, type Endpoint, type Reply } from '../endpoint';
import { REPLAYED } from '../idempotency';
import { at, notFound, ScheduleId } from '../path';
import type { CodeTries } from '../presales/code-tries';
import { presentDate, presentTicket } from './presenter';
import { CheckInBody, DoorCountView, DoorDateView, DoorTicketView } from './schema';

export interface DoorRoutesParts {
  policies: Policies;
  tickets: TicketStore;
  doorTries: CodeTries;
  addressOf: (ctx: Context) => string;
}

/** What the staff at the entrances need: letting in, and for which date. */
export function doorRoutes({ policies, tickets, doorTries, addressOf }: DoorRoutesParts): Endpoint[] {
  const tag = 'At the door';
  const access = policies.staff('door');
  return [
    endpoint({
      name: 'checkIn',
      method: 'post',
      path: at('/api/admin/tickets/check-in', {}),
      tag,
      summary: 'Let a ticket in, once: whichever entrance asks first',
      access,
      input: z.object({ body: CheckInBody }),
      answers: {
        200: {
          description: 'Let in',
          schema: z.object({ ticket: DoorTicketView }),
          headers: ['Idempotency-Replayed'],
        },
      },
      problems: [
        'TICKET_NOT_FOUND',
        'ALREADY_USED',
        'TICKET_VOID',
        'TICKET_FOR_ANOTHER_DATE',
        'IDEMPOTENCY_KEY_REUSED',
      ],
      handle: async ({ ctx, caller: { userId: staffId }, input: { body } }) => {
        const { code, scanId = null, scheduleId = null } = body;
        if (scheduleId !== null && !isDatabaseId(scheduleId)) throw noSuchDate();
        const scan = { code, scanId, scheduleId, staffId, requestId: ctx.state.requestId };
        const checkedIn = await doorTries.made(
          { userId: staffId, address: addressOf(ctx) },
          async () => tickets.checkIn(scan),
          ({ is }) => is === 'unknown',
        );
        return replyTo(checkedIn);
      },
    }),
    endpoint({
      name: 'listDoorDates',
      method: 'get',
      path: at('/api/admin/door/dates', {}),
      tag,
      summary: 'The shows of about today, by their start',
      access,
      input: z.object({}),
      answers: { 200: { description: 'The shows', schema: z.object({ dates: z.array(DoorDateView) }) } },
      handle: async () => ({ status: 200, body: { dates: (await tickets.doorDates()).map(presentDate) } }),
    }),
    endpoint({
      name: 'countAtDoor',
      method: 'get',
      path: at('/api/admin/door/dates/:scheduleId', { scheduleId: ScheduleId }),
      tag,
      summary: 'How many tickets of a date were let in, of how many',
      access,
      input: z.object({}),
      answers: { 200: { description: 'Now', schema: DoorCountView } },
      handle: async ({ params: { scheduleId } }) => {
        const count = await tickets.doorCount(scheduleId);
        if (count === null) throw notFound(ScheduleId);
        return { status: 200, body: count };
      },
    }),
  ];
}

/** @throws Problem that says why this ticket is not let in, and which one it is */
function replyTo(checkedIn: CheckIn): Reply {
  switch (checkedIn.is) {
    case 'in':
      return {
        status: 200,
        body: { ticket: presentTicket(checkedIn.ticket) },
        headers: checkedIn.again ? REPLAYED : {},
      };
    case 'used': {
      const usedAt = checkedIn.ticket.usedAt?.toISOString() ?? null;
      throw refused('ALREADY_USED', `It was let in at ${usedAt}.`, checkedIn.ticket, { usedAt });
    }
    case 'void':
      throw refused('TICKET_VOID', 'It was given back, or its show was cancelled.', checkedIn.ticket);
    case 'of another date': {
      const { concertTitle, startAt } = checkedIn.ticket;
      const detail = `It is for ${concertTitle} at ${startAt.toISOString()}.`;
      throw refused('TICKET_FOR_ANOTHER_DATE', detail, checkedIn.ticket);
    }
    case 'unknown':
      throw new Problem('TICKET_NOT_FOUND', 'No ticket has this code.');
    case 'scan of another ticket':
      throw new Problem(
        'IDEMPOTENCY_KEY_REUSED',
        'This scan has let in another ticket: make an id for each.',
      );
  }
}

const refused = (code: ProblemCode, detail: string, ticket: TicketFacts, members: object = {}): Problem =>
  new Problem(code, detail, { members: { ...members, ticket: presentTicket(ticket) } });

const noSuchDate = (): Problem =>
  new Problem('INVALID_REQUEST', 'There is no such date.', {
    members: { errors: [{ path: 'body.scheduleId', message: 'must be the id of a date' }] },
  });
