import { serverNow } from './api.js';
import { button, every, h } from './dom.js';
import { clock, when } from './format.js';
import { giveBack, liveHold } from './holds.js';
import { createCodeForm } from './presale.js';
import { attempt, createNotice, keepTrying, problemBox } from './problem.js';
import { seatList } from './tickets.js';
import { join } from './waiting-room.js';
import { soldOutDatesView } from './waitlist.js';

/** Before the waiting room: why somebody is (again) outside, what they hold there, and the way in. */
export function joinView(root, { concert, because, onJoined }, signal) {
  const notice = createNotice();
  const holdNotice = createNotice();
  const held = h('div');
  const codeForm = createCodeForm(concert.id, { onJoined, signal });
  const start = button('Join the waiting room', () => void go(), { className: 'primary large' });
  const go = () =>
    attempt(notice, start, async () => {
      try {
        await join(concert.id);
      } catch (error) {
        if (error.code !== 'ACCESS_CODE_REQUIRED' || signal.aborted) throw error;
        codeForm.show(error.members.presale);
        return codeForm.focus();
      }
      if (!signal.aborted) onJoined();
    });
  root.append(
    h(
      'section',
      { className: 'card' },
      h('h2', {}, 'Join the waiting room'),
      h('div', { role: 'alert' }, because.map(problemBox)),
      held,
      holdNotice.element,
      h(
        'p',
        {},
        'Everybody is let in in the order of arrival. Your place stays yours when you reload this page.',
      ),
      notice.element,
      start,
      codeForm.element,
    ),
  );
  const soldOut = h('div');
  root.append(soldOut);
  soldOutDatesView(soldOut, { concert }, signal);
  void keepTrying(holdNotice, signal, async () => {
    const booking = await liveHold(concert.id, signal);
    if (booking !== null && !signal.aborted) heldOutside(held, booking, signal);
  });
}

/** What somebody holds who is not inside: it cannot be paid from here. */
function heldOutside(root, booking, signal) {
  const notice = createNotice();
  const left = h('p');
  const cancel = button('Give the seats back', () => void release(), { className: 'quiet' });
  const box = h(
    'div',
    { className: 'notice' },
    h('h3', {}, 'On hold for you'),
    seatList(booking.seats),
    left,
    notice.element,
    cancel,
  );
  const release = () =>
    attempt(notice, cancel, async () => {
      await giveBack(booking);
      end('The seats are given back.');
    });

  function end(words) {
    left.textContent = words;
    cancel.hidden = true;
  }

  function tick() {
    const milliseconds = Date.parse(booking.expiresAt) - serverNow();
    if (cancel.hidden) return;
    if (milliseconds <= 0) return end('The hold has ended.');
    left.textContent =
      `Kept until ${when(booking.expiresAt)} (${clock(milliseconds)} left). To pay for them you have to be inside, ` +
      'so join first. If your turn comes later than that, they go back on sale.';
  }

  root.replaceChildren(box);
  tick();
  every(500, tick, signal);
}
