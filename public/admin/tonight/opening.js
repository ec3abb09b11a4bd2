import { ask } from '../../js/api.js';
import { h } from '../../js/dom.js';
import { field } from '../../js/fields.js';
import { when } from '../../js/format.js';
import { form, localInput } from '../forms.js';
import { filledOnce, folded } from './folded.js';
import { fans } from './words.js';

const ORDERS = { arrival: 'First come, first served', draw: 'Drawn at the opening' };

/** When a room opens and in which order; and the public value of its draw. */
export function openingForms(current, change) {
  return [openingForm(current, change), beaconForm(current)];
}

function openingForm(current, change) {
  const opensAt = field(
    'Opens at',
    { type: 'datetime-local' },
    { hint: 'Empty: when booking of the first date starts.' },
  );
  const order = h(
    'select',
    {},
    Object.entries(ORDERS).map(([value, name]) => h('option', { value }, name)),
  );
  let shown = '';
  const labelled = h('label', { className: 'field' }, h('span', {}, 'Order'), order);
  const fields = h('div', { className: 'fields wide' }, opensAt.element, labelled);
  const element = folded('Opening', fields, 'Change the opening', async (control) => {
    const { title, waiting, policy } = current();
    // The input knows no seconds: an untouched moment stays as it is.
    const moved = opensAt.input.value === shown ? {} : { opensAt: momentOf(opensAt.input.value) };
    const next = { ...policy, ...moved, order: order.value };
    const words = `${openingInWords(next)}; ${ORDERS[next.order].toLowerCase()}`;
    await change(control, {
      ask: {
        title: `Change the opening of “${title}”?`,
        text: [`From now on: ${words}.`, `${fans(waiting)}. Nobody is admitted before the opening.`],
        act: 'Change the opening',
      },
      part: { ...moved, order: next.order },
      done: ['The opening is changed.', `“${title}” ${words}.`],
    });
  });
  const fill = ({ policy }) => {
    shown = policy.opensAt === null ? '' : localInput(Date.parse(policy.opensAt));
    opensAt.input.value = shown;
    order.value = policy.order;
  };
  return { element, update: filledOnce(element, fill) };
}

const openingInWords = ({ opensAt }) =>
  opensAt === null ? 'opens when booking of the first date starts' : `opens at ${when(opensAt)}`;
const momentOf = (local) => (local === '' ? null : new Date(local).toISOString());

/** A public value that nobody can choose goes into the draw: first its source is promised, later the value is given. */
function beaconForm(current) {
  const source = field('Source of a public value', { required: true, maxLength: 500 });
  const value = field('The value', { maxLength: 1000 }, { hint: 'Empty: to promise the source for now.' });
  const fields = [source.element, value.element];
  const element = form('Draw', 'Put it into the draw', fields, async () => {
    const given = value.input.value.trim();
    const body = { source: source.input.value.trim(), ...(given === '' ? {} : { value: given }) };
    await ask('POST', `/api/admin/concerts/${encodeURIComponent(current().concertId)}/draw/beacon`, { body });
    return given === ''
      ? ['Promised.', 'The draw waits for its value.']
      : ['Given.', 'The draw can be made.'];
  });
  const update = ({ policy }) => {
    element.hidden = policy.order !== 'draw';
  };
  return { element, update };
}
