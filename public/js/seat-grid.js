import { h } from './dom.js';
import { points, seatName } from './format.js';
import { createStandingBlock } from './standing-block.js';

const WORDS = { available: 'free', selected: 'chosen', held: 'on hold', sold: 'sold', mine: 'yours' };
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/**
 * The seats as buttons, by section and row. Made once; later maps only touch the seats that changed, so a house of
 * thousands stays smooth. One tab stop: arrows, Home and End move within, Enter and Space choose.
 * @param onToggle called with (seat, its status) @param onPoint called with (seat, what it is in words)
 * @param formFor gives the form by which places of a section without seats are had, by its name
 */
export function createSeatGrid(seats, { onToggle, onPoint, formFor }) {
  const cells = new Map();
  const rows = [];
  const blocks = [];
  const mine = new Set();
  const selected = new Set();
  const element = h('div', { className: 'grid' });

  for (const section of sectionsOf(seats.filter(({ standing }) => !standing)))
    element.append(sectionBox(section));
  for (const { name, rows: standing } of sectionsOf(seats.filter(({ standing }) => standing))) {
    const block = createStandingBlock(
      name,
      standing.flatMap((row) => row.seats),
      formFor(name),
    );
    blocks.push(block);
  }
  element.prepend(...blocks.map((block) => block.element));
  makeTabStop(rows[0]?.[0]);

  function sectionBox({ name, rows: sectionRows }) {
    const { price, attributes } = sectionRows[0].seats[0];
    const facts = [points(price), ...Object.keys(attributes)].join(' · ');
    const lines = sectionRows.map((row) => {
      const buttons = row.seats.map((seat) => cellOf(seat, rows.length));
      rows.push(buttons);
      const label = h('span', { className: 'row-name', 'aria-hidden': 'true' }, row.name);
      return h('div', { className: 'seats', role: 'group', 'aria-label': `Row ${row.name}` }, label, buttons);
    });
    return h(
      'section',
      { className: 'block', 'aria-label': `Section ${name}` },
      h('h3', {}, name, ' ', h('small', {}, facts)),
      h('div', { className: 'scroll' }, lines),
    );
  }

  function cellOf(seat, row) {
    const node = h('button', { type: 'button', className: 'seat', tabIndex: -1 });
    node.dataset.id = seat.id;
    cells.set(seat.id, { node, seat, row, status: seat.status });
    paint(seat.id);
    return node;
  }

  function stateOf(id) {
    const { status } = cells.get(id);
    if (mine.has(id) && status !== 'AVAILABLE') return 'mine';
    if (selected.has(id)) return 'selected';
    return status.toLowerCase();
  }

  function paint(id) {
    const { node, seat } = cells.get(id);
    const state = stateOf(id);
    const { price, attributes } = seat;
    const facts = [points(price), ...Object.keys(attributes), WORDS[state]].join(', ');
    node.dataset.state = state;
    node.setAttribute('aria-label', `${seatName(seat)}: ${facts}`);
    node.setAttribute('aria-pressed', String(state === 'selected'));
    // Not `disabled`: keyboards and screen readers must be able to pass over taken seats and hear what they are.
    node.setAttribute('aria-disabled', String(state !== 'available' && state !== 'selected'));
  }

  function makeTabStop(node) {
    element.querySelector('[tabindex="0"]')?.setAttribute('tabindex', '-1');
    node?.setAttribute('tabindex', '0');
  }

  function target(from, { key, ctrlKey }) {
    const line = rows[from.row];
    if (key === 'Home') return ctrlKey ? rows[0][0] : line[0];
    if (key === 'End') return ctrlKey ? rows.at(-1).at(-1) : line.at(-1);
    const [down, right] = STEPS[key] ?? [];
    if (down === undefined) return undefined;
    const next = rows[from.row + down];
    return next?.[Math.min(line.indexOf(from.node) + right, next.length - 1)];
  }

  const cellAt = (event) => cells.get(event.target.closest('button')?.dataset.id);
  const listen = (type, act) =>
    element.addEventListener(type, (event) => {
      const cell = cellAt(event);
      if (cell !== undefined) act(cell, event);
    });
  const point = (cell) => onPoint(cell.seat, WORDS[stateOf(cell.seat.id)]);
  listen('click', (cell) => {
    onToggle(cell.seat, cell.status);
    point(cell);
  });
  listen('pointerover', point);
  listen('focusin', (cell) => {
    makeTabStop(cell.node);
    point(cell);
  });
  listen('keydown', (cell, event) => {
    const next = target(cell, event);
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  });

  /** Makes a set hold exactly these ids, and repaints those that came or went. */
  function replace(set, ids) {
    const touched = new Set([...set, ...ids]);
    set.clear();
    for (const id of ids) set.add(id);
    for (const id of touched) if (cells.has(id)) paint(id);
  }

  return {
    element,
    statusOf: (id) => cells.get(id)?.status,
    select: (ids) => replace(selected, ids),
    own: (ids) => replace(mine, ids),
    update: (fresh) => {
      for (const block of blocks) block.update(fresh);
      for (const { id, status } of fresh) {
        const cell = cells.get(id);
        if (cell === undefined || cell.status === status) continue;
        cell.status = status;
        paint(id);
      }
    },
  };
}

/** Sections and their rows, in the order in which the service lists them. */
export function sectionsOf(seats) {
  const sections = new Map();
  for (const seat of seats) {
    if (!sections.has(seat.section)) sections.set(seat.section, new Map());
    const rows = sections.get(seat.section);
    if (!rows.has(seat.row)) rows.set(seat.row, []);
    rows.get(seat.row).push(seat);
  }
  return [...sections].map(([name, rows]) => ({
    name,
    rows: [...rows].map(([row, list]) => ({ name: row, seats: list })),
  }));
}
