import { h } from './dom.js';
import { t } from './language.js';

/** How a seat looks in each state; never by its colour alone. */
const STATES = ['available', 'selected', 'held', 'sold', 'blocked', 'mine'];

export function legend() {
  return h(
    'ul',
    { className: 'legend', 'aria-label': t('legend') },
    STATES.map((state) => {
      const sample = h('span', { className: 'seat', 'aria-hidden': 'true' });
      sample.dataset.state = state;
      return h('li', {}, sample, t(`legend.${state}`));
    }),
  );
}
