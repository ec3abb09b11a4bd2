import { button, h } from '../js/dom.js';

/** The top of the desk: where one can go, and who one is. */
export function drawBar(root, { staff, pages, links, onSignOut }) {
  const places = pages
    .filter(({ pattern }) => !pattern.includes(':'))
    .map(({ pattern, title }) => link(pattern, title, isUnder(pattern)));
  const others = links.map(({ href, label }) => link(href, label, false));
  root.replaceChildren(
    h('a', { className: 'brand', href: '#/' }, 'frontrow desk'),
    h('nav', { 'aria-label': 'Desk' }, places, others),
    h('div', { className: 'who' }, staff === null ? null : whoever(staff, onSignOut)),
  );
}

const link = (href, label, here) => h('a', { href, 'aria-current': here ? 'page' : null }, label);

/** A page of one thing lies under the page that lists them. */
const isUnder = (pattern) =>
  location.hash === pattern ||
  (/^[/?]/.test(location.hash.slice(pattern.length)) && location.hash.startsWith(pattern));

const whoever = ({ name, role }, onSignOut) => [
  h('span', { className: 'name', title: name }, name),
  h('span', { className: 'role' }, role),
  button('Sign out', () => void onSignOut()),
];
