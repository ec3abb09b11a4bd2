import { button, h } from '../../js/dom.js';
import { field } from '../../js/fields.js';

/** A house of sections, each of rows of seats alike. @returns `read()` gives them as the service takes them */
export function sectionsEditor() {
  const sections = new Set();
  const list = h('div');
  const add = (values) => {
    const section = sectionFields(values, () => {
      sections.delete(section);
      section.element.remove();
    });
    sections.add(section);
    list.append(section.element);
  };
  add({ name: 'A', rows: 5, seatsPerRow: 10, price: 50_000 });
  const more = button('Add a section', () => add({ name: '', rows: 10, seatsPerRow: 20, price: 50_000 }));
  return {
    element: h('div', {}, list, more),
    read: async () => ({ sections: [...sections].map(({ read }) => read()) }),
  };
}

function sectionFields(values, onRemove) {
  const name = field('Section', { required: true, maxLength: 50, value: values.name });
  const size = { type: 'number', min: 1, max: 1000, required: true };
  const rows = field('Rows', { ...size, value: String(values.rows) });
  const seatsPerRow = field('Seats per row', { ...size, value: String(values.seatsPerRow) });
  const price = field('Price', { ...size, min: 0, max: 1_000_000_000, value: String(values.price) });
  const accessible = h('input', { type: 'checkbox' });
  const standing = h('input', { type: 'checkbox' });
  const element = h(
    'fieldset',
    { className: 'fields' },
    h('legend', {}, 'Section'),
    [name, rows, seatsPerRow, price].map((one) => one.element),
    h('label', { className: 'check' }, accessible, ' Accessible'),
    h('label', { className: 'check' }, standing, ' Standing'),
    button('Remove', onRemove, { className: 'quiet' }),
  );
  const read = () => ({
    name: name.input.value,
    rows: Number(rows.input.value),
    seatsPerRow: Number(seatsPerRow.input.value),
    price: Number(price.input.value),
    ...(accessible.checked && { attributes: { accessible: 'true' } }),
    ...(standing.checked && { standing: true }),
  });
  return { element, read };
}
