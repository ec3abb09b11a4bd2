import { serverNow } from './api.js';
import { button, every, h } from './dom.js';
import { clock, when } from './format.js';
import { giveBack, liveHold } from './holds.js';
import { confirmed } from './confirm.js';
import { giveBackWords } from './checkout.js';
import { t } from './language.js';
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
  const start = button(t('join.go'), () => void go(), { className: 'primary large' });
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
      h('h2', {}, t('join.go')),
      h('div', { role: 'alert' }, because.map(problemBox)),
      held,
      holdNotice.element,
      h('p', {}, t('join.lead')),
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
  const cancel = button(t('giveBack'), () => void release(), { className: 'quiet' });
  const box = h(
    'div',
    { className: 'notice' },
    h('h3', {}, t('checkout.title')),
    seatList(booking.seats),
    left,
    notice.element,
    cancel,
  );
  const release = () =>
    attempt(notice, cancel, async () => {
      if (!(await confirmed(giveBackWords(), signal))) return;
      await giveBack(booking);
      end(t('join.givenBack'));
    });

  function end(words) {
    left.textContent = words;
    cancel.hidden = true;
  }

  function tick() {
    const milliseconds = Date.parse(booking.expiresAt) - serverNow();
    if (cancel.hidden) return;
    if (milliseconds <= 0) return end(t('holdEnded'));
    left.textContent = t('join.kept', { until: when(booking.expiresAt), time: clock(milliseconds) });
  }

  root.replaceChildren(box);
  tick();
  every(500, tick, signal);
}
