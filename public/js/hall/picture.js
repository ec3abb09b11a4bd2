import { points } from '../format.js';
import { t } from '../language.js';

/** How a seat can look. The number of each stands for it in the picture. */
export const LOOKS = ['available', 'selected', 'held', 'sold', 'blocked', 'mine'];
const MARKS = { selected: '✓', held: '–', sold: '×', blocked: '/', mine: '★' };
/** From afar there is no room for marks: what is not free is smaller. In parts of a seat's width. */
const SIZES_AFAR = { available: 0.84, selected: 0.98, held: 0.55, sold: 0.35, blocked: 0.35, mine: 0.98 };
const CLOSE_PX = 11;
const MARKS_FROM_PX = 15;
const DIM = 0.18;
/** So many at once are no faster one by one. */
const MANY = 2000;

/**
 * The hall on a canvas: twenty thousand elements would be too many to move smoothly. Everything is painted when the camera
 * moves, and else only the seats that changed; never more than once per frame.
 * @param lookOf gives a place's `{ look, dim }`
 */
export function createPicture(canvas, plan, camera, lookOf) {
  const context = canvas.getContext('2d');
  const touched = new Set();
  let isDue = false;
  let isWhole = true;
  let colors = {};
  let lastFill = null;

  function request() {
    if (context === null || isDue) return;
    isDue = true;
    window.requestAnimationFrame(() => {
      isDue = false;
      if (isWhole) paintAll();
      else for (const place of touched) paintAnew(place);
      touched.clear();
      isWhole = false;
    });
  }

  function paintAll() {
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(camera.width * ratio), Math.round(camera.height * ratio)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    colors = colorsOf(canvas);
    context.resetTransform();
    context.clearRect(0, 0, width, height);
    paintStage();
    const from = camera.at(-camera.scale, -camera.scale);
    const to = camera.at(camera.width + camera.scale, camera.height + camera.scale);
    toPage();
    for (const place of plan.places)
      if (place.x > from.x && place.x < to.x && place.y > from.y && place.y < to.y) paint(place);
    if (camera.scale >= MARKS_FROM_PX)
      for (const { name, places } of plan.rows) paintRowName(name, places[0]);
    context.globalAlpha = 1;
    for (const title of plan.titles) paintTitle(title);
  }

  /** From here on 0, 0 is this point of the hall and a unit is a pixel of the page. */
  function toHall(x, y, turn) {
    const ratio = window.devicePixelRatio || 1;
    const [cos, sin] = turn === 0 ? [ratio, 0] : [Math.cos(turn) * ratio, Math.sin(turn) * ratio];
    const { scale } = camera;
    context.setTransform(cos, sin, -sin, cos, (x * scale + camera.x) * ratio, (y * scale + camera.y) * ratio);
  }

  function paintAnew(place) {
    toHall(place.x, place.y, place.turn);
    const half = camera.scale / 2;
    context.clearRect(-half, -half, camera.scale, camera.scale);
    toPage();
    paint(place);
    context.globalAlpha = 1;
  }

  function paint(place) {
    const { look, dim } = lookOf(place);
    context.globalAlpha = dim ? DIM : 1;
    if (camera.scale < CLOSE_PX) return paintAfar(place, look);
    toHall(place.x, place.y, place.turn);
    const size = camera.scale * 0.84;
    const [fill, line] = colors[look];
    context.fillStyle = fill;
    context.strokeStyle = line;
    context.lineWidth = look === 'mine' || look === 'selected' ? 2.5 : 1.25;
    context.setLineDash(look === 'held' ? [3, 2] : []);
    context.beginPath();
    context.roundRect(-size / 2, -size / 2, size, size, size / 5);
    context.fill();
    if (look !== 'sold') context.stroke();
    const mark = MARKS[look];
    if (mark === undefined || camera.scale < MARKS_FROM_PX) return;
    write(mark, colors.mark[look], size * 0.62);
  }

  /** There are most of them when they are small: no turning, and no colour named anew for each. */
  function paintAfar({ x, y }, look) {
    const { scale } = camera;
    const size = Math.max(1, scale * SIZES_AFAR[look]);
    const fill = colors.afar[look];
    if (fill !== lastFill) context.fillStyle = fill;
    lastFill = fill;
    context.fillRect(x * scale + camera.x - size / 2, y * scale + camera.y - size / 2, size, size);
  }

  /** From here on 0, 0 is the corner of the picture. */
  function toPage() {
    const ratio = window.devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    lastFill = null;
  }

  function paintStage() {
    const { left, right, top, bottom } = plan.stage;
    toHall((left + right) / 2, (top + bottom) / 2, 0);
    const [width, height] = [(right - left) * camera.scale, (bottom - top) * camera.scale];
    context.strokeStyle = colors.line;
    context.setLineDash([]);
    context.lineWidth = 1.5;
    context.beginPath();
    context.roundRect(-width / 2, -height / 2, width, height, [0, 0, height, height]);
    context.stroke();
    write(t('stage'), colors.soft, Math.min(16, Math.max(9, height * 0.6)));
  }

  /** With the price where the section is wide enough for it: from afar there are many, side by side. */
  function paintTitle({ name, price, width, x, y }) {
    toHall(x, y, 0);
    const size = Math.min(15, Math.max(10, camera.scale * 0.8));
    const text = `${name} · ${points(price)}`;
    const fits = width * camera.scale > text.length * size * 0.6;
    write(fits ? text : name, colors.ink, size, colors.paper);
  }

  function paintRowName(name, { x, y, turn }) {
    toHall(x - Math.cos(turn), y - Math.sin(turn), 0);
    write(name, colors.soft, Math.min(13, camera.scale * 0.6));
  }

  /** @param around what keeps it readable over seats */
  function write(text, color, size, around = null) {
    context.fillStyle = color;
    context.font = `${size}px system-ui, sans-serif`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    if (around !== null) {
      context.setLineDash([]);
      context.strokeStyle = around;
      context.lineWidth = 4;
      context.lineJoin = 'round';
      context.strokeText(text, 0, 0);
    }
    context.fillText(text, 0, 0);
  }

  return {
    paintAll: () => {
      isWhole = true;
      request();
    },
    touch: (place) => {
      touched.add(place);
      isWhole ||= touched.size > MANY;
      request();
    },
  };
}

/** The page's own colours, light or dark as they are now. */
function colorsOf(canvas) {
  const style = window.getComputedStyle(canvas);
  const color = (name) => style.getPropertyValue(`--${name}`).trim();
  const [free, held, sold, mine, accent] = [color('seat-free-line'), color('seat-held-line'), color('seat-sold-ink'), color('seat-mine'), color('accent')]; // prettier-ignore
  return {
    ink: color('ink'),
    paper: color('paper'),
    soft: color('soft'),
    line: color('line'),
    available: [color('seat-free'), free],
    selected: [accent, color('ink')],
    held: [color('seat-held'), held],
    sold: [color('seat-sold'), sold],
    blocked: [color('paper'), sold],
    mine: [mine, color('ink')],
    mark: { selected: color('on-accent'), held, sold, blocked: sold, mine: color('card') },
    afar: { available: free, selected: color('ink'), held, sold, blocked: sold, mine },
  };
}
