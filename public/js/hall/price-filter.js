import { h } from '../dom.js';
import { points } from '../format.js';
import { t } from '../language.js';

/** Which prices are wanted: seats of the others are dimmed. Nothing to choose from with one price only. */
export function createPriceFilter(seats, onWanted) {
  const prices = [...new Set(seats.filter(({ standing }) => !standing).map(({ price }) => price))].sort(
    (a, b) => a - b,
  );
  const boxes = prices.map((price) => {
    const input = h('input', { type: 'checkbox', onchange: tell });
    return { price, input, label: h('label', {}, input, h('span', {}, points(price))) };
  });
  function tell() {
    const wanted = boxes.filter(({ input }) => input.checked).map(({ price }) => price);
    onWanted(wanted.length === 0 ? null : new Set(wanted));
  }
  return h(
    'fieldset',
    { className: 'amount prices', hidden: prices.length < 2 },
    h('legend', {}, t('prices')),
    boxes.map(({ label }) => label),
  );
}
