import { command, serverNow } from './api.js';
import { button, every, h } from './dom.js';
import { clock, points } from './format.js';
import { attempt, createNotice } from './problem.js';
import { seatList } from './tickets.js';
import { balance, chargeForm } from './wallet.js';

/** Seats on hold: pay before the time is up, or give them back. */
export function checkoutView(root, { booking, onPaid, onReleased, onRefused }, signal) {
  const notice = createNotice();
  const left = h('p', { className: 'countdown', role: 'timer' });
  const purse = h('p');
  const missing = h('div');
  const pay = button(`Pay ${points(booking.totalPrice)}`, () => void run('pay', pay), {
    className: 'primary large',
  });
  const cancel = button('Give the seats back', () => void run('cancel', cancel), { className: 'quiet' });
  const back = button('Choose seats again', onReleased, { hidden: true });
  root.append(
    h(
      'section',
      { className: 'card checkout' },
      h('h2', {}, 'On hold for you'),
      left,
      seatList(booking.seats),
      purse,
      missing,
      notice.element,
      h('div', { className: 'row' }, pay, cancel, back),
    ),
  );

  const run = (act, control) =>
    attempt(notice, control, async () => {
      try {
        const result = await commandOn(booking, act);
        if (result.balance !== undefined) balance.set(result.balance);
        if (signal.aborted) return;
        if (act === 'pay') onPaid(result);
        else onReleased();
      } catch (error) {
        if (error.code === 'INSUFFICIENT_POINTS') balance.set(error.members.balance);
        if (['HOLD_EXPIRED', 'ALREADY_CANCELLED', 'ALREADY_PAID', 'NOT_CANCELLABLE'].includes(error.code))
          end();
        onRefused(error);
        throw error;
      }
    });

  function end() {
    left.textContent = 'The hold has ended.';
    pay.hidden = cancel.hidden = true;
    missing.hidden = true;
    back.hidden = false;
  }

  function tick() {
    if (!back.hidden) return;
    const milliseconds = Date.parse(booking.expiresAt) - serverNow();
    if (milliseconds <= 0) return end();
    left.textContent = `${clock(milliseconds)} left to pay`;
    left.classList.toggle('urgent', milliseconds < 60_000);
  }

  balance.watch((value) => {
    if (value === null) return;
    purse.textContent = `Total ${points(booking.totalPrice)}. Your balance: ${points(value)}.`;
    const lack = booking.totalPrice - value;
    missing.replaceChildren(...(lack > 0 ? [shortage(lack)] : []));
  }, signal);
  void attempt(notice, null, () => balance.refresh());
  tick();
  every(250, tick, signal);
}

function shortage(lack) {
  return h('div', { className: 'notice' }, h('p', {}, `You need ${points(lack)} more.`), chargeForm(lack));
}

/** Pays or cancels. Paying needs the admission too; cancelling does not, and is not harmed by it. */
export function commandOn({ id, concertId }, act) {
  return command(`/api/concerts/bookings/${encodeURIComponent(id)}/${act}`, { concertId });
}
