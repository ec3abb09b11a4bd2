import { ask } from './api.js';
import { h } from './dom.js';
import { field } from './fields.js';
import { when } from './format.js';
import { form, localInput } from '../admin/forms.js';
import { createNotice, keepTrying } from './problem.js';

const ORDERS = { arrival: 'First come, first served', draw: 'Drawn at the opening' };

/** When a room opens and in which order, what everybody in it is told, and the public value of its draw. */
export function openingPanel(concertId, signal) {
  const concert = `/api/admin/concerts/${encodeURIComponent(concertId)}`;
  const notice = createNotice();
  const beacon = beaconForm(concert);
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
  const message = field('Message to everybody in the room', { maxLength: 280 });
  let shown = '';

  const take = (policy) => {
    opensAt.input.value = policy.opensAt === null ? '' : localInput(Date.parse(policy.opensAt));
    shown = opensAt.input.value;
    order.value = policy.order;
    message.input.value = policy.message ?? '';
    beacon.hidden = policy.order !== 'draw';
  };
  const part = () => ({
    // The input knows no seconds: an untouched moment stays as it is.
    ...(opensAt.input.value === shown ? {} : { opensAt: momentOf(opensAt.input.value) }),
    order: order.value,
    message: message.input.value.trim() || null,
  });
  const labelled = h('label', { className: 'field' }, h('span', {}, 'Order'), order);
  const fields = [opensAt.element, labelled, message.element];
  const opening = form('Opening', 'Change the opening', fields, async () => {
    const { policy } = await ask('PATCH', `${concert}/queue`, { body: part() });
    take(policy);
    return ['In force.', policy.opensAt === null ? '' : `Opens at ${when(policy.opensAt)}.`];
  });
  void keepTrying(notice, signal, async () =>
    take((await ask('GET', `${concert}/queue`, { signal })).policy),
  );
  return h('div', {}, notice.element, opening, beacon);
}

const momentOf = (local) => (local === '' ? null : new Date(local).toISOString());

/** A public value that nobody can choose goes into the draw: first its source is promised, later the value is given. */
function beaconForm(concert) {
  const source = field('Source of a public value', { required: true, maxLength: 500 });
  const value = field('The value', { maxLength: 1000 }, { hint: 'Empty: to promise the source for now.' });
  const fields = [source.element, value.element];
  const element = form('Draw', 'Put it into the draw', fields, async () => {
    const given = value.input.value.trim();
    const body = { source: source.input.value.trim(), ...(given === '' ? {} : { value: given }) };
    await ask('POST', `${concert}/draw/beacon`, { body });
    return given === ''
      ? ['Promised.', 'The draw waits for its value.']
      : ['Given.', 'The draw can be made.'];
  });
  element.hidden = true;
  return element;
}
