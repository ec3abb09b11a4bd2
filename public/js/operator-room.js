import { ask } from './api.js';
import { button, every, h } from './dom.js';
import { field } from './fields.js';
import { count } from './format.js';
import { attempt, createNotice } from './problem.js';

const REFRESH_MS = 2000;

const NUMBERS = {
  waiting: 'Waiting',
  active: 'Inside',
  admittedTotal: 'Admitted',
  abandonedTotal: 'Gave up',
  expiredTotal: 'Timed out',
  admittedPerSecond: 'Admitted per second',
  oldestWaitSeconds: 'Longest wait, s',
};

const POLICY = {
  maxActive: ['Most inside at once', { min: 0, max: 1_000_000 }],
  admitPerInterval: ['Admitted per interval', { min: 1, max: 100_000 }],
  admitIntervalMs: ['Interval, ms', { min: 100, max: 3_600_000 }],
  activeTtlSeconds: ['Time inside, s', { min: 1, max: 86_400 }],
  abandonAfterSeconds: ['Given up after silence of, s', { min: 1, max: 86_400 }],
};

/** A room's numbers as they change, and what steers it. */
export function roomPanel(concertId, signal) {
  const path = `/api/admin/concerts/${encodeURIComponent(concertId)}/queue`;
  const notice = createNotice();
  const numbers = h('dl', { className: 'numbers' });
  const pause = button('', () => void change({ paused: !paused }, pause));
  const policyNotice = createNotice();
  const fields = Object.entries(POLICY).map(([name, [label, limits]]) => ({
    name,
    ...field(label, { type: 'number', required: true, step: 1, ...limits }),
  }));
  const beyondStock = h('input', { type: 'checkbox' });
  const save = h('button', {}, 'Change the policy');
  let paused = false;
  let filled = false;

  function take(policy) {
    ({ paused } = policy);
    pause.textContent = paused ? 'Resume admission' : 'Pause admission';
    // The form is filled once: what is being typed must not be overwritten by the next look.
    if (!filled) {
      for (const { name, input } of fields) input.value = policy[name];
      beyondStock.checked = policy.admitBeyondStock;
    }
    filled = true;
  }

  const look = () =>
    attempt(notice, null, async () => {
      const { policy, ...stats } = await ask('GET', path, { signal });
      take(policy);
      const figure = ([name, label]) => [h('dt', {}, label), h('dd', {}, count(stats[name]))];
      numbers.replaceChildren(
        ...Object.entries(NUMBERS)
          .map(figure)
          .map((pair) => h('div', {}, pair)),
      );
    });

  const change = (part, control) =>
    attempt(policyNotice, control, async () => {
      const { policy } = await ask('PATCH', path, { body: part });
      filled = false;
      take(policy);
      policyNotice.say(
        policy.paused ? 'Admission is paused.' : 'In force.',
        'Within one interval, in every process.',
      );
    });

  const form = h(
    'form',
    {
      className: 'fields',
      onsubmit: (event) => {
        event.preventDefault();
        const numbers = Object.fromEntries(fields.map(({ name, input }) => [name, Number(input.value)]));
        void change({ ...numbers, admitBeyondStock: beyondStock.checked }, save);
      },
    },
    fields.map(({ element }) => element),
    h('label', { className: 'check' }, beyondStock, ' Admit more than there are free seats'),
    save,
  );

  void look();
  every(REFRESH_MS, look, signal);
  return h(
    'div',
    {},
    h('h2', {}, 'Waiting room'),
    notice.element,
    numbers,
    pause,
    form,
    policyNotice.element,
  );
}
