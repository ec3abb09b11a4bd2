import { all } from './api.js';
import { button, createStage, h } from './dom.js';
import { newConcertForm, newDateForm } from './operator-forms.js';
import { openingPanel } from './operator-opening.js';
import { presalePanel } from './operator-presales.js';
import { roomPanel } from './operator-room.js';
import { createNotice, keepTrying } from './problem.js';

/** The operator corner: choose a concert, watch and steer its room, add dates; or make a new concert. */
export function operatorView(root, _props, signal) {
  const notice = createNotice();
  const choice = h('select', { onchange: () => open() });
  const place = h('div', { className: 'columns' });
  const show = createStage(place, signal);

  const open = () => {
    const id = choice.value;
    if (id !== '') show(concertPanels, { id });
  };
  const load = (wanted) =>
    keepTrying(notice, signal, async () => {
      const concerts = await all('/api/concerts', 'concerts', { signal });
      choice.replaceChildren(
        ...concerts.map(({ id, title }) => h('option', { value: id }, `${title} (${id})`)),
      );
      if (wanted !== undefined) choice.value = wanted;
      open();
    });
  const create = button('New concert', () => show(newConcertPanel, { onMade: load }));

  root.append(
    h('h1', {}, 'Operator corner'),
    h(
      'p',
      { className: 'links' },
      h('a', { href: '/admin/queues' }, 'Queues'),
      h('a', { href: '/docs' }, 'API documentation'),
      h('a', { href: '/metrics' }, 'Metrics'),
    ),
    h(
      'div',
      { className: 'row' },
      h('label', { className: 'field' }, h('span', {}, 'Concert'), choice),
      create,
    ),
    notice.element,
    place,
  );
  void load();
}

function newConcertPanel(root, { onMade }) {
  root.append(h('section', { className: 'card' }, newConcertForm(onMade)));
}

function concertPanels(root, { id }, signal) {
  root.append(
    h('section', { className: 'card' }, roomPanel(id, signal)),
    h('section', { className: 'card' }, openingPanel(id, signal)),
    h('section', { className: 'card' }, newDateForm(id)),
    h('section', { className: 'card' }, presalePanel(id, signal)),
  );
}
