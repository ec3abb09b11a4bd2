import { accountView } from './js/account.js';
import { concertView } from './js/concert.js';
import { concertsView } from './js/concerts.js';
import { change, createStage } from './js/dom.js';
import { drawBar } from './js/bar.js';
import { mineView } from './js/mine.js';
import { session } from './js/session.js';
import { balance } from './js/wallet.js';

const main = document.getElementById('main');
const bar = document.getElementById('bar');
const show = createStage(main);

/** The address decides what is shown: reloading or sharing it shows the same. */
const ROUTES = [
  { pattern: /^#\/concerts\/([^/]+)$/, view: concertView, needs: 'user' },
  { pattern: /^#\/mine$/, view: mineView, needs: 'user' },
  { pattern: /^#\/sign-in$/, view: accountView, needs: 'nobody' },
];

let drawnFor = null;

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

window.addEventListener('hashchange', () => {
  if (location.hash === '#main') return; // "Skip to the content" goes nowhere else.
  draw();
  main.focus({ preventScroll: true });
  window.scrollTo(0, 0);
});
session.onChange(draw);
// Points may have been charged or spent in another tab.
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && session.user !== null) balance.refresh().catch(() => undefined); // The next look may work.
});
draw();
