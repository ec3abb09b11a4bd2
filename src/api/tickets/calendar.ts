import type { TicketFacts } from '../../models/ticket-store';

const LINE_OCTETS = 75;

/**
 * A ticket as an iCalendar event (RFC 5545). Taken in once more it changes what the first one made: a void ticket takes the event out
 * of the diary again.
 * @param stamp when this very text is made
 */
export function calendarOf(ticket: TicketFacts, stamp: Date): string {
  const { id, section, row, seatNumber, concertTitle, startAt, endAt, status, code } = ticket;
  const isVoid = status === 'VOID';
  const seat = `${section}, row ${row}, seat ${seatNumber}`;
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//frontrow//Tickets//EN',
    'CALSCALE:GREGORIAN',
    `METHOD:${isVoid ? 'CANCEL' : 'PUBLISH'}`,
    'BEGIN:VEVENT',
    `UID:${id}`,
    `SEQUENCE:${sequenceOf(ticket, stamp)}`,
    `DTSTAMP:${utc(stamp)}`,
    `DTSTART:${utc(startAt)}`,
    `DTEND:${utc(endAt)}`,
    `SUMMARY:${escaped(concertTitle)}`,
    `LOCATION:${escaped(seat)}`,
    `DESCRIPTION:${escaped(isVoid ? `${seat}\nThis ticket is void.` : `${seat}\nTicket ${code}`)}`,
    `STATUS:${isVoid ? 'CANCELLED' : 'CONFIRMED'}`,
    'TRANSP:OPAQUE',
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

/** Diaries take in a later version only with a higher number, and nobody counts what is changed of a date: the time does. */
const sequenceOf = ({ createdAt }: TicketFacts, stamp: Date): number =>
  Math.max(0, Math.floor((stamp.getTime() - createdAt.getTime()) / 1000));

/** `20261122T190000Z`. */
const utc = (date: Date): string => date.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');

/** What else a text may hold that is not printed, no diary may have. */
const escaped = (text: string): string =>
  text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\P{Cc}\n\t]/gu, '')
    .replaceAll(/[\\;,]/g, '\\$&')
    .replaceAll('\n', '\\n');

/** Lines of 75 octets at most, never cut within a character. */
function folded(line: string): string {
  const parts: string[] = [];
  let part = '';
  let octets = 0;
  for (const character of line) {
    const more = Buffer.byteLength(character);
    if (octets + more > LINE_OCTETS) {
      parts.push(part);
      part = '';
      octets = 1; // The space that the next line begins with.
    }
    part += character;
    octets += more;
  }
  return [...parts, part].join('\r\n ');
}
