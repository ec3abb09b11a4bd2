import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { TicketFacts, TicketStore } from '../../models/ticket-store';
import type { Policies } from '../access';
import { type Context, endpoint, type Endpoint, type Reply } from '../endpoint';
import { hasEtag } from '../etag';
import { at, notFound, TicketId } from '../path';
import { Problem } from '../../lib/problems';
import { calendarOf } from './calendar';
import { qrSvg } from './qr';

export interface TicketRoutesParts {
  policies: Policies;
  tickets: TicketStore;
}

const CACHING = ['ETag', 'Cache-Control'] as const;
const UNCHANGED = { description: 'Unchanged', schema: null, headers: CACHING };

/** A ticket in its owner's hands. */
export function ticketRoutes({ policies, tickets }: TicketRoutesParts): Endpoint[] {
  const tag = 'My things';

  async function own(id: string, userId: string): Promise<TicketFacts> {
    const ticket = await tickets.find(id, userId);
    if (ticket === null) throw notFound(TicketId);
    return ticket;
  }

  return [
    endpoint({
      name: 'getTicketQr',
      method: 'get',
      path: at('/api/tickets/:ticketId/qr.svg', { ticketId: TicketId }),
      tag,
      summary: 'The code of my ticket as a QR code, for the door',
      access: policies.user,
      input: z.object({}),
      headers: { 'If-None-Match': 'The ETag of the picture you have' },
      answers: {
        200: { description: 'The picture', schema: z.string(), type: 'image/svg+xml', headers: CACHING },
        304: UNCHANGED,
      },
      problems: ['TICKET_VOID'],
      handle: async ({ ctx, caller, params: { ticketId } }) => {
        const ticket = await own(ticketId, caller.userId);
        if (ticket.status === 'VOID') throw new Problem('TICKET_VOID', 'It opens no door any more.');
        return kept(ctx, etagOf(ticket.code), 'image/svg+xml', () => qrSvg(ticket.code));
      },
    }),
    endpoint({
      name: 'getTicketCalendar',
      method: 'get',
      path: at('/api/tickets/:ticketId/calendar.ics', { ticketId: TicketId }),
      tag,
      summary: 'The show of my ticket for the diary; of a void ticket, what takes it out again',
      access: policies.user,
      input: z.object({}),
      headers: { 'If-None-Match': 'The ETag of the file you have' },
      answers: {
        200: {
          description: 'iCalendar',
          schema: z.string(),
          type: 'text/calendar',
          headers: [...CACHING, 'Content-Disposition'],
        },
        304: UNCHANGED,
      },
      handle: async ({ ctx, caller, params: { ticketId } }) => {
        const ticket = await own(ticketId, caller.userId);
        const name = 'attachment; filename="ticket.ics"';
        const text = () => calendarOf(ticket, new Date());
        return kept(ctx, etagOf(ticket), 'text/calendar; charset=utf-8', text, {
          'Content-Disposition': name,
        });
      },
    }),
  ];
}

/** Of all that shows in it. */
const etagOf = (shown: unknown): string =>
  `W/"${createHash('sha256').update(JSON.stringify(shown)).digest('base64url').slice(0, 22)}"`;

/** A browser may keep it, and asks before each use: it may have become void. */
function kept(
  ctx: Context,
  etag: string,
  type: string,
  make: () => string,
  more: Record<string, string> = {},
): Reply {
  const headers = { ETag: etag, 'Cache-Control': 'private, no-cache' };
  if (hasEtag(ctx, etag)) return { status: 304, headers };
  return { status: 200, body: make(), headers: { ...headers, 'Content-Type': type, ...more } };
}
