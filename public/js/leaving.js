import { serverNow } from './api.js';
import { button, every, focusOn, h } from './dom.js';
import { clock, when } from './format.js';
import { giveBack, isHoldOver } from './holds.js';
import { t } from './language.js';
import { attempt, createNotice } from './problem.js';
import { seatList } from './tickets.js';

/**
 * Asks somebody who leaves with seats on hold what is to become of them.
 * @param onLeave leaves @param onStay called when they stay after all
 */
export function askBeforeLeaving(root, booking, { onLeave, onStay }, signal) {
  const notice = createNotice();
  const left = h('p');
  const stay = button(t('leaving.stay'), () => close(), { className: 'primary' });
  const release = button(t('leaving.release'), () => void go(true));
  const leave = button(t('leaving.keep'), () => void go(false), { className: 'quiet' });
  const box = h(
    'section',
    { className: 'card checkout', 'aria-label': t('leaving.label') },
    h('h2', {}, t('leaving.title')),
    seatList(booking.seats),
    left,
    notice.element,
    h('div', { className: 'row' }, stay, release, leave),
  );

  const go = (givingBack) =>
    attempt(notice, [stay, release, leave], async () => {
      if (givingBack) {
        await giveBack(booking).catch((error) => {
          // They have ended or been given back by themselves: nothing is left that would keep anybody here.
          if (!isHoldOver(error) || error.code === 'ALREADY_PAID') throw error;
        });
      }
      await onLeave();
    });

  function close() {
    box.remove();
    onStay();
  }

  function tick() {
    const milliseconds = Date.parse(booking.expiresAt) - serverNow();
    left.textContent =
      milliseconds <= 0
        ? t('leaving.ended')
        : t('leaving.kept', { until: when(booking.expiresAt), time: clock(milliseconds) });
  }

  // As a dialog does: Escape stays.
  box.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') close();
  });
  root.replaceChildren(box);
  tick();
  every(500, tick, signal);
  focusOn(box);
}
