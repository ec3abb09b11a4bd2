// The page of who works here: roles are given and taken after a question that says what they mean.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { answer, dialog, document, input, json, main, open, pass, press, problem, sees, sent, service, signedIn, staffOf } from './desk.mjs'; // prettier-ignore
import { staffPage } from '../../../public/admin/pages/staff.js';

const EVE = { id: 'u2', email: 'eve@example.com', name: '<b>Eve</b>', role: 'door' };
const posted = () => sent.filter(({ method }) => method === 'POST').map(({ body }) => body);
/** @param {object} user */
const gives = (user) => service.set('POST /api/admin/staff', json(200, { user }));
/** @param {object[]} staff */
const list = (...staff) => service.set('GET /api/admin/staff', json(200, { staff }));

beforeEach(async () => {
  signedIn();
  list(staffOf('operator'), EVE);
  open(staffPage);
  await pass(100);
});

test('everybody is listed, as who they are', () => {
  const rows = [...main.querySelectorAll('tbody tr')].map((each) => each.querySelector('th')?.textContent);
  assert.deepEqual(rows, ['ada@example.com', 'eve@example.com']);
  assert.equal(main.querySelector('tbody b'), null);
  const select = /** @type {any} */ (main.querySelector('select[aria-label="Role of eve@example.com"]'));
  assert.equal(select.value, 'door');
});

test('a role is given once it was confirmed, and what it means was said', async () => {
  input(/^E-mail/).value = ' new@example.com ';
  input(/^Role/).value = 'support';
  gives({ id: 'u3', email: 'new@example.com', name: 'N', role: 'support' });
  await press(/^Give the role$/);
  assert.match(dialog()?.textContent ?? '', /Make new@example\.com support\?.*bookings/);
  assert.deepEqual(posted(), []);
  list(EVE, { ...EVE, id: 'u3', email: 'new@example.com' });
  await answer(/Give the role/);
  assert.deepEqual(posted(), [{ email: 'new@example.com', role: 'support' }]);
  assert.match(document.body.textContent ?? '', /new@example\.com is support\./);
  assert.match(main.querySelector('tbody')?.textContent ?? '', /new@example\.com/);
});

test('rights are taken away as a danger; who does not confirm has changed nothing, and sees the role as it is', async () => {
  const select = /** @type {any} */ (main.querySelector('select[aria-label="Role of eve@example.com"]'));
  select.value = 'user';
  await press(/^Change the role of eve@example\.com$/);
  assert.match(dialog()?.textContent ?? '', /Take all rights from eve@example\.com\?/);
  assert.equal(document.activeElement?.textContent, 'Leave it');
  await answer(/Leave it/);
  assert.deepEqual([posted(), select.value], [[], 'door']);

  select.value = 'user';
  gives({ ...EVE, role: 'user' });
  list(staffOf('operator'));
  await press(/^Change the role of eve@example\.com$/);
  await answer(/Take them away/);
  assert.deepEqual(posted(), [{ email: 'eve@example.com', role: 'user' }]);
  assert.match(document.body.textContent ?? '', /eve@example\.com has no rights here any more/);
  assert.equal(main.querySelectorAll('tbody tr').length, 1);
});

test('one’s own account is said to be one’s own, and the last operator stays', async () => {
  const select = /** @type {any} */ (main.querySelector('select[aria-label="Role of ada@example.com"]'));
  select.value = 'support';
  service.set('POST /api/admin/staff', problem(409, 'LAST_OPERATOR'));
  await press(/^Change the role of ada@example\.com$/);
  assert.match(dialog()?.textContent ?? '', /your own account/);
  await answer(/Give the role/);
  sees(/ LAST_OPERATOR/);
});

test('what is wrong with the e-mail is said beside it; the same role again asks nobody', async () => {
  input(/^E-mail/).value = 'no';
  const errors = [{ path: 'body.email', message: 'Invalid email address' }];
  service.set('POST /api/admin/staff', problem(400, 'INVALID_REQUEST', { errors }));
  await press(/^Give the role$/);
  await answer(/Give the role/);
  sees(/Invalid email address/);
  assert.equal(input(/^E-mail/).getAttribute('aria-invalid'), 'true');
  sent.length = 0;
  await press(/^Change the role of eve@example\.com$/);
  sees(/has this role already/);
  assert.deepEqual([dialog(), posted()], [null, []]);
});
