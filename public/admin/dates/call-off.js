import { ask } from '../../js/api.js';
import { h, sleep } from '../../js/dom.js';
import { field } from '../../js/fields.js';
import { count, points, when } from '../../js/format.js';
import { createNotice, keepTrying } from '../../js/problem.js';
import { confirmAct } from '../confirm.js';
import { tellEffect } from '../effect.js';
import { form } from '../forms.js';

const LOOK_MS = 1000;

/** Calls a date off. @param look reads the date anew: what is told must be as it is now @param onDone once it is called off */
export function callOffPanel(path, { concert }, { look, onDone }) {
  const reason = field(
    'Reason',
    { required: true, maxLength: 500 },
    { hint: 'In the audit log, and for who asks' },
  );
  const send = async () => {
    const { live } = await look();
    const text = [
      `${live.paid === 1 ? '1 paid booking is' : `${count(live.paid)} paid bookings are`} cancelled, and ${points(live.paidPoints)} go back to their owners. ${live.held === 1 ? '1 hold ends' : `${count(live.held)} holds end`}. Tickets are void.`,
      'Nothing is sold of this date from then on. This cannot be undone.',
    ];
    const asked = {
      title: 'Cancel this show?',
      text,
      act: 'Cancel the show',
      danger: true,
      typed: concert.title,
    };
    if (!(await confirmAct(asked))) return undefined;
    await ask('POST', `${path}/cancel`, { body: { reason: reason.input.value.trim() } });
    tellEffect('Called off.', 'Refunds are under way.');
    await onDone();
    return undefined;
  };
  return form('Cancel the show', 'Cancel the show…', [reason.element], send, { reason }, 'danger');
}

/** How far the cancellation is, until it is done. @param onDone once it is */
export function calledOffPanel(path, { onDone }, signal) {
  const notice = createNotice();
  const bar = h('progress', { 'aria-label': 'Bookings cancelled' });
  const words = h('p', { role: 'status' });
  const why = h('p');
  const follow = async () => {
    for (;;) {
      const cancellation = await ask('GET', `${path}/cancellation`, { signal });
      show(cancellation);
      if (cancellation.doneAt !== null) {
        await onDone();
        return;
      }
      await sleep(LOOK_MS, signal);
      if (signal.aborted) return;
    }
  };
  const show = ({ reason, at, bookings, done, refunded, refundedBookings, doneAt }) => {
    why.textContent = `Called off ${when(at)}: ${reason}`;
    bar.max = Math.max(1, bookings);
    bar.value = doneAt === null ? done : bar.max;
    const end = doneAt === null ? 'under way' : `done ${when(doneAt)}`;
    words.textContent = `${count(done)} of ${count(bookings)} bookings cancelled, ${points(refunded)} paid back for ${count(refundedBookings)}; ${end}.`;
  };
  void keepTrying(notice, signal, follow);
  return h('div', {}, h('h2', {}, 'Called off'), why, bar, words, notice.element);
}
