import { all, ask, charge } from './api.js';
import { field, h } from './dom.js';
import { points, when } from './format.js';
import { attempt, createNotice } from './problem.js';

/** The balance as last heard, for everybody who shows it. */
export const balance = {
  value: null,
  watchers: new Set(),
  /** Tells the watcher at once and at every change, until the signal is aborted. */
  watch(watcher, signal) {
    balance.watchers.add(watcher);
    signal.addEventListener('abort', () => balance.watchers.delete(watcher));
    watcher(balance.value);
  },
  set(value) {
    balance.value = value;
    for (const watcher of balance.watchers) watcher(value);
  },
  async refresh() {
    balance.set((await ask('GET', '/api/points')).balance);
  },
};

/** A form that adds points. */
export function chargeForm(amount) {
  const notice = createNotice();
  const { element, input } = field('Points to add', {
    type: 'number',
    min: 1,
    max: 10_000_000,
    step: 1,
    required: true,
    value: String(amount),
  });
  const submit = h('button', {}, 'Charge points');
  return h(
    'form',
    {
      className: 'row',
      onsubmit: (event) => {
        event.preventDefault();
        void attempt(notice, submit, async () => {
          const charged = await charge(Number(input.value));
          balance.set(charged.balance);
          notice.say('Charged.', `Your balance is ${points(charged.balance)} now.`);
        });
      },
    },
    element,
    submit,
    notice.element,
  );
}

/** Balance, charging and the history behind the balance. */
export function walletView(root, _props, signal) {
  const notice = createNotice();
  const now = h('p', { className: 'big' });
  const history = h('tbody');
  const table = h(
    'table',
    {},
    h('caption', {}, 'History'),
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        ['When', 'What', 'Points', 'Balance'].map((name) => h('th', { scope: 'col' }, name)),
      ),
    ),
    history,
  );
  const read = () =>
    attempt(notice, null, async () => {
      const entries = await all('/api/points/history', 'entries', { signal });
      history.replaceChildren(...entries.map(entryRow));
      table.hidden = entries.length === 0;
    });
  root.append(
    h('h2', {}, 'Points'),
    now,
    chargeForm(100_000),
    notice.element,
    h('div', { className: 'scroll' }, table),
  );
  balance.watch((value) => {
    now.textContent = value === null ? '…' : points(value);
    void read();
  }, signal);
}

const KINDS = { CHARGE: 'Charged', USE: 'Paid', REFUND: 'Refunded' };

function entryRow({ createdAt, type, amount, balanceAfter }) {
  const cells = [
    when(createdAt),
    KINDS[type] ?? type,
    (amount > 0 ? '+' : '') + points(amount),
    points(balanceAfter),
  ];
  return h(
    'tr',
    {},
    cells.map((text) => h('td', {}, text)),
  );
}
