// What all pages of the desk share: who may see which, what is asked before an act, a service that is away.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { answer, broken, control, dialog, document, input, json, main, pass, press, problem, sees, seesNot, sent, service, session, signedIn, staffOf } from './desk.mjs'; // prettier-ignore
import { PAGES } from '../../../public/admin/pages.js';

const window = globalThis.window;
const told = Object.assign(document.createElement('div'), { id: 'service' });
main.before(told);

/** @param {string} text @returns {any} */
const page =
  (text) =>
  async (/** @type {HTMLElement} */ root, /** @type {any} */ { params, name }) => {
    root.append(Object.assign(document.createElement('h1'), { textContent: `${text} ${params.id ?? ''}` }));
    if (params.id !== undefined) name(`${text} of ${params.id}`);
  };
PAGES.splice(
  0,
  PAGES.length,
  { pattern: '#/concerts', title: 'Concerts', roles: ['operator'], page: page('All') },
  { pattern: '#/concerts/:id', title: 'A concert', roles: ['operator'], page: page('One') },
  { pattern: '#/door', title: 'Door', roles: ['operator', 'support', 'door'], page: page('Tickets') },
  {
    pattern: '#/broken',
    title: 'Broken',
    roles: ['support'],
    page: async () => {
      throw new Error('on purpose');
    },
  },
);
signedIn();
session.signOut();
await import('../../../public/admin/app.js');
const { confirmAct } = await import('../../../public/admin/confirm.js');
const { tellEffect } = await import('../../../public/admin/effect.js');

const links = () => [...document.querySelectorAll('#bar nav a')].map((each) => each.textContent);
/** @param {string} hash */
async function go(hash) {
  window.location.hash = hash;
  await pass(100);
}

beforeEach(async () => {
  signedIn();
  session.signOut();
  await go('#/');
});

test('nobody is signed in: the desk asks, and opens where it was asked for', async () => {
  await go('#/concerts/7%2F8');
  sees(/operators' desk/);
  assert.equal(document.title, 'Sign in – frontrow desk');
  assert.deepEqual(links(), []);
  service.set('POST /api/auth/login', problem(401, 'BAD_CREDENTIALS'));
  input(/Email/).value = 'ada@example.com';
  await press(/^Sign in$/);
  sees(/ BAD_CREDENTIALS/);
  service.set('POST /api/auth/login', json(200, { user: staffOf('operator'), accessToken: 'b' }));
  await press(/^Sign in$/);
  sees(/One 7\/8/);
  assert.equal(document.title, 'One of 7/8 – frontrow desk');
  assert.deepEqual(links(), ['Concerts', 'Door', 'Queues']);
  assert.equal(document.querySelector('#bar [aria-current]')?.textContent, 'Concerts');
  assert.match(document.getElementById('bar')?.textContent ?? '', /Ada.*operator/);
});

test('door staff sees the door alone, whatever the address says', async () => {
  signedIn('door');
  await go('#/');
  sees(/Tickets/);
  assert.deepEqual(links(), ['Door']);
  await go('#/concerts');
  sees(/Not for your role/);
  seesNot(/All/);
});

test('a fan is told that this is no account of the desk, and comes in once it is', async () => {
  signedIn('user');
  await pass(100);
  sees(/neither operator nor support nor door staff/);
  assert.deepEqual(links(), []);
  service.set('GET /api/users/me', json(200, { user: staffOf('door') }));
  await pass(60_000);
  sees(/Tickets/);
});

test('a role that was taken shuts its pages, though the sign-in still says otherwise', async () => {
  signedIn('operator');
  service.set('GET /api/users/me', json(200, { user: staffOf('door') }));
  await go('#/concerts');
  await pass(60_000);
  assert.deepEqual(links(), ['Door']);
  sees(/Not for your role/);
});

test('the focus goes to the content with each page, and a page that fails says so alone', async () => {
  signedIn('support');
  await go('#/door');
  assert.equal(document.activeElement, main);
  const { error } = console;
  console.error = () => undefined;
  await go('#/broken');
  console.error = error;
  sees(/Something went wrong on this page/);
  await go('#/door');
  sees(/Tickets/);
});

test('signing out is told to the service, and done without it', async () => {
  signedIn();
  await go('#/door');
  service.set('POST /api/auth/logout', broken);
  await press(/^Sign out$/);
  sees(/operators' desk/);
  assert.equal(session.user, null);
});

test('a service that is away: what is wrong and since when; and that it is back', async () => {
  service.set('GET /readyz', broken);
  await pass(6000);
  const first = told.textContent;
  assert.match(first ?? '', /does not answer, since \d\d:\d\d:\d\d\. What is shown may be old/);
  await pass(20_000);
  assert.equal(told.textContent, first, 'the moment does not move');
  service.set('GET /readyz', problem(503, 'UNAVAILABLE', { parts: { database: 'away', redis: 'ok' } }));
  await pass(6000);
  assert.match(told.textContent ?? '', /cannot reach its database, since/);
  service.set('GET /readyz', json(200, {}));
  await pass(6000);
  assert.match(told.textContent ?? '', /answers again/);
  await pass(30_000);
  assert.equal(told.textContent, '');
});

test('what is asked: done by its button alone; Escape and the other one leave it; the focus returns', async () => {
  signedIn();
  await go('#/door');
  const opener = control(/^Sign out$/);
  opener.focus();
  const asked = () =>
    confirmAct({ title: 'Sure?', text: ['It ends.', 'For all.'], act: 'End it', danger: true });
  let given = asked();
  assert.match(dialog()?.textContent ?? '', /Sure\?It ends\.For all\./);
  assert.equal(document.activeElement?.textContent, 'Leave it', 'danger is not a slip of Enter away');
  await answer(/Leave it/);
  assert.equal(await given, false);
  assert.equal(document.activeElement, opener);
  assert.equal(dialog(), null);

  given = asked();
  dialog()?.dispatchEvent(new window.KeyboardEvent('keydown', { key: 'Escape' }));
  assert.equal(await given, false);

  given = asked();
  await go('#/concerts');
  assert.equal(await given, false, 'the page is left with the question open');

  given = asked();
  await answer(/End it/);
  assert.equal(await given, true);
});

test('what must be typed is typed', async () => {
  const given = confirmAct({
    title: 'Sure?',
    text: 'It ends.',
    act: 'End it',
    danger: true,
    typed: 'My <b>Show',
  });
  await answer(/End it/);
  assert.match(dialog()?.textContent ?? '', /not what has to be typed/);
  input(/Type “My <b>Show”/).value = ' My <b>Show ';
  await answer(/End it/);
  assert.equal(await given, true);
});

test('an effect is told until the next page', async () => {
  tellEffect('Stopped.', 'Nobody can book.');
  assert.match(document.body.textContent ?? '', /Stopped\. Nobody can book\./);
  await go('#/door');
  assert.doesNotMatch(document.body.textContent ?? '', /Stopped\./);
  assert.ok(sent.length > 0);
});
