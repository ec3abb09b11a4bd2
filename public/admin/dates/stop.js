import { ask } from '../../js/api.js';
import { button, h } from '../../js/dom.js';
import { attempt, createNotice } from '../../js/problem.js';
import { confirmAct } from '../confirm.js';
import { tellEffect } from '../effect.js';

/** Stops the sale of a date, and resumes it. */
export function stopPanel(path, { stopped }, onChange) {
  const notice = createNotice();
  const act = button(stopped ? 'Resume the sale' : 'Stop the sale', () => void attempt(notice, act, change), {
    className: stopped ? 'primary' : 'danger',
  });
  async function change() {
    const asked = stopped
      ? {
          title: 'Resume the sale?',
          text: 'From now on seats of this date can be taken again.',
          act: 'Resume the sale',
        }
      : {
          title: 'Stop the sale?',
          text: 'Nobody can take a seat of this date any more, at once. Seats on hold can still be paid for; what is paid stays.',
          act: 'Stop the sale',
          danger: true,
        };
    if (!(await confirmAct(asked))) return;
    await ask('PATCH', path, { body: { stopped: !stopped } });
    tellEffect(
      stopped ? 'Resumed.' : 'Stopped.',
      stopped ? 'Seats can be taken again.' : 'No seat can be taken.',
    );
    await onChange();
  }
  return h(
    'div',
    {},
    h('h2', {}, 'Sale'),
    h('p', {}, stopped ? 'The sale is stopped.' : 'The sale is not stopped.'),
    act,
    notice.element,
  );
}
