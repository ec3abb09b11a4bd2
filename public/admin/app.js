import { ask } from '../js/api.js';
import { change, createStage, every, h } from '../js/dom.js';
import { problemBox } from '../js/problem.js';
import { session } from '../js/session.js';
import { drawBar } from './bar.js';
import { dismissDialogs } from './confirm.js';
import { clearEffect } from './effect.js';
import { LINKS, PAGES } from './pages.js';
import { pageAt } from './routes.js';
import { watchService } from './service-line.js';
import { signInView, strangerView } from './sign-in.js';

const ROLES = ['operator', 'support', 'door'];
const ROLE_CHECK_MS = 60_000;

const main = document.getElementById('main');
const bar = document.getElementById('bar');
const show = createStage(main);
/** As it is now: a role may be given or taken while somebody is signed in. */
let staff = session.user;

/** Draws whatever the address and whoever is signed in ask for. */
function draw() {
  dismissDialogs();
  clearEffect();
  const pages = PAGES.filter(({ roles }) => roles.includes(staff?.role));
  const links = LINKS.filter(({ roles }) => roles.includes(staff?.role));
  change(
    bar,
    () => drawBar(bar, { staff, pages, links, onSignOut: signOut }),
    () => main,
  );
  if (staff === null) return present('Sign in', signInView);
  if (!ROLES.includes(staff.role)) return present('No access', strangerView, { staff, onSignOut: signOut });
  if (['', '#', '#/'].includes(location.hash) && pages.length > 0) {
    history.replaceState(null, '', pages[0].pattern);
    return draw();
  }
  const found = pageAt(pages, location.hash);
  if (found === null)
    return present('No such page', noPage, { known: pageAt(PAGES, location.hash) !== null });
  present(found.page.title, found.page.page, { params: found.params, staff });
}

function present(title, view, props = {}) {
  const name = (text) => {
    document.title = `${text} – frontrow desk`;
  };
  name(title);
  show((root, given, signal) => {
    // One page that cannot be drawn must not take the desk with it.
    const told = (error) => {
      if (!signal.aborted) root.append(problemBox(error));
    };
    const named = (text) => {
      if (!signal.aborted) name(text);
    };
    void (async () => view(root, { ...given, signal, name: named }))().catch(told);
  }, props);
}

function noPage(root, { known }) {
  root.append(h('h1', {}, known ? 'Not for your role' : 'No such page'), h('p', {}, 'Choose one above.'));
}

async function signOut() {
  // Signed out here even when the service cannot be told: the token ends by itself before long.
  await ask('POST', '/api/auth/logout').catch(() => undefined);
  session.signOut();
  history.replaceState(null, '', '#/');
}

async function lookAtRole() {
  const before = staff;
  if (before === null) return;
  // A service that is away is told of in its own line, and a token that has ended signs out by itself.
  const answer = await ask('GET', '/api/users/me').catch(() => null);
  if (answer === null || staff !== before || answer.user.role === before.role) return;
  staff = answer.user;
  draw();
}

window.addEventListener('hashchange', () => {
  if (location.hash === '#main') return; // "Skip to the content" goes nowhere else.
  draw();
  main.focus({ preventScroll: true });
  window.scrollTo(0, 0);
});
session.onChange(() => {
  staff = session.user;
  draw();
  void lookAtRole();
});
watchService(document.getElementById('service'));
every(ROLE_CHECK_MS, () => void lookAtRole(), new AbortController().signal);
draw();
void lookAtRole();
