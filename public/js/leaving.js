import { serverNow } from './api.js';
import { button, every, focusOn, h } from './dom.js';
import { clock, when } from './format.js';
import { giveBack, isHoldOver } from './holds.js';
import { attempt, createNotice } from './problem.js';
import { seatList } from './tickets.js';

/**
 * Asks somebody who leaves with seats on hold what is to become of them.
 * @param onLeave leaves @param onStay called when they stay after all
 */
export function askBeforeLeaving(root, booking, { onLeave, onStay }, signal) {
  const notice = createNotice();
  const left = h('p');
  const stay = button('Stay and pay', () => close(), { className: 'primary' });
  const release = button('Give the seats back and leave', () => void go(true));
  const leave = button('Leave, the seats stay on hold', () => void go(false), { className: 'quiet' });
  const box = h(
    'section',
    { className: 'card checkout', 'aria-label': 'Leave?' },
    h('h2', {}, 'You have seats on hold'),
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
        ? 'The hold has ended: nothing is lost by leaving.'
        : `They are kept until ${when(booking.expiresAt)} (${clock(milliseconds)} left) and then go back on sale. ` +
          'Only who is inside can pay: once you leave, that means joining the waiting room again and waiting for your turn.';
  }

  root.replaceChildren(box);
  tick();
  every(500, tick, signal);
  focusOn(box);
}
