import { send } from './api.js';
import { button, h } from './dom.js';
import { points } from './format.js';
import { attempt, keepTrying } from './problem.js';
import { session } from './session.js';
import { balance } from './wallet.js';

let drawn = new AbortController();

/** The top of the page: where one can go, and who one is. */
export function drawBar(root) {
  const { user } = session;
  drawn.abort();
  drawn = new AbortController();
  const links = [link('#/', 'Concerts')];
  if (user !== null) links.push(link('#/mine', 'My things'));
  if (['operator', 'support', 'door'].includes(user?.role)) links.push(link('/admin', 'Desk'));
  root.replaceChildren(
    h('a', { className: 'brand', href: '#/' }, 'frontrow'),
    h('nav', { 'aria-label': 'Main' }, links),
    h('div', { className: 'who' }, user === null ? link('#/sign-in', 'Sign in') : whoever(user)),
  );
}

function link(href, label) {
  const here = (location.hash || '#/') === href;
  return h('a', { href, 'aria-current': here ? 'page' : null }, label);
}

function whoever(user) {
  const purse = h('a', { href: '#/mine', className: 'purse', title: 'Your balance' });
  balance.watch((value) => {
    purse.textContent = value === null ? '' : points(value);
  }, drawn.signal);
  void keepTrying(UNSEEN, drawn.signal, () => balance.refresh());
  return [purse, h('span', { className: 'name' }, user.name), signOutButton()];
}

/** The bar is no place for problems: the view below has the same ones to tell. */
const UNSEEN = { show: () => undefined, clear: () => undefined };

function signOutButton() {
  const leave = button('Sign out', () => void attempt(UNSEEN, leave, signOut));
  return leave;
}

async function signOut() {
  // Signed out here even when the service cannot be told: the token ends by itself before long.
  await send('POST', '/api/auth/logout').catch(() => undefined);
  session.signOut();
  location.hash = '#/';
}
