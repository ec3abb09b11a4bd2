// Signing up and in, and the same session in every tab.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { document, fan, json, main, pass, press, problem, room, sees, seesNot, sent, service, session, WAITING } from './page.mjs'; // prettier-ignore

fan();
service.set('GET /api/concerts', json(200, { concerts: [], nextCursor: null }));
// Read by now, as in a browser that has been there for a second.
await Promise.all(['account', 'concert'].map((name) => import(`../../../public/js/${name}.js`)));
await import('../../../public/app.js');

const KEY = 'frontrow.session';
const OTHER = { id: 'u2', name: 'Other', role: 'user' };

beforeEach(() => {
  fan();
  service.set(
    'GET /api/concerts',
    json(200, { concerts: [{ id: '1', title: 'Concert', description: '' }], nextCursor: null }),
  );
});
afterEach(() => pass(100));

/** What another tab does: it writes, and this one is told. @param {object} changes */
function elsewhere(changes) {
  const stored = JSON.parse(window.localStorage.getItem(KEY) ?? '{}');
  window.localStorage.setItem(KEY, JSON.stringify({ ...stored, ...changes }));
}
const told = async () => {
  window.dispatchEvent(new window.StorageEvent('storage', { key: KEY }));
  await pass(100);
};

/** @param {string} hash */
async function goTo(hash) {
  window.location.hash = hash;
  window.dispatchEvent(new window.HashChangeEvent('hashchange'));
  await pass(100);
}

const input = (/** @type {string} */ name) =>
  /** @type {HTMLInputElement} */ (document.querySelector(`input[name="${name}"]`));

function submit() {
  const form = /** @type {HTMLFormElement} */ (document.querySelector('form'));
  form.dispatchEvent(new window.Event('submit', { cancelable: true }));
  return pass(100);
}

const described = (/** @type {HTMLInputElement} */ field) =>
  (field.getAttribute('aria-describedby') ?? '')
    .split(' ')
    .map((id) => document.getElementById(id))
    .filter((note) => note && !note.hidden)
    .map((note) => note?.textContent)
    .join(' ');

test('what is wrong with a sign-up is said at its field, until it is typed anew', async () => {
  session.signOut();
  await goTo('#/sign-in');
  await press(/Make an account/);
  assert.equal(document.activeElement?.textContent, 'Make an account');
  const errors = [
    { path: 'body.password', message: 'Too small: expected string to have >=8 characters' },
    { path: 'body.email', message: 'Invalid email address' },
  ];
  service.set('POST /api/auth/signup', problem(400, 'INVALID_REQUEST', { errors, detail: 'see errors' }));
  await submit();
  assert.match(described(input('password')), /8 characters at least/);
  assert.match(described(input('email')), /email address, such as/);
  assert.equal(input('password').getAttribute('aria-invalid'), 'true');
  assert.equal(input('name').getAttribute('aria-invalid'), null);
  assert.equal(document.activeElement, input('email'));
  seesNot(/see errors/, /expected string/);
  input('email').dispatchEvent(new window.Event('input'));
  assert.equal(input('email').getAttribute('aria-invalid'), null);
  service.set('POST /api/auth/signup', problem(409, 'EMAIL_TAKEN'));
  await submit();
  assert.equal(input('password').getAttribute('aria-invalid'), null);
  sees(/EMAIL_TAKEN/);
});

test('a fault of no field on the page is told above the form', async () => {
  session.signOut();
  await goTo('#/sign-in');
  const errors = [{ path: 'headers.x', message: 'is odd' }];
  service.set('POST /api/auth/login', problem(400, 'INVALID_REQUEST', { errors }));
  await submit();
  sees(/INVALID_REQUEST/, /is odd/);
});

test('signing in in one tab signs in in all, with the same place', async () => {
  session.signOut();
  room(WAITING);
  await goTo('#/concerts/1');
  sees(/Sign in/);
  elsewhere({ user: OTHER, accessToken: 'c', ownerId: 'u2', queueTokens: { 1: 'place of u2' } });
  await told();
  sees(/Your place/);
  assert.equal(sent.at(-1)?.headers.get('x-queue-token'), 'place of u2');
  assert.match(document.getElementById('bar')?.textContent ?? '', /Other/);
});

test('signing out in one tab signs out in all', async () => {
  room(WAITING);
  await goTo('#/concerts/1');
  sees(/Join|Your place/);
  elsewhere({ user: null, accessToken: null });
  await told();
  assert.equal(session.accessToken, null);
  sees(/Sign in/);
});

test('a token that another tab got anew for the same user does not draw this one anew', async () => {
  room(WAITING);
  await goTo('#/concerts/1');
  const before = main.firstElementChild;
  elsewhere({ accessToken: 'renewed' });
  await told();
  assert.equal(session.accessToken, 'renewed');
  assert.equal(main.firstElementChild, before);
});

test('whoever comes back to a tab sees the balance as other tabs have left it', async () => {
  await goTo('#/');
  service.set('GET /api/points', json(200, { balance: 77 }));
  document.dispatchEvent(new window.Event('visibilitychange'));
  await pass(100);
  assert.match(document.getElementById('bar')?.textContent ?? '', /77 points/);
});

test('places that tabs write at the same time are all kept, and never become those of the next user', async () => {
  session.keepQueueToken('1', 'one');
  elsewhere({ queueTokens: { 1: 'one', 2: 'two' } }); // Not told yet.
  session.keepQueueToken('3', 'three');
  assert.deepEqual(JSON.parse(window.localStorage.getItem(KEY) ?? '').queueTokens, {
    1: 'one',
    2: 'two',
    3: 'three',
  });
  elsewhere({ user: OTHER, accessToken: 'c', ownerId: 'u2', queueTokens: {} });
  session.keepQueueToken('4', "the first user's");
  assert.deepEqual(JSON.parse(window.localStorage.getItem(KEY) ?? '').queueTokens, {});
  session.signOut({ title: 'Their token has ended' });
  assert.equal(session.user?.id, 'u2');
});

test('signing out goes on at the content, and signing in at the heading of what comes', async () => {
  await goTo('#/');
  service.set('POST /api/auth/logout', () => new Response(null, { status: 204 }));
  await press(/Sign out/);
  assert.equal(document.activeElement, main);
  await goTo('#/sign-in');
  service.set('POST /api/auth/login', json(200, { user: OTHER, accessToken: 'd' }));
  input('password').focus();
  await submit();
  assert.equal(document.activeElement?.textContent, 'Concerts');
});
