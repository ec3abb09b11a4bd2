import { button, h } from '../dom.js';
import { t } from '../language.js';
import { createStandingBlock } from '../standing-block.js';
import { createCamera } from './camera.js';
import { followGestures } from './gestures.js';
import { createPicture, LOOKS } from './picture.js';
import { createFinder, planHall } from './plan.js';
import { createRowChoice } from './row-choice.js';
import { createSeatButtons, UNIT_PX } from './seat-buttons.js';
import { sectionsOf } from './sections.js';

// Fingers need room: a touch of smaller seats comes closer first.
const TOUCH_PX = 30;
const TOUCHED_PX = 44;
const FOCUSED_PX = 28;
const STEP = 1.5;

/**
 * The hall of one date, drawn round its stage. Made once; later maps only touch the seats that changed.
 * @param layout where sections lie, as the map tells it
 * @param onToggle called with (seat, its status) @param onPoint called with (seat, what it is in words)
 * @param formFor gives the form by which places of a section without seats are had, by its name
 */
export function createHall(seats, layout, { onToggle, onPoint, formFor }, signal) {
  const blocks = sectionsOf(seats.filter(({ standing }) => standing)).map(({ name, rows }) =>
    createStandingBlock(
      name,
      rows.flatMap((row) => row.seats),
      formFor(name),
    ),
  );
  const sections = sectionsOf(seats.filter(({ standing }) => !standing));
  const plan = planHall(sections, layout);
  const placeOf = new Map(plan.places.map((place) => [place.seat.id, place]));
  const statuses = plan.places.map(({ seat }) => seat.status);
  const mine = new Set();
  const selected = new Set();
  let wanted = null;

  const stateOf = ({ seat: { id }, index }) => {
    const status = statuses[index];
    if (mine.has(id) && status !== 'AVAILABLE') return 'mine';
    if (selected.has(id)) return 'selected';
    const look = status.toLowerCase();
    return LOOKS.includes(look) ? look : 'blocked'; // Not known to this page, and surely not free.
  };

  const canvas = h('canvas', { 'aria-hidden': 'true' });
  const camera = createCamera(plan.bounds, () => {
    box.classList.toggle('is-fit', camera.isFit);
    buttons.element.style.transform = `translate(${camera.x}px, ${camera.y}px) scale(${camera.scale / UNIT_PX})`;
    picture.paintAll();
  });
  const picture = createPicture(canvas, plan, camera, (place) => ({
    look: stateOf(place),
    dim: wanted !== null && !wanted.has(place.seat.price),
  }));
  const buttons = createSeatButtons(plan.rows, { stateOf, onFocus });
  const box = h('div', { className: 'plan' }, canvas, buttons.element);
  const gestures = followGestures(box, camera);
  const find = createFinder(plan.places);
  const rowChoice = createRowChoice(plan.rows, {
    isFree: (place) => stateOf(place) === 'available',
    onRow: (place) => {
      buttons.goTo(place);
      camera.reveal(place, FOCUSED_PX);
    },
    onGo: () => buttons.focus(),
  });
  const element = h(
    'div',
    { className: 'hall' },
    blocks.map((block) => block.element),
    plan.places.length === 0 ? null : [box, controls(camera), rowChoice.element],
  );

  const point = (place) => onPoint(place.seat, t(`seat.${stateOf(place)}`));

  /** Only a keyboard needs the seat to be brought near; a press was on something that is seen already. */
  function onFocus(place, node) {
    if (node.matches(':focus-visible')) {
      camera.reveal(place, FOCUSED_PX);
      node.scrollIntoView?.({ block: 'nearest' });
    }
    point(place);
  }

  const under = ({ clientX, clientY, target }) => {
    const own = buttons.placeOf(target);
    if (own !== null) return own;
    const { left, top } = box.getBoundingClientRect();
    const { x, y } = camera.at(clientX - left, clientY - top);
    return find(x, y);
  };

  box.addEventListener('click', (event) => {
    const isKeyboard = event.detail === 0;
    if (!isKeyboard && gestures.wasDrag()) return;
    const place = under(event);
    if (event.pointerType === 'touch' && camera.scale < TOUCH_PX) return approach(event, place);
    if (place === null) return;
    buttons.goTo(place);
    onToggle(place.seat, statuses[place.index]);
    point(place);
  });

  function approach({ clientX, clientY }, place) {
    const { left, top } = box.getBoundingClientRect();
    if (place !== null) buttons.goTo(place);
    camera.zoomAt(clientX - left, clientY - top, TOUCHED_PX / camera.scale);
  }

  box.addEventListener('pointermove', (event) => {
    if (event.pointerType !== 'mouse' || event.buttons !== 0) return;
    const place = under(event);
    if (place !== null) point(place);
  });
  box.addEventListener('keydown', ({ key, ctrlKey, metaKey }) => {
    if (ctrlKey || metaKey) return; // The browser's own zoom.
    if (key === '+' || key === '=') camera.zoom(STEP);
    if (key === '-') camera.zoom(1 / STEP);
    if (key === '0') camera.fit();
  });
  watchSize(box, camera, picture, signal);

  function repaint(place) {
    picture.touch(place);
    buttons.paint(place);
  }

  /** Makes a set hold exactly these ids, and repaints those that came or went. */
  function replace(set, ids) {
    const touched = new Set([...set, ...ids]);
    set.clear();
    for (const id of ids) set.add(id);
    for (const id of touched) if (placeOf.has(id)) repaint(placeOf.get(id));
  }

  return {
    element,
    statusOf: (id) => statuses[placeOf.get(id)?.index ?? -1],
    select: (ids) => replace(selected, ids),
    own: (ids) => replace(mine, ids),
    /** Dims the seats of other prices. @param prices null: all are wanted */
    want: (prices) => {
      wanted = prices;
      picture.paintAll();
    },
    update: (fresh) => {
      for (const block of blocks) block.update(fresh);
      for (const { id, status } of fresh) {
        const place = placeOf.get(id);
        if (place === undefined || statuses[place.index] === status) continue;
        statuses[place.index] = status;
        repaint(place);
      }
      rowChoice.tell();
    },
  };
}

const controls = (camera) =>
  h(
    'div',
    { className: 'row zoom', role: 'group', 'aria-label': t('hall.zoom') },
    button('+', () => camera.zoom(STEP), { 'aria-label': t('hall.closer') }),
    button('−', () => camera.zoom(1 / STEP), { 'aria-label': t('hall.further') }),
    button(t('hall.whole'), () => camera.fit()),
  );

/** The box has its size from the page; colours change with the reader's light. */
function watchSize(box, camera, picture, signal) {
  const observer = new window.ResizeObserver(() => {
    if (box.clientWidth > 0) camera.resize(box.clientWidth, box.clientHeight);
  });
  observer.observe(box);
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  dark.addEventListener('change', picture.paintAll);
  signal.addEventListener('abort', () => {
    observer.disconnect();
    dark.removeEventListener('change', picture.paintAll);
  });
}
