import { button, h } from '../../js/dom.js';
import { field } from '../../js/fields.js';
import { count } from '../../js/format.js';
import { createNotice } from '../../js/problem.js';
import { createChanges } from './change.js';
import { filledOnce, folded } from './folded.js';
import { openingForms } from './opening.js';
import { fans, limitsInWords } from './words.js';

const LIMITS = {
  maxActive: ['Most inside at once', { min: 0, max: 1_000_000 }],
  admitPerInterval: ['Admitted per interval', { min: 1, max: 100_000 }],
  admitIntervalMs: ['Interval, ms', { min: 100, max: 3_600_000 }],
  activeTtlSeconds: ['Time inside, s', { min: 1, max: 86_400 }],
  abandonAfterSeconds: ['Given up after silence of, s', { min: 1, max: 86_400 }],
};

/** Pause, limits, message and opening of one room. @param current gives it as it is shown @returns what to place, and to tell of news */
export function roomControls(current) {
  const notice = createNotice();
  const changes = createChanges(current);
  const change = (control, what) => changes.change(notice, control, what);
  const pause = button('', () => void change(pause, pauseWords(current())), { className: 'primary' });
  const forms = [messageForm(current, change), limitsForm(current, change), ...openingForms(current, change)];
  const element = h(
    'div',
    {},
    h('div', { className: 'row' }, pause),
    notice.element,
    forms.map((form) => form.element),
  );
  const update = (room) => {
    const label = room.policy.paused ? 'Resume admission' : 'Pause admission';
    if (pause.textContent !== label) pause.textContent = label;
    for (const form of forms) form.update?.(room);
    changes.seen(room);
  };
  return { element, update };
}

function pauseWords({ title, waiting, active, policy }) {
  if (policy.paused) {
    return {
      ask: {
        title: `Resume “${title}”?`,
        text: `${fans(waiting)}; ${limitsInWords(policy)}.`,
        act: 'Resume admission',
      },
      part: { paused: false },
      done: ['Admission goes on.', `“${title}”: ${limitsInWords(policy)}.`],
      isSeen: ({ phase }) => phase !== 'PAUSED',
    };
  }
  const stay = `The ${count(active)} inside stay and can buy. Places are kept.`;
  return {
    ask: {
      title: `Pause “${title}”?`,
      text: [`${fans(waiting)}; nobody will be admitted until you resume.`, stay],
      act: 'Pause admission',
    },
    part: { paused: true },
    done: ['Paused.', `“${title}” admits nobody until you resume.`],
    isSeen: ({ phase }) => phase !== 'OPEN',
  };
}

function messageForm(current, change) {
  const message = field('Message to everybody in the room', { maxLength: 280 }, { hint: 'Empty: none' });
  const element = folded('Message to waiters', message.element, 'Show the message', async (control) => {
    const { title, waiting, policy } = current();
    const text = message.input.value.trim();
    const shown = text === '' ? 'No message is shown any more.' : `Shown: “${text}”`;
    const before = policy.message === null ? '' : `It takes the place of “${policy.message}”.`;
    await change(control, {
      ask: {
        title: text === '' ? `Take the message away from “${title}”?` : `Tell everybody in “${title}”?`,
        text: [shown, `${fans(waiting)} and will see that at once. ${before}`],
        act: text === '' ? 'Take it away' : 'Show the message',
      },
      part: { message: text === '' ? null : text },
      done: [text === '' ? 'The message is gone.' : 'Everybody in the room is told.', text],
    });
  });
  return {
    element,
    update: filledOnce(element, ({ policy }) => (message.input.value = policy.message ?? '')),
  };
}

function limitsForm(current, change) {
  const fields = Object.entries(LIMITS).map(([name, [label, limits]]) => ({
    name,
    ...field(label, { type: 'number', required: true, step: 1, ...limits }),
  }));
  const beyondStock = h('input', { type: 'checkbox' });
  const parts = [
    h(
      'div',
      { className: 'fields' },
      fields.map(({ element }) => element),
    ),
    h('label', { className: 'check' }, beyondStock, ' Admit more than there are free seats'),
  ];
  const element = folded('Limits', parts, 'Change the limits', async (control) => {
    const { title, waiting, policy } = current();
    const numbers = Object.fromEntries(fields.map(({ name, input }) => [name, Number(input.value)]));
    const next = { ...policy, ...numbers };
    const lower =
      next.maxActive < policy.maxActive ? 'Who is inside stays: fewer come in until so many have left.' : '';
    await change(control, {
      ask: {
        title: `Change the limits of “${title}”?`,
        text: [
          `Until now: ${limitsInWords(policy)}.`,
          `From now on: ${limitsInWords(next)}. ${fans(waiting)}. ${lower}`,
        ],
        act: 'Change the limits',
      },
      part: { ...numbers, admitBeyondStock: beyondStock.checked },
      done: ['The limits are in force.', `“${title}”: ${limitsInWords(next)}.`],
    });
  });
  const fill = ({ policy }) => {
    for (const { name, input } of fields) input.value = policy[name];
    beyondStock.checked = policy.admitBeyondStock;
  };
  return { element, update: filledOnce(element, fill) };
}
