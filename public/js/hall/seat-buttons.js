import { h } from '../dom.js';
import { points } from '../format.js';
import { t } from '../language.js';

/** A width of a seat before the camera's scale; see hall.css. */
export const UNIT_PX = 24;
const ROWS_AROUND = 2;
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/**
 * Seats as buttons, for keyboards and screen readers: those of the row where one is and of a few around it, over their
 * places in the picture. One tab stop: arrows, Home and End move within, Enter and Space choose.
 * @param stateOf gives a place's state @param onFocus called with the place that has the focus now
 */
export function createSeatButtons(rows, { stateOf, onFocus }) {
  const element = h('div', { className: 'grid' });
  const made = new Map();
  let current = rows[0]?.places[0] ?? null;

  function rowElement({ section, name, places }) {
    const buttons = places.map((place) => {
      const node = h('button', { type: 'button', className: 'seat', tabIndex: -1 });
      node.dataset.id = place.seat.id;
      const at = `translate(${place.x * UNIT_PX}px, ${place.y * UNIT_PX}px) rotate(${place.turn}rad)`;
      node.style.transform = at;
      return node;
    });
    const label = t('seats.row', { section, row: name });
    return { node: h('div', { role: 'group', 'aria-label': label }, buttons), buttons };
  }

  /** Makes the rows around the current one, and takes the others away. */
  function show() {
    if (current === null) return;
    const [first, last] = [Math.max(0, current.row - ROWS_AROUND), current.row + ROWS_AROUND];
    for (const [row, { node }] of made) {
      if (row >= first && row <= last) continue;
      node.remove();
      made.delete(row);
    }
    for (let row = first; row <= Math.min(last, rows.length - 1); row += 1) {
      if (made.has(row)) continue;
      const fresh = rowElement(rows[row]);
      made.set(row, fresh);
      for (const place of rows[row].places) paint(place);
      const next = [...made].filter(([each]) => each > row).sort(([a], [b]) => a - b)[0];
      element.insertBefore(fresh.node, next?.[1].node ?? null);
    }
    element.querySelector('[tabindex="0"]')?.setAttribute('tabindex', '-1');
    buttonOf(current)?.setAttribute('tabindex', '0');
  }

  const buttonOf = ({ row, seat }) =>
    made.get(row)?.buttons[rows[row].places.findIndex((place) => place.seat === seat)];

  function paint(place) {
    const node = made.get(place.row) && buttonOf(place);
    if (!node) return;
    const state = stateOf(place);
    const { price, attributes } = place.seat;
    const facts = [points(price), ...Object.keys(attributes), t(`seat.${state}`)].join(', ');
    const { section, row, number, label } = place.seat;
    node.dataset.state = state;
    const printed = label ?? String(number);
    node.setAttribute('aria-label', t('seat.label', { section, row, number: printed, facts }));
    node.setAttribute('aria-pressed', String(state === 'selected'));
    // Not `disabled`: keyboards and screen readers must be able to pass over taken seats and hear what they are.
    node.setAttribute('aria-disabled', String(state !== 'available' && state !== 'selected'));
  }

  function goTo(place) {
    current = place;
    show();
  }

  function target({ key, ctrlKey }) {
    const line = rows[current.row].places;
    if (key === 'Home') return ctrlKey ? rows[0].places[0] : line[0];
    if (key === 'End') return ctrlKey ? rows.at(-1).places.at(-1) : line.at(-1);
    const [down, right] = STEPS[key] ?? [];
    if (down === undefined) return undefined;
    if (right !== 0) return line[line.indexOf(current) + right];
    return nearest(current, rows[current.row + down]?.places);
  }

  element.addEventListener('keydown', (event) => {
    const next = target(event);
    if (next === undefined) return;
    event.preventDefault();
    goTo(next);
    buttonOf(next).focus({ preventScroll: true });
  });
  element.addEventListener('focusin', ({ target: node }) => {
    const place = placeOf(node);
    if (place === null) return;
    goTo(place);
    onFocus(place, node);
  });

  /** The place of a button, or of what is in one. */
  function placeOf(node) {
    const id = node.closest?.('.seat')?.dataset.id;
    if (id === undefined) return null;
    for (const row of made.keys()) {
      const place = rows[row].places.find(({ seat }) => seat.id === id);
      if (place !== undefined) return place;
    }
    return null;
  }

  show();
  return { element, paint, goTo, placeOf, focus: () => buttonOf(current)?.focus({ preventScroll: true }) };
}

/** Rows are of different lengths, and may be curved: up and down go to the seat that is nearest. */
function nearest(from, places) {
  const away = ({ x, y }) => (x - from.x) ** 2 + (y - from.y) ** 2;
  return places?.reduce((best, place) => (away(place) < away(best) ? place : best));
}
