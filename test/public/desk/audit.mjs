// The page of who did what: filters in the address, differences to read, page by page.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { document, input, json, main, open, pass, press, problem, sees, seesNot, sent, service, signedIn } from './desk.mjs'; // prettier-ignore
import { difference } from '../../../public/admin/audit/difference.js';
import { auditPage } from '../../../public/admin/pages/audit.js';

const window = globalThis.window;
const ADA = { id: 'u9', email: 'ada@example.com', name: 'Ada' };
/** @param {number} id @param {object} [changes] */
const entry = (id, changes = {}) => ({
  id: String(id),
  at: '2030-01-01T12:00:00.000Z',
  who: ADA,
  action: 'queue.change',
  subject: 'concert:7',
  before: { paused: false },
  after: { paused: true },
  requestId: 'r-1',
  ...changes,
});
/** @param {object[]} entries */
const page = (entries, nextCursor = /** @type {string | null} */ (null)) =>
  service.set('GET /api/admin/audit', json(200, { entries, nextCursor }));
const asked = () =>
  sent.filter(({ path }) => path === '/api/admin/audit').map(({ query }) => Object.fromEntries(query));
/** @param {string} hash */
async function at(hash) {
  window.location.hash = hash;
  const close = open(auditPage);
  await pass(100);
  return close;
}

beforeEach(async () => {
  signedIn();
  window.location.hash = '#/audit';
  await pass(10);
});

test('an act is told in words, with what was and what is', async () => {
  page([
    entry(2),
    entry(1, { who: null, action: 'strange.act', before: null, after: null, requestId: null }),
  ]);
  await at('#/audit');
  sees(/ada@example\.com changed a waiting room: concert:7 \(open\)paused ?false → true ?Request r-1/);
  sees(/The service itself strange\.act/);
  assert.equal(document.querySelector('.difference del')?.textContent, 'false');
  assert.equal(document.querySelector('.difference ins')?.textContent, 'true');
  assert.deepEqual(asked(), [{ limit: '50' }]);
  const hrefs = [...main.querySelectorAll('.entries a')].map((each) => each.getAttribute('href'));
  assert.ok(hrefs.includes('#/audit?subject=concert%3A7'), String(hrefs));
  assert.ok(hrefs.includes('#/concerts/7'), String(hrefs));
});

test('what somebody named so is never markup', async () => {
  const evil = '<img src=x onerror=alert(1)>';
  page([entry(1, { after: { title: evil }, subject: `concert:${evil}`, action: evil })]);
  await at('#/audit');
  assert.equal(main.querySelector('img'), null);
  sees(/<img src=x/);
});

test('the filter stands in the address, is asked for to the letter, and comes from the form', async () => {
  page([]);
  const close = await at('#/audit?subject=schedule%3A1%25&who=Ada%40example.com&strange=1');
  assert.deepEqual(asked(), [{ subject: 'schedule:1%', who: 'Ada@example.com', limit: '50' }]);
  sees(/Nothing was written down/);
  assert.equal(input(/What it was done to/).value, 'schedule:1%');
  input(/What it was done to/).value = ' schedule:2 ';
  input(/^Who/).value = '';
  input(/From/).value = '2030-01-01T10:00';
  await press(/^Show$/);
  const wanted = new URLSearchParams(window.location.hash.split('?')[1]);
  assert.equal(wanted.get('subject'), 'schedule:2');
  assert.equal(wanted.get('who'), null);
  assert.equal(wanted.get('from'), new Date('2030-01-01T10:00').toISOString());
  close();
});

test('the same asked once more is asked anew', async () => {
  page([]);
  const close = await at('#/audit?who=service');
  let changed = 0;
  window.addEventListener('hashchange', () => (changed += 1));
  await press(/^Show$/);
  assert.equal(changed, 1);
  close();
});

test('older acts come with a press, the focus at where reading goes on, and no button when there are none', async () => {
  page([entry(3), entry(2)], '2');
  await at('#/audit');
  page([entry(1, { subject: 'concert:1' })]);
  await press(/^Load more$/);
  assert.deepEqual(asked().at(-1), { limit: '50', cursor: '2' });
  assert.equal(main.querySelectorAll('.entries > li').length, 3);
  assert.match(document.activeElement?.textContent ?? '', /concert:1/);
  seesNot(/no Load more/);
  assert.equal(
    [...main.querySelectorAll('button')].find((each) => each.textContent === 'Load more')?.hidden,
    true,
  );
});

test('a page that cannot be had is told, and the press may be repeated', async () => {
  page([entry(3)], '3');
  await at('#/audit');
  service.set('GET /api/admin/audit', problem(503, 'UNAVAILABLE'));
  await press(/^Load more$/);
  sees(/ UNAVAILABLE/);
  page([entry(2)]);
  await press(/^Load more$/);
  assert.equal(main.querySelectorAll('.entries > li').length, 2);
});

test('the table is asked for with the filter and the sign-in, and saved', async () => {
  page([]);
  service.set('GET /api/admin/audit.csv', () => new Response('id\r\n'));
  await at('#/audit?action=queue.change');
  /** @type {string[]} */
  const saved = [];
  document.addEventListener('click', (event) => {
    const { target } = event;
    if (!(target instanceof window.HTMLAnchorElement) || target.download === '') return;
    event.preventDefault();
    saved.push(target.download, target.protocol);
  });
  await press(/^Save as CSV$/);
  await pass(100);
  assert.deepEqual(saved, ['audit.csv', 'blob:']);
  const request = sent.find(({ path }) => path === '/api/admin/audit.csv');
  assert.deepEqual(Object.fromEntries(request?.query ?? []), { action: 'queue.change' });
  assert.equal(request?.headers.get('authorization'), 'Bearer a');
});

test('a difference names the parts of parts, and tells once what is the same', () => {
  /** @param {unknown} before @param {unknown} after */
  const rows = (before, after) =>
    [...(difference(before, after)?.querySelectorAll('div') ?? [])].map((each) => each.textContent);
  assert.deepEqual(rows(null, { a: 1, queue: { paused: true, message: null }, list: [1, 2], none: [] }), [
    'a1',
    'queue.pausedtrue',
    'queue.messagenothing',
    'list1, 2',
    'nonenone',
  ]);
  assert.deepEqual(
    rows({ email: 'a', role: 'user', message: '' }, { email: 'a', role: 'door', message: 'x' }),
    ['emaila', 'roleuser → door', 'message(empty) → x'],
  );
  assert.deepEqual(rows({ gone: 1 }, null), ['gone1']);
  assert.equal(difference(null, null), null);
  assert.deepEqual(rows('text', ['x', { y: 1 }]), ['valuetext → x, {"y":1}']);
});
