// A presale: the code before joining, the code while waiting without one, and what operators make.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { asked, atConcert, document, fan, json, pass, press, problem, room, sees, seesNot, sent, service, session, show, WAITING } from './page.mjs'; // prettier-ignore
// After page.mjs, which makes the window.
const { presalePanel } = await import('../../../public/js/operator-presales.js');

const JOIN = 'POST /api/users/queue';
const inMinutes = (/** @type {number} */ minutes) => new Date(Date.now() + minutes * 60_000).toISOString();
const PRESALE = () => ({ name: 'Fan club', endsAt: inMinutes(5) });

let leave = () => undefined;
beforeEach(() => fan());
afterEach(async () => {
  leave();
  await pass(100);
});

/** @param {string} name @param {string} value */
function type(name, value) {
  const input = /** @type {HTMLInputElement} */ (document.querySelector(`[name="${name}"]`));
  input.value = value;
}

test('it asks for the code before joining, says until when, and tells what is wrong with one', async () => {
  room({});
  const states = service.get(JOIN);
  service.set('GET /api/users/queue', problem(404, 'NOT_QUEUED'));
  service.set(JOIN, problem(403, 'ACCESS_CODE_REQUIRED', { presale: PRESALE() }));
  leave = atConcert();
  await pass(100);
  seesNot(/Fan club/);
  await press(/Join the waiting room/);
  sees(/“Fan club” is on until .*, for about 5 minutes: who has a code of it is let in first/);
  assert.equal(document.activeElement?.getAttribute('name'), 'accessCode');
  service.set(JOIN, problem(403, 'ACCESS_CODE_INVALID'));
  type('accessCode', 'WRONG');
  await press(/Join with this code/);
  sees(/ACCESS_CODE_INVALID/);
  if (states !== undefined) service.set(JOIN, states);
  type('accessCode', 'abcd 2345');
  await press(/Join with this code/);
  await pass(100);
  sees(/Your place/, /2 before you/);
  assert.deepEqual(sent.filter(({ method }) => method === 'POST').map(({ body }) => body.accessCode), [undefined, 'WRONG', 'abcd 2345']); // prettier-ignore
});

test('whoever waits without a code reads why there is no number, and moves in front with one', async () => {
  session.keepQueueToken('1', 'place');
  const place = room({ phase: 'BEFORE_OPENING', opensAt: inMinutes(10), position: null, drawPseudonym: null, presale: null }); // prettier-ignore
  leave = atConcert();
  await pass(100);
  sees(/A presale comes before the opening: your number is known after it\. Booking opens at/);
  seesNot(/Join with this code/);
  place.tell({ presale: PRESALE() });
  await pass(100);
  sees(/“Fan club” is on until .* You are let in after that\. Booking opens at/);
  seesNot(/list of the draw/);
  service.set(JOIN, json(201, { ...WAITING, position: 7, phase: 'OPEN', presale: PRESALE() }));
  type('accessCode', 'ABCD');
  await press(/Join with this code/);
  await pass(100);
  sees(/6 before you/);
  seesNot(/Join with this code/);
  assert.equal(asked(JOIN), 1);
});

test('operators make one, and save its codes while they are there', async () => {
  const path = '/api/admin/concerts/1/presales';
  const presale = { id: '4', name: 'P', startsAt: inMinutes(0), endsAt: inMinutes(9), count: 2, claimed: 0 };
  service.set(`GET ${path}`, json(200, { presales: [presale] }));
  service.set(`POST ${path}`, json(201, { presale, codes: ['AAAA', 'BBBB'] }));
  leave = show((/** @type {HTMLElement} */ root, /** @type {{}} */ _props, /** @type {AbortSignal} */ signal) => {
    root.append(presalePanel('1', signal));
  }, {}); // prettier-ignore
  await pass(100);
  sees(/P: .* to .*, 0 of 2 codes used/);
  const lines = /** @type {HTMLTextAreaElement} */ (document.querySelector('textarea'));
  lines.value = ' one-code \n\nanother\n';
  type('name', 'P');
  document.querySelector('form')?.requestSubmit();
  await pass(100);
  sees(/Save its codes now: nobody can read them again/, /Save the 2 codes of “P”/);
  const [made] = sent.filter(({ method }) => method === 'POST');
  assert.deepEqual(made?.body.codes, { list: ['one-code', 'another'] });
  assert.equal('seatLimit' in made?.body || 'scheduleIds' in made?.body, false);
  /** @type {Blob[]} */
  const files = [];
  URL.createObjectURL = (file) => `blob:${files.push(/** @type {Blob} */ (file))}`;
  await press(/Save the 2 codes/);
  assert.equal(await files[0]?.text(), 'AAAA\nBBBB\n');
});
