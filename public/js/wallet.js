import { all, ask, charge } from './api.js';
import { h } from './dom.js';
import { field } from './fields.js';
import { points, when } from './format.js';
import { known, t } from './language.js';
import { attempt, createNotice, keepTrying } from './problem.js';
import { session } from './session.js';

/** The balance as last heard, for everybody who shows it. */
export const balance = {
  value: null,
  heard: 0,
  watchers: new Set(),
  /** Tells the watcher at once and at every change, until the signal is aborted. */
  watch(watcher, signal) {
    balance.watchers.add(watcher);
    signal.addEventListener('abort', () => balance.watchers.delete(watcher));
    watcher(balance.value);
  },
  /** @param ofUser whose it is: an answer that comes when somebody else has signed in is not for them */
  set(value, ofUser = session.user?.id) {
    if (ofUser !== session.user?.id) return;
    balance.value = value;
    balance.heard += 1;
    for (const watcher of balance.watchers) watcher(value);
  },
  async refresh() {
    const { heard } = balance;
    const ofUser = session.user?.id;
    const { balance: value } = await ask('GET', '/api/points');
    // A payment's answer may have come in between: this one may be from before it.
    if (heard === balance.heard) balance.set(value, ofUser);
  },
};

/** A form that adds points. */
export function chargeForm(amount) {
  const notice = createNotice();
  const amountField = field(t('wallet.toAdd'), {
    type: 'number',
    min: 1,
    max: 10_000_000,
    step: 1,
    required: true,
    value: String(amount),
  });
  const submit = h('button', {}, t('wallet.charge'));
  const work = async () => {
    const ofUser = session.user?.id;
    const charged = await charge(Number(amountField.input.value));
    balance.set(charged.balance, ofUser);
    notice.say(t('wallet.charged'), t('wallet.chargedNow', { balance: points(charged.balance) }));
  };
  return h(
    'form',
    {
      className: 'row',
      onsubmit: (event) => {
        event.preventDefault();
        void attempt(notice, submit, work, { amount: amountField });
      },
    },
    amountField.element,
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
    h('caption', {}, t('wallet.history')),
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        ['when', 'what', 'points', 'balance'].map((name) => h('th', { scope: 'col' }, t(`wallet.${name}`))),
      ),
    ),
    history,
  );
  const read = () =>
    keepTrying(notice, signal, async () => {
      const entries = await all('/api/points/history', 'entries', { signal });
      history.replaceChildren(...entries.map(entryRow));
      table.hidden = entries.length === 0;
    });
  root.append(
    h('h2', {}, t('wallet.points')),
    now,
    chargeForm(100_000),
    notice.element,
    h('div', { className: 'scroll', role: 'region', tabIndex: 0, 'aria-label': t('wallet.history') }, table),
  );
  balance.watch((value) => {
    now.textContent = value === null ? '…' : points(value);
    void read();
  }, signal);
}

function entryRow({ createdAt, type, amount, balanceAfter }) {
  const cells = [
    when(createdAt),
    known(`history.${type}`) ?? type,
    (amount > 0 ? '+' : '') + points(amount),
    points(balanceAfter),
  ];
  return h(
    'tr',
    {},
    cells.map((text) => h('td', {}, text)),
  );
}
