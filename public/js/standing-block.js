import { h } from './dom.js';
import { count, points } from './format.js';
import { t } from './language.js';

/**
 * A section without seats: how many places are free, and the form by which to have some. Nobody chooses among them.
 */
export function createStandingBlock(name, places, form) {
  const statuses = new Map(places.map(({ id, status }) => [id, status]));
  const words = h('p', { className: 'places' });
  const element = h(
    'section',
    { className: 'block standing', 'aria-label': t('section', { name }) },
    h('h3', {}, name, ' ', h('small', {}, `${points(places[0].price)} · ${t('standing')}`)),
    words,
    form,
  );

  function tell() {
    const free = [...statuses.values()].filter((status) => status === 'AVAILABLE').length;
    words.textContent =
      free === 0 ? t('standing.none') : t('standing.free', { count: free, total: count(statuses.size) });
    form.hidden = free === 0;
  }

  tell();
  return {
    element,
    update: (fresh) => {
      let isChanged = false;
      for (const { id, status } of fresh) {
        if (!statuses.has(id) || statuses.get(id) === status) continue;
        statuses.set(id, status);
        isChanged = true;
      }
      if (isChanged) tell();
    },
  };
}
