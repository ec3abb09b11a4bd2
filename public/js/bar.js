import { send } from './api.js';
import { button, h } from './dom.js';
import { points } from './format.js';
import { LANGUAGES, language, setLanguage, t } from './language.js';
import { attempt, keepTrying } from './problem.js';
import { session } from './session.js';
import { balance } from './wallet.js';

let drawn = new AbortController();

/** The top of the page: where one can go, and who one is. */
export function drawBar(root) {
  const { user } = session;
  drawn.abort();
  drawn = new AbortController();
  const links = [link('#/', t('bar.concerts'))];
  if (user !== null) links.push(link('#/mine', t('mine.title')));
  if (['operator', 'support', 'door'].includes(user?.role)) links.push(link('/admin', t('bar.desk')));
  root.replaceChildren(
    h('a', { className: 'brand', href: '#/' }, t('brand')),
    h('nav', { 'aria-label': t('bar.main') }, links),
    h(
      'div',
      { className: 'who' },
      languageChoice(),
      user === null ? link('#/sign-in', t('account.signIn')) : whoever(user),
    ),
  );
}

function link(href, label) {
  const here = (location.hash || '#/') === href;
  return h('a', { href, 'aria-current': here ? 'page' : null }, label);
}

function whoever(user) {
  const purse = h('a', { href: '#/mine', className: 'purse', title: t('bar.balance') });
  balance.watch((value) => {
    purse.textContent = value === null ? '' : points(value);
  }, drawn.signal);
  void keepTrying(UNSEEN, drawn.signal, () => balance.refresh());
  return [purse, h('span', { className: 'name' }, user.name), signOutButton()];
}

function languageChoice() {
  const options = Object.entries(LANGUAGES).map(([tag, name]) =>
    h('option', { value: tag, lang: tag, selected: tag === language() }, name),
  );
  const choice = h('select', { 'aria-label': t('bar.language') }, options);
  choice.addEventListener('change', () => void attempt(UNSEEN, choice, () => setLanguage(choice.value)));
  return choice;
}

/** The bar is no place for problems: the view below has the same ones to tell. */
const UNSEEN = { show: () => undefined, clear: () => undefined };

function signOutButton() {
  const leave = button(t('bar.signOut'), () => void attempt(UNSEEN, leave, signOut));
  return leave;
}

async function signOut() {
  // Signed out here even when the service cannot be told: the token ends by itself before long.
  await send('POST', '/api/auth/logout').catch(() => undefined);
  session.signOut();
  location.hash = '#/';
}
