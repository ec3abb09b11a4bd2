/** What the views after the first one need, from here on. A test holds the list to what they import. */
const STYLES = ['concert.css', 'seats.css', 'best-seats.css'];
const MODULES = [
  'js/concert.js',
  'js/join.js',
  'js/holds.js',
  'js/confirm.js',
  'js/checkout.js',
  'js/tickets.js',
  'js/zones.js',
  'js/presale.js',
  'js/waiting-room.js',
  'js/event-stream.js',
  'js/waitlist.js',
  'js/under-way.js',
  'js/room.js',
  'js/inside.js',
  'js/best-seats.js',
  'js/seat-feed.js',
  'js/choice.js',
  'js/seat-map.js',
  'js/hall/hall.js',
  'js/standing-block.js',
  'js/hall/camera.js',
  'js/hall/gestures.js',
  'js/hall/picture.js',
  'js/hall/plan.js',
  'js/hall/row-choice.js',
  'js/hall/seat-buttons.js',
  'js/hall/sections.js',
  'js/hall/price-filter.js',
  'js/seat-legend.js',
  'js/leaving.js',
  'js/waiting-card.js',
  'js/draw-proof.js',
  'js/stock.js',
  'js/turn-signals.js',
  'js/mine.js',
  'js/account.js',
];

let styled = null;

/**
 * Fetches what comes next all at once, since on a slow line each step from one module to those that it imports is a round
 * trip. @returns once the styles are there: nothing is to be drawn without them
 */
export function fetchLater() {
  styled ??= Promise.all(STYLES.map((file) => add({ rel: 'stylesheet', href: addressOf(file) })));
  for (const file of MODULES.splice(0)) void add({ rel: 'modulepreload', href: addressOf(file) });
  return styled;
}

/** Beside this very module, whose address may name the build. */
const addressOf = (file) => new URL(`../${file}`, import.meta.url).pathname;

function add(props) {
  return new Promise((resolve) => {
    const link = Object.assign(document.createElement('link'), props);
    link.addEventListener('load', resolve);
    link.addEventListener('error', resolve); // Who needs it asks again, and says so where it does not come.
    document.head.append(link);
  });
}
