/** What was done, in words; an action that is not here is told as it is written. */
export const ACTIONS = {
  'concert.create': 'made a concert',
  'concert.change': 'changed a concert',
  'queue.change': 'changed a waiting room',
  'presale.create': 'made a presale',
  'draw.beacon': 'gave the beacon of a draw',
  'schedule.create': 'made a date',
  'schedule.change': 'changed a date',
  'schedule.block': 'took seats out of sale',
  'schedule.unblock': 'put seats back on sale',
  'schedule.cancel': 'cancelled a show',
  'schedule.export': 'took a table of bookings along',
  'booking.cancel': 'cancelled a booking',
  'ticket.use': 'let somebody in',
  'user.look': 'looked at a fan',
  'staff.role': 'gave or took a role',
  'board.change': 'changed a queue in the dashboard',
};

/** The page of the desk about such a thing; null: there is none. */
export function pageOf(subject) {
  const [kind, id] = subject.split(':');
  if (kind === 'concert') return `#/concerts/${encodeURIComponent(id)}`;
  if (kind === 'schedule') return `#/dates/${encodeURIComponent(id)}`;
  return null;
}
