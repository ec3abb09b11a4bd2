import { command, serverNow } from '../../js/api.js';
import { button, h } from '../../js/dom.js';
import { field } from '../../js/fields.js';
import { points, seatName, when } from '../../js/format.js';
import { attempt } from '../../js/problem.js';
import { confirmAct } from '../confirm.js';
import { tellEffect } from '../effect.js';

/**
 * The button that cancels a booking on its owner's behalf, with what will happen and a reason.
 * @param onDone called once it is cancelled
 * @returns null for a booking that has ended, or whose show has begun
 */
export function refundButton(booking, user, { notice, onDone }) {
  const isPaid = booking.status === 'PAID';
  if (!isPaid && booking.status !== 'PENDING') return null;
  if (Date.parse(booking.startAt) <= serverNow()) return null;
  const label = isPaid ? 'Cancel and refund' : 'Cancel the hold';
  const act = button(label, () => void refund(), { 'aria-label': `${label}: ${seatsOf(booking)}` });

  async function refund() {
    const reason = field('Reason, for the audit log', {
      required: true,
      maxLength: 500,
      autocomplete: 'off',
    });
    const sure = await confirmAct({
      title: `${label}?`,
      text: [...willHappen(booking, user, isPaid), reason.element],
      act: label,
      danger: true,
    });
    if (!sure) return;
    await attempt(notice, act, async () => {
      const body = { reason: reason.input.value.trim() };
      await command(`/api/admin/bookings/${booking.id}/cancel`, { body });
      tellEffect(
        isPaid ? `Refunded ${points(booking.totalPrice)}.` : 'The hold is cancelled.',
        seatsOf(booking),
      );
      await onDone();
    });
  }
  return act;
}

const seatsOf = ({ seats }) => seats.map(seatName).join('; ');

function willHappen(booking, { name, email }, isPaid) {
  const { concertTitle, startAt, seats, totalPrice } = booking;
  const what = `${concertTitle}, ${when(startAt)}: ${seatsOf(booking)}.`;
  const tickets = seats.length === 1 ? 'the ticket is void' : `the ${seats.length} tickets are void`;
  const then = isPaid
    ? `${name} (${email}) gets ${points(totalPrice)} back, and ${tickets}.`
    : `${name} (${email}) loses the hold. Nothing was paid.`;
  return [what, `${then} The seats go back on sale, or to whoever is first on the waiting list.`, h('p', {}, 'This cannot be undone.')]; // prettier-ignore
}
