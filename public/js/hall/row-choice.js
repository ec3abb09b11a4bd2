import { button, h } from '../dom.js';
import { count, points } from '../format.js';
import { t } from '../language.js';

/**
 * Goes to a row by its name, for whoever does not see the picture or has no room for it.
 * @param isFree whether a place can be chosen @param onRow called with the row's first free place @param onGo goes to it
 */
export function createRowChoice(rows, { isFree, onRow, onGo }) {
  const names = [...new Set(rows.map(({ section }) => section))];
  const priceOf = (name) => rows.find(({ section }) => section === name).places[0].seat.price;
  const sections = h(
    'select',
    {},
    names.map((name) => h('option', { value: name }, `${name}, ${points(priceOf(name))}`)),
  );
  const rowNames = h('select', {});
  const free = h('p', { className: 'muted', role: 'status' });
  const element = h(
    'details',
    { className: 'row-choice' },
    h('summary', {}, t('hall.byRow')),
    h(
      'div',
      { className: 'row' },
      h('label', { className: 'field' }, h('span', {}, t('hall.section')), sections),
      h('label', { className: 'field' }, h('span', {}, t('hall.row')), rowNames),
      button(t('hall.toSeats'), onGo),
    ),
    free,
  );

  const chosen = () => rows[Number(rowNames.value)];
  function tell() {
    const row = chosen();
    if (!element.open || row === undefined) return;
    const words = t('hall.freeInRow', {
      count: row.places.filter(isFree).length,
      total: count(row.places.length),
    });
    if (free.textContent !== words) free.textContent = words;
  }
  function listRows() {
    const ofSection = rows.flatMap(({ section, name }, index) =>
      section === sections.value ? [h('option', { value: index }, name)] : [],
    );
    rowNames.replaceChildren(...ofSection);
  }
  const go = () => {
    const { places } = chosen();
    onRow(places.find(isFree) ?? places[0]);
    tell();
  };
  sections.addEventListener('change', () => {
    listRows();
    go();
  });
  rowNames.addEventListener('change', go);
  element.addEventListener('toggle', tell);
  if (rows.length > 0) listRows();
  return { element, tell };
}
