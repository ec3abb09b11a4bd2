// What steers a room, and when it opens.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { document, fan, json, pass, press, sees, seesNot, sent, service, show } from './page.mjs';
// After page.mjs, which makes the window.
import { openingPanel } from '../../../public/js/operator-opening.js';
import { roomPanel } from '../../../public/js/operator-room.js';

/** @param {HTMLElement} root @param {object} _props @param {AbortSignal} signal */
const roomView = (root, _props, signal) => root.append(roomPanel('1', signal), openingPanel('1', signal));

const POLICY = { maxActive: 10, admitPerInterval: 5, admitIntervalMs: 1000, activeTtlSeconds: 420, abandonAfterSeconds: 60, paused: false, opensAt: null, order: 'arrival', message: null, admitBeyondStock: true }; // prettier-ignore
const STATS = { waiting: 1, active: 2, admittedTotal: 3, abandonedTotal: 4, expiredTotal: 5, admittedPerSecond: 6, oldestWaitSeconds: 7 }; // prettier-ignore
const QUEUE = '/api/admin/concerts/1/queue';

let policy = { ...POLICY };
let leave = () => undefined;
beforeEach(async () => {
  fan();
  policy = { ...POLICY };
  service.set(`GET ${QUEUE}`, () => json(200, { policy, ...STATS })());
  service.set(`PATCH ${QUEUE}`, ({ body }) => {
    policy = { ...policy, ...body };
    return json(200, { policy })();
  });
  leave = show(roomView, {});
  await pass(100);
});
afterEach(async () => {
  leave();
  await pass(100);
});

/** @param {RegExp} label @returns {any} */
function input(label) {
  const found = [...document.querySelectorAll('label')].find((each) => label.test(each.textContent ?? ''));
  assert.ok(found, `no label ${label}`);
  return found.querySelector('input, select') ?? document.getElementById(found.htmlFor);
}
const changes = () => sent.filter(({ method }) => method !== 'GET').map(({ path, body }) => ({ path, body }));

test('whether more are admitted than there are free seats is a tick, sent with the numbers', async () => {
  const box = input(/Admit more than there are free seats/);
  assert.equal(box.checked, true);
  box.checked = false;
  await press(/Change the policy/);
  assert.deepEqual(changes(), [
    {
      path: QUEUE,
      body: { maxActive: 10, admitPerInterval: 5, admitIntervalMs: 1000, activeTtlSeconds: 420, abandonAfterSeconds: 60, admitBeyondStock: false }, // prettier-ignore
    },
  ]);
  sees(/In force\./);
  assert.equal(box.checked, false);
});

test('the opening: its moment, its order, a message; the value of a draw once there is one', async () => {
  const beacon = input(/Source of a public value/).closest('form');
  assert.ok(beacon?.hidden, 'no draw, and a form for its value');
  input(/Opens at/).value = '2030-01-02T20:00';
  input(/^Order/).value = 'draw';
  input(/Message to everybody/).value = ' Doors at 8 ';
  await press(/Change the opening/);
  const opensAt = new Date('2030-01-02T20:00').toISOString();
  assert.deepEqual(changes(), [{ path: QUEUE, body: { opensAt, order: 'draw', message: 'Doors at 8' } }]);
  sees(/Opens at Jan 2, 2030/);

  // What nobody has touched is not sent: the input would cut the seconds off.
  sent.length = 0;
  input(/Message to everybody/).value = '';
  await press(/Change the opening/);
  assert.deepEqual(changes(), [{ path: QUEUE, body: { order: 'draw', message: null } }]);

  sent.length = 0;
  assert.equal(beacon.hidden, false);
  service.set('POST /api/admin/concerts/1/draw/beacon', json(200, {}));
  input(/Source of a public value/).value = 'a lottery';
  await press(/Put it into the draw/);
  input(/The value/).value = '4711';
  await press(/Put it into the draw/);
  assert.deepEqual(
    changes().map(({ body }) => body),
    [{ source: 'a lottery' }, { source: 'a lottery', value: '4711' }],
  );
  sees(/The draw can be made/);
  seesNot(/waits for its value/);
});
