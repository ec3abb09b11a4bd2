import { seatName, when } from '../../js/format.js';

const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const TITLES = {
  ALREADY_USED: 'Used already',
  TICKET_VOID: 'Void ticket',
  TICKET_FOR_ANOTHER_DATE: 'Another date',
  TICKET_NOT_FOUND: 'No such ticket',
};

/** A scan in words: what it is at one glance, and what belongs to it. */
export function wordsOf({ answer, code }, trouble) {
  if (answer === null) {
    return {
      kind: 'wait',
      title: trouble === null ? 'Asking…' : 'Not sent yet',
      details: [
        code,
        trouble === null ? '' : `${trouble.title}. It is sent again by itself: let nobody in before.`,
      ],
    };
  }
  const { yes, why, title, detail, ticket, usedAt } = answer;
  const seat = ticket === null ? code : seatName(ticket);
  if (yes) return { kind: 'yes', title: 'Let in', details: [seat, ticket.concertTitle] };
  const details = {
    ALREADY_USED: () => [seat, `Let in at ${momentOf(usedAt)}.`],
    TICKET_FOR_ANOTHER_DATE: () => [`It is for ${ticket.concertTitle}, ${when(ticket.startAt)}.`, seat],
  };
  return { kind: 'no', title: TITLES[why] ?? title, details: details[why]?.() ?? [seat, detail] };
}

/** With its day, where that is not today. */
const momentOf = (iso) =>
  new Date(iso).toDateString() === new Date().toDateString() ? time.format(new Date(iso)) : when(iso);
