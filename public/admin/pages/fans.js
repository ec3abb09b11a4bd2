import { ask } from '../../js/api.js';
import { button, focusOn, h } from '../../js/dom.js';
import { field } from '../../js/fields.js';
import { points, when } from '../../js/format.js';
import { attempt, createNotice } from '../../js/problem.js';
import { download } from '../audit/download.js';
import { refundButton } from '../fans/refund.js';
import { thingLists } from '../fans/things.js';

/**
 * Finds a fan by what they can tell, and shows what they have and what became of what they asked for. The address keeps who is
 * shown by their id: an e-mail has no place in a browser's history.
 */
export async function fansPage(root, { signal, name }) {
  const notice = createNotice();
  const shown = h('div', {});
  const q = field(
    'E-mail, booking, job, ticket or user',
    {
      name: 'q',
      type: 'search',
      required: true,
      autocomplete: 'off',
      autocapitalize: 'none',
      spellcheck: false,
    },
    { hint: 'An e-mail in any case, an id, or a ticket code as it was typed.' },
  );
  const submit = h('button', { className: 'primary' }, 'Search');
  const form = h(
    'form',
    {
      className: 'row',
      role: 'search',
      onsubmit: (event) => {
        event.preventDefault();
        void attempt(notice, submit, search, { q });
      },
    },
    q.element,
    submit,
  );
  root.append(h('h1', {}, 'A fan'), form, notice.element, shown);

  async function search() {
    const found = await ask('GET', `/api/admin/search?q=${encodeURIComponent(q.input.value.trim())}`, {
      signal,
    });
    const { users, ...things } = found;
    const isAbout = [...things.bookings, ...things.commands, ...things.tickets].map(({ id }) => id);
    // Of somebody all is theirs: nothing stands out.
    const marked = isSomebody(q.input.value, users) ? [] : isAbout;
    if (users.length === 1) return showFan(users[0].id, new Set(marked));
    shown.replaceChildren(users.length === 0 ? nothing() : choice(users));
    focusOn(shown);
  }

  async function showFan(userId, marked = new Set()) {
    const { user, balance, things } = await ask('GET', `/api/admin/users/${userId}`, { signal });
    history.replaceState(null, '', `#/fans?user=${userId}`);
    name(user.name || user.email);
    const again = () => showFan(userId, marked);
    const actionsOf = (booking) => [
      refundButton(booking, user, { notice, onDone: again }),
      exportButton(booking, { notice, signal }),
    ];
    shown.replaceChildren(
      head(user, balance),
      ...thingLists({ userId, things, found: marked, actionsOf, signal }),
    );
    focusOn(shown);
  }

  const choice = (users) =>
    h(
      'section',
      {},
      h('h2', {}, 'Several have this e-mail'),
      users.map((user) =>
        button(
          `${user.name} (${user.issuer ?? 'signs in here'})`,
          () => void attempt(notice, null, () => showFan(user.id)),
        ),
      ),
    );

  const asked = /[?&]user=([\da-f-]{36})/i.exec(location.hash)?.[1];
  if (asked === undefined) q.input.focus();
  else await attempt(notice, submit, () => showFan(asked));
}

/** All bookings and tickets of its date: for a list on paper, or to look into something. */
function exportButton({ scheduleId }, { notice, signal }) {
  const path = `/api/admin/schedules/${scheduleId}/export.csv`;
  const save = () => download(path, `date-${scheduleId}.csv`, { signal });
  const act = button('Date as CSV', () => void attempt(notice, act, save), { className: 'link' });
  return act;
}

const isSomebody = (typed, users) =>
  typed.includes('@') || users.some(({ id }) => id === typed.trim().toLowerCase());

const nothing = () =>
  h(
    'section',
    {},
    h('h2', {}, 'Nothing found'),
    h(
      'p',
      {},
      'Nobody has this e-mail, and nothing has this id or code. What is long over is forgotten after a while.',
    ),
  );

function head({ id, name, email, role, issuer, createdAt }, balance) {
  const facts = {
    'E-mail': email || 'not known',
    Points: points(balance),
    'With us since': when(createdAt),
    'Signs in': issuer ?? 'here, with a password',
    ...(role === 'user' ? {} : { Role: role }),
    Id: id,
  };
  return h(
    'section',
    { className: 'card' },
    h('h2', {}, name || 'No name'),
    h(
      'dl',
      { className: 'facts' },
      Object.entries(facts).flatMap(([term, fact]) => [h('dt', {}, term), h('dd', {}, fact)]),
    ),
  );
}
