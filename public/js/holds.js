import { all, ask, command } from './api.js';
import { t } from './language.js';
import { ProblemError } from './problem.js';
import { session } from './session.js';
import { balance } from './wallet.js';

/** What this fan has on hold for a concert: from another tab, device or visit too. null: nothing. */
export async function liveHold(concertId, signal) {
  const pending = await all('/api/bookings?status=PENDING', 'bookings', { signal });
  // Seats of the waiting list have nothing to do with the room.
  return pending.find((booking) => booking.concertId === concertId && !booking.entryId) ?? null;
}

/**
 * Pays for a hold, and gives `{booking, payment, tickets}`, also when the payment's own answer was lost or it was made in
 * another tab. The balance is right afterwards, whether anybody still looks at the hold or not.
 * @throws ProblemError why it was refused
 */
export async function pay(booking) {
  const ofUser = session.user?.id;
  try {
    const paid = await commandOn(booking, 'pay');
    balance.set(paid.balance, ofUser);
    forgetPlace(booking, ofUser);
    return paid;
  } catch (error) {
    if (error.code === 'INSUFFICIENT_POINTS') balance.set(error.members.balance, ofUser);
    const paid = saysNothingOfIt(error) ? await paidBefore(booking) : null;
    if (paid === null) throw error;
    return paid;
  }
}

/**
 * What pay would have given, when a booking has been paid for without this page hearing of it: in another tab, or before
 * a reload. null: it has not, or nobody answers.
 */
export async function paidBefore(booking) {
  const ofUser = session.user?.id;
  try {
    const now = await statusOf(booking);
    if (now.status !== 'PAID') return null;
    const [tickets] = await Promise.all([all('/api/tickets', 'tickets'), balance.refresh()]);
    forgetPlace(booking, ofUser);
    const own = tickets.filter(({ bookingId }) => bookingId === now.id);
    return { booking: now, payment: { amount: now.totalPrice }, tickets: own };
  } catch {
    return null; // Whoever asks has something else to tell then.
  }
}

/**
 * Gives held seats back. Looks first: a cancel after a payment, made in another tab meanwhile, would undo the payment.
 * @throws ProblemError why it was refused
 */
export async function giveBack(booking) {
  if ((await statusOf(booking)).status === 'PAID') throw new ProblemError(paidMeanwhile());
  return commandOn(booking, 'cancel');
}

/** Pays or cancels. Paying needs the admission too; cancelling does not, and is not harmed by it. */
export function commandOn({ id, concertId }, act) {
  return command(`/api/concerts/bookings/${encodeURIComponent(id)}/${act}`, { concertId });
}

/** Refusals after which a hold is no more. */
export const isHoldOver = ({ code }) =>
  ['HOLD_EXPIRED', 'ALREADY_CANCELLED', 'ALREADY_PAID', 'NOT_CANCELLABLE'].includes(code);

const paidMeanwhile = () => ({
  title: t('holds.paidMeanwhile'),
  detail: t('holds.paidMeanwhile.why'),
  code: 'ALREADY_PAID',
});

/** Paid before, the answer lost, or stopped by the waiting room: the booking itself tells what became of it. */
const saysNothingOfIt = ({ code = '' }) =>
  code === 'ALREADY_PAID' || code === 'NO_CONNECTION' || code.startsWith('QUEUE_');

const statusOf = async ({ id }) => (await ask('GET', `/api/bookings/${encodeURIComponent(id)}`)).booking;

/** The admission ends with the payment, but for seats of the waiting list: there is no place to come back to. */
function forgetPlace({ concertId, entryId }, ofUser) {
  if (!entryId && session.user?.id === ofUser) session.forgetQueueToken(concertId);
}
