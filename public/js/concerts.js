import { ask } from './api.js';
import { button, h } from './dom.js';
import { t } from './language.js';
import { attempt, createNotice, keepTrying } from './problem.js';
import { session } from './session.js';
import { setTitle } from './titles.js';

/** All concerts, a page at a time. */
export function concertsView(root, _props, signal) {
  const notice = createNotice();
  const list = h('ul', { className: 'cards' });
  const more = button(t('more'), () => void attempt(notice, more, load), { hidden: true });
  const none = h('p', { hidden: true }, t('concerts.none'));
  let cursor = null;

  async function load() {
    const after = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { concerts, nextCursor } = await ask('GET', `/api/concerts?limit=24${after}`, { signal });
    list.append(...concerts.map(concertCard));
    cursor = nextCursor;
    more.hidden = nextCursor === null;
    none.hidden = list.childElementCount > 0;
  }

  setTitle();
  root.append(
    h('h1', {}, t('concerts.title')),
    h('p', { className: 'lead' }, t('concerts.lead')),
    list,
    none,
    notice.element,
    more,
  );
  void keepTrying(notice, signal, load);
}

function concertCard({ id, title, description }) {
  const inRoom = session.queueToken(id) !== null && session.user !== null;
  const label = t(inRoom ? 'concerts.back' : 'concerts.get');
  return h(
    'li',
    { className: 'card' },
    h('h2', {}, title),
    h('p', {}, description),
    h(
      'a',
      {
        className: 'button',
        href: `#/concerts/${encodeURIComponent(id)}`,
        'aria-label': `${label}: ${title}`,
      },
      label,
    ),
  );
}
