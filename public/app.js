import { change, createStage } from './js/dom.js';
import { concertsView } from './js/concerts.js';
import { drawBar } from './js/bar.js';
import { onLanguage, startLanguage, t } from './js/language.js';
import { fetchLater } from './js/later.js';
import { problemBox } from './js/problem.js';
import { session } from './js/session.js';
import { balance } from './js/wallet.js';

// The first view has the line for itself until then.
const AFTER_FIRST_VIEW_MS = 1000;
const main = document.getElementById('main');
const bar = document.getElementById('bar');
const show = createStage(main);

/** What the first view does without comes behind it. */
const concertView = later(async () => (await import('./js/concert.js')).concertView);
const mineView = later(async () => (await import('./js/mine.js')).mineView);
const accountView = later(async () => (await import('./js/account.js')).accountView);

/** The address decides what is shown: reloading or sharing it shows the same. */
const ROUTES = [
  { pattern: /^#\/concerts\/([^/]+)$/, view: concertView, needs: 'user' },
  { pattern: /^#\/mine$/, view: mineView, needs: 'user' },
  { pattern: /^#\/sign-in$/, view: accountView, needs: 'nobody' },
];

let drawnFor = null;

function later(load) {
  return async (root, props, signal) => {
    try {
      const [view] = await Promise.all([load(), fetchLater()]);
      if (!signal.aborted) change(root, () => view(root, props, signal));
    } catch (error) {
      if (!signal.aborted) root.replaceChildren(problemBox(error));
    }
  };
}

function draw() {
  // Somebody else's balance must not be seen, not even for the moment until theirs is known.
  if (session.user?.id !== drawnFor) balance.set(null);
  drawnFor = session.user?.id;
  route();
  change(
    bar,
    () => drawBar(bar),
    () => main,
  );
}

function route() {
  for (const { pattern, view, needs } of ROUTES) {
    const match = pattern.exec(location.hash);
    if (match === null) continue;
    if (needs === 'nobody' && session.user !== null) {
      history.replaceState(null, '', '#/'); // Signed in: there is nothing more to do here.
      break;
    }
    if (needs === 'user' && session.user === null) return show(accountView, {});
    return show(view, { id: decodeURIComponent(match[1] ?? '') });
  }
  show(concertsView, {});
}

/** What stands in the page itself, in the language that is spoken. */
function nameParts() {
  for (const part of document.querySelectorAll('[data-text]')) part.textContent = t(part.dataset.text);
}

function drawAnew() {
  nameParts();
  draw();
}

window.addEventListener('hashchange', () => {
  if (location.hash === '#main') return; // "Skip to the content" goes nowhere else.
  draw();
  main.focus({ preventScroll: true });
  window.scrollTo(0, 0);
});
session.onChange(draw);
onLanguage(drawAnew);
// Points may have been charged or spent in another tab.
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && session.user !== null) balance.refresh().catch(() => undefined); // The next look may work.
});
await startLanguage();
drawAnew();
window.setTimeout(() => void fetchLater(), AFTER_FIRST_VIEW_MS);
