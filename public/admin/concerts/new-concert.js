import { ask } from '../../js/api.js';
import { h } from '../../js/dom.js';
import { field } from '../../js/fields.js';
import { form, momentOf } from '../forms.js';

const POLICY = {
  maxActive: ['Most inside at once', { min: 0, max: 1_000_000, value: '1000' }],
  admitPerInterval: ['Admitted per interval', { min: 1, max: 100_000, value: '100' }],
  admitIntervalMs: ['Interval, ms', { min: 100, max: 3_600_000, value: '1000' }],
  activeTtlSeconds: ['Time inside, s', { min: 1, max: 86_400, value: '420' }],
  abandonAfterSeconds: ['Given up after silence of, s', { min: 1, max: 86_400, value: '60' }],
};

/** @param onMade called with the new concert's id */
export function newConcertForm(onMade) {
  const title = field('Title', { required: true, maxLength: 200 });
  const description = field('Description', { maxLength: 5000 });
  const seatLimit = field('Seats per fan and date', {
    type: 'number',
    min: 1,
    max: 1000,
    value: '4',
    required: true,
  });
  const policy = Object.fromEntries(
    Object.entries(POLICY).map(([name, [label, props]]) => [
      name,
      field(label, { type: 'number', step: 1, required: true, ...props }),
    ]),
  );
  const opensAt = field(
    'Room opens at',
    { type: 'datetime-local' },
    { hint: 'Empty: when booking of the first date starts' },
  );
  const order = h(
    'select',
    {},
    h('option', { value: 'arrival' }, 'First come, first served'),
    h('option', { value: 'draw' }, 'Drawn at the opening'),
  );
  const paused = h('input', { type: 'checkbox' });
  const room = h(
    'details',
    {},
    h('summary', {}, 'Waiting room'),
    h(
      'div',
      { className: 'fields' },
      Object.values(policy).map(({ element }) => element),
      opensAt.element,
      h('label', { className: 'field' }, h('span', {}, 'Order'), order),
      h('label', { className: 'check' }, paused, ' Nobody is admitted yet (paused)'),
    ),
  );
  const queue = () => ({
    ...Object.fromEntries(Object.entries(policy).map(([name, { input }]) => [name, Number(input.value)])),
    ...(opensAt.input.value !== '' && { opensAt: momentOf(opensAt) }),
    order: order.value,
    paused: paused.checked,
  });
  const send = async () => {
    const { concert } = await ask('POST', '/api/admin/concerts', {
      body: {
        title: title.input.value,
        description: description.input.value,
        seatLimit: Number(seatLimit.input.value),
        queue: queue(),
      },
    });
    onMade(concert.id);
  };
  const parts = [title, description, seatLimit].map(({ element }) => element);
  return form('New concert', 'Make the concert', [...parts, room], send, {
    title,
    description,
    seatLimit,
    ...policy,
    opensAt,
  });
}
