import { h } from '../../js/dom.js';
import { count, points, seatName } from '../../js/format.js';
import { sectionsOf } from '../../js/hall/sections.js';

const WORDS = { AVAILABLE: 'free', HELD: 'on hold', SOLD: 'sold', BLOCKED: 'out of sale' };
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
// A section of more seats is drawn when it is opened.
const DRAWN_AT_ONCE = 2000;

/**
 * The house as its operator sees it. Seats are chosen by click, by drag, by row, or by keys: arrows move, with Shift they
 * choose on the way, Space chooses. What is sold or on hold cannot be chosen.
 * @param onChoice called with the seats chosen
 */
export function createDeskMap(seats, onChoice) {
  const cells = new Map(
    seats.map((seat) => [seat.id, { seat, status: seat.status, node: null, line: null }]),
  );
  const chosen = new Set();
  const lines = [];
  const element = h('div', { className: 'house', onkeydown: onKey });
  let drag = null;

  const mayChoose = (cell) => cell.status === 'AVAILABLE' || cell.status === 'BLOCKED';
  const tell = () => onChoice([...chosen].map((id) => cells.get(id)));
  function choose(cell, on) {
    if (!mayChoose(cell) || chosen.has(cell.seat.id) === on) return;
    if (on) chosen.add(cell.seat.id);
    else chosen.delete(cell.seat.id);
    paint(cell);
  }
  function paint({ node, seat, status }) {
    if (node === null) return;
    const isChosen = chosen.has(seat.id);
    node.dataset.state = status.toLowerCase();
    node.setAttribute('aria-pressed', String(isChosen));
    node.setAttribute('aria-disabled', String(!mayChoose(cells.get(seat.id))));
    node.setAttribute(
      'aria-label',
      `${seatName(seat)}: ${points(seat.price)}, ${WORDS[status]}${isChosen ? ', chosen' : ''}`,
    );
    node.title = node.getAttribute('aria-label');
  }

  const all = sectionsOf(seats);
  let drawn = 0;
  for (const section of all) {
    const size = section.rows.reduce((sum, row) => sum + row.seats.length, 0);
    drawn += size;
    element.append(sectionBox(section, size, drawn <= DRAWN_AT_ONCE));
  }

  function sectionBox({ name, rows }, size, open) {
    const ofSection = rows.flatMap((row) => row.seats);
    const box = h(
      'details',
      { open, ontoggle: () => box.open && draw() },
      h('summary', {}, `Section ${name}, ${count(size)} seats`),
    );
    let isDrawn = false;
    function draw() {
      if (isDrawn) return;
      isDrawn = true;
      const drawnRows = rows.map((row) => rowBox(name, row));
      box.append(chooser(`Choose section ${name}`, ofSection), h('div', { className: 'scroll' }, drawnRows));
      makeTabStop(element.querySelector('[tabindex="0"].chair') ?? lines[0]?.[0]?.node);
    }
    if (open) draw();
    return box;
  }

  function rowBox(section, { name, seats: ofRow }) {
    const line = ofRow.map((seat) => {
      const cell = cells.get(seat.id);
      const gap = seat.afterGap ? ' after-gap' : '';
      cell.node = h(
        'button',
        { type: 'button', className: `chair${gap}`, tabIndex: -1 },
        seat.label ?? String(seat.number),
      );
      cell.node.dataset.id = seat.id;
      paint(cell);
      return cell;
    });
    for (const cell of line) cell.line = lines.length;
    lines.push(line);
    return h(
      'div',
      { className: 'seats', role: 'group', 'aria-label': `${section}, row ${name}` },
      chooser(`Row ${name}`, ofRow, `Choose row ${name} of ${section}`),
      line.map(({ node }) => node),
    );
  }

  /** All of them, or none when they are chosen already. */
  function chooser(label, ofIt, spoken = label) {
    const act = () => {
      const those = ofIt.map(({ id }) => cells.get(id)).filter(mayChoose);
      const on = those.some(({ seat }) => !chosen.has(seat.id));
      for (const cell of those) choose(cell, on);
      tell();
    };
    return h(
      'button',
      { type: 'button', className: 'quiet whole', 'aria-label': spoken, onclick: act },
      label,
    );
  }

  const cellAt = (event) => cells.get(event.target.closest?.('.chair')?.dataset.id);
  element.addEventListener('pointerdown', (event) => {
    const cell = cellAt(event);
    if (cell === undefined || event.button !== 0) return;
    // A finger that moves scrolls: it chooses by tapping.
    if (event.pointerType === 'touch') return;
    drag = { on: !chosen.has(cell.seat.id), last: cell };
    choose(cell, drag.on);
    tell();
  });
  element.addEventListener('pointerover', (event) => {
    const cell = cellAt(event);
    if (cell === undefined || drag === null) return;
    if (event.buttons === 0)
      drag = null; // Released outside of the window.
    else {
      for (const each of passed(drag.last, cell)) choose(each, drag.on);
      drag.last = cell;
      tell();
    }
  });
  /** A fast pointer leaves seats out: those of one row between two that it was seen on were passed, too. */
  function passed(before, now) {
    if (before.line !== now.line) return [now];
    const line = lines[now.line];
    const [from, to] = [line.indexOf(before), line.indexOf(now)].sort((a, b) => a - b);
    return line.slice(from, to + 1);
  }
  element.addEventListener('click', (event) => {
    const cell = cellAt(event);
    if (cell === undefined) return;
    const wasDragged = drag !== null;
    drag = null;
    if (wasDragged && event.detail > 0) return; // Chosen when it was pressed.
    choose(cell, !chosen.has(cell.seat.id));
    tell();
  });
  element.addEventListener('focusin', (event) => {
    const cell = cellAt(event);
    if (cell !== undefined) makeTabStop(cell.node);
  });

  function makeTabStop(node) {
    for (const each of element.querySelectorAll('.chair[tabindex="0"]')) each.tabIndex = -1;
    if (node !== undefined && node !== null) node.tabIndex = 0;
  }

  function onKey(event) {
    const cell = cellAt(event);
    const next = cell === undefined ? undefined : target(cell, event);
    if (next === undefined) return;
    event.preventDefault();
    if (event.shiftKey) {
      choose(cell, true);
      choose(next, true);
      tell();
    }
    next.node.focus();
  }
  function target(cell, { key }) {
    const line = lines[cell.line];
    if (key === 'Home') return line[0];
    if (key === 'End') return line.at(-1);
    const [down, right] = STEPS[key] ?? [];
    if (down === undefined) return undefined;
    const next = lines[cell.line + down];
    return next?.[Math.max(0, Math.min(line.indexOf(cell) + right, next.length - 1))];
  }

  return {
    element,
    clear: () => {
      const before = [...chosen];
      chosen.clear();
      for (const id of before) paint(cells.get(id));
      tell();
    },
    /** What has changed: a seat that was sold meanwhile is not chosen any more. */
    update: (changed) => {
      for (const { id, status } of changed) {
        const cell = cells.get(id);
        if (cell === undefined || cell.status === status) continue;
        cell.status = status;
        if (!mayChoose(cell)) chosen.delete(id);
        paint(cell);
      }
      tell();
    },
    counts: () => {
      const counts = { AVAILABLE: 0, HELD: 0, SOLD: 0, BLOCKED: 0 };
      for (const { status } of cells.values()) counts[status] += 1;
      return counts;
    },
  };
}
