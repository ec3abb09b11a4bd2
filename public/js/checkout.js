import { serverNow } from './api.js';
import { button, change, every, h } from './dom.js';
import { clock, points } from './format.js';
import { giveBack, isHoldOver, pay } from './holds.js';
import { attempt, createNotice, keepTrying } from './problem.js';
import { seatList } from './tickets.js';
import { balance, chargeForm } from './wallet.js';

/** Seats on hold: pay before the time is up, or give them back. */
export function checkoutView(root, { booking, commands, onPaid, onReleased, onRefused }, signal) {
  const notice = createNotice();
  const purseNotice = createNotice();
  const left = h('p', { className: 'countdown', role: 'timer' });
  const purse = h('p');
  const missing = h('div');
  const paying = button(`Pay ${points(booking.totalPrice)}`, () => void run(() => pay(booking), onPaid), {
    className: 'primary large',
  });
  const cancel = button('Give the seats back', () => void run(() => giveBack(booking), onReleased), {
    className: 'quiet',
  });
  const back = button('Choose seats again', onReleased, { hidden: true });
  const card = h(
    'section',
    { className: 'card checkout' },
    h('h2', {}, 'On hold for you'),
    left,
    seatList(booking.seats),
    purse,
    missing,
    purseNotice.element,
    notice.element,
    h('div', { className: 'row' }, paying, cancel, back),
  );
  root.append(card);
  let lacking = null;
  let refused = null;

  // Both at rest while one is under way: seats given back right after they were paid for would be a refund.
  const run = (act, onDone) =>
    attempt(notice, [paying, cancel], () =>
      commands.during(async () => {
        try {
          const result = await act();
          if (!signal.aborted) onDone(result);
        } catch (error) {
          refused = error;
          if (isHoldOver(error)) end();
          onRefused(error);
          throw error;
        }
      }),
    );

  function end() {
    const hide = () => {
      left.textContent = 'The hold has ended.';
      paying.hidden = cancel.hidden = missing.hidden = true;
      back.hidden = false;
    };
    change(card, hide, () => back);
  }

  function tick() {
    if (!back.hidden) return;
    const milliseconds = Date.parse(booking.expiresAt) - serverNow();
    // What was paid in time is paid, however late the answer comes.
    if (milliseconds <= 0 && !commands.any) return end();
    left.textContent = `${clock(milliseconds)} left to pay`;
    left.classList.toggle('urgent', milliseconds < 60_000);
  }

  balance.watch((value) => {
    if (value === null) return;
    purse.textContent = `Total ${points(booking.totalPrice)}. Your balance: ${points(value)}.`;
    const lack = Math.max(0, booking.totalPrice - value);
    // There is enough now: what was refused for want of points is not true any more.
    if (lack === 0 && refused?.code === 'INSUFFICIENT_POINTS') notice.clear();
    if (lack === lacking) return;
    lacking = lack;
    change(
      missing,
      () => missing.replaceChildren(...(lack > 0 ? [shortage(lack)] : [])),
      () => missing.querySelector('input') ?? paying,
    );
  }, signal);
  void keepTrying(purseNotice, signal, () => balance.refresh());
  tick();
  every(250, tick, signal);
}

function shortage(lack) {
  return h('div', { className: 'notice' }, h('p', {}, `You need ${points(lack)} more.`), chargeForm(lack));
}
