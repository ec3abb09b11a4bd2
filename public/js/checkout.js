import { serverNow } from './api.js';
import { confirmed } from './confirm.js';
import { button, change, every, h } from './dom.js';
import { clock, points } from './format.js';
import { giveBack, isHoldOver, pay } from './holds.js';
import { t } from './language.js';
import { attempt, createNotice, keepTrying } from './problem.js';
import { seatList } from './tickets.js';
import { balance, chargeForm } from './wallet.js';

/** Seats on hold: pay before the time is up, or give them back. */
export function checkoutView(root, { booking, commands, onPaid, onReleased, onRefused }, signal) {
  const amount = points(booking.totalPrice);
  const notice = createNotice();
  const purseNotice = createNotice();
  const left = h('p', { className: 'countdown', role: 'timer' });
  const purse = h('p');
  const missing = h('div');
  const paying = button(t('checkout.pay', { amount }), () => void run(payWords, () => pay(booking), onPaid), {
    className: 'primary large',
  });
  const cancel = button(t('giveBack'), () => void run(giveBackWords, () => giveBack(booking), onReleased), {
    className: 'quiet',
  });
  const back = button(t('checkout.again'), onReleased, { hidden: true });
  const card = h(
    'section',
    { className: 'card checkout' },
    h('h2', {}, t('checkout.title')),
    left,
    seatList(booking.seats),
    purse,
    missing,
    purseNotice.element,
    notice.element,
    h('div', { className: 'row' }, paying, cancel, back),
  );
  root.append(card);
  // A question about seats that are not held any more must not stay open.
  const asking = new AbortController();
  signal.addEventListener('abort', () => asking.abort());
  let lacking = null;
  let refused = null;

  // Both at rest while one is under way: seats given back right after they were paid for would be a refund.
  const run = (words, act, onDone) =>
    attempt(notice, [paying, cancel], async () => {
      if (!(await confirmed(words(), asking.signal))) return;
      await commands.during(async () => {
        try {
          const result = await act();
          if (!signal.aborted) onDone(result);
        } catch (error) {
          refused = error;
          if (isHoldOver(error)) end();
          onRefused(error);
          throw error;
        }
      });
    });

  const payWords = () => ({
    title: t('checkout.confirm', { amount }),
    details: [
      t('checkout.confirm.what'),
      ...(balance.value >= booking.totalPrice
        ? [t('checkout.confirm.balance', { rest: points(balance.value - booking.totalPrice) })]
        : []),
    ],
    yes: t('checkout.yes', { amount }),
  });

  function end() {
    asking.abort();
    const hide = () => {
      left.textContent = t('holdEnded');
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
    left.textContent = t('checkout.left', { time: clock(milliseconds) });
    left.classList.toggle('urgent', milliseconds < 60_000);
  }

  balance.watch((value) => {
    if (value === null) return;
    purse.textContent = t('checkout.purse', { amount, balance: points(value) });
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

/** What giving held seats back means. */
export const giveBackWords = () => ({
  title: t('giveBack.confirm'),
  details: t('giveBack.what'),
  yes: t('giveBack.yes'),
});

function shortage(lack) {
  return h(
    'div',
    { className: 'notice' },
    h('p', {}, t('checkout.lack', { amount: points(lack) })),
    chargeForm(lack),
  );
}
