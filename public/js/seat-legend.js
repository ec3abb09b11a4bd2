import { h } from './dom.js';

/** How a seat looks in each state; never by its colour alone. */
const STATES = [
  ['available', 'Free'],
  ['selected', 'Chosen'],
  ['held', 'On hold'],
  ['sold', 'Sold'],
  ['mine', 'Yours'],
];

export function legend() {
  return h(
    'ul',
    { className: 'legend', 'aria-label': 'What the seats look like' },
    STATES.map(([state, words]) => {
      const sample = h('span', { className: 'seat', 'aria-hidden': 'true' });
      sample.dataset.state = state;
      return h('li', {}, sample, words);
    }),
  );
}
