import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { migrate } from '../../src/models/migrate';
import { makeTemplate } from '../support/database';
import { type Fan, tally } from '../support/fan';
import { send } from '../support/http';
import { proxied, type Proxy } from '../support/proxy';
import { Shoppers } from '../support/shoppers';
import { type House, Stack } from '../support/stack';
import { stopwatch } from '../support/stopwatch';
import { until, untilIs } from '../support/until';
import { Buyers } from './buyers';
import { type PostgresPair, startPostgresPair } from './postgres-pair';

const SEATS = 2000;
const SHARED_SEATS = 100;
// From the moment that the address leads to a primary again.
const SELLS_WITHIN_MS = 15_000;

let pair: PostgresPair;
let proxy: Proxy;
let stack: Stack;
let house: House;
let fans: Fan[];
let shoppers: Shoppers;
let buyers: Buyers;
beforeEach(async () => {
  pair = await startPostgresPair();
  // The address that moves: of the service, and of this test's own questions.
  const way = await proxied(pair.primaryUrl);
  proxy = way.proxy;
  process.env['TEST_DATABASE_URL'] = way.url;
  await makeTemplate(migrate);
  stack = await Stack.start();
  house = await stack.house({ seats: SEATS, seatLimit: 1000, queue: { admitIntervalMs: 100 } });
  fans = await stack.fans(20, 10_000_000);
  shoppers = new Shoppers(fans.slice(0, 12), house, SHARED_SEATS - 1);
  const others = fans.slice(12);
  await Promise.all(others.map(async (fan) => fan.enter(house.concertId)));
  buyers = new Buyers(others, house, SHARED_SEATS + 1, 200);
  await shoppers.acknowledge(100, 60_000);
}, 120_000);
afterEach(async () => {
  proxy.set('clear');
  await Promise.all([shoppers.stop(), buyers.stop()]);
  await stack.stop({ expectErrors: true });
  await proxy.stop();
  await pair.stop();
});

/** The address leads to the standby from now on, as it stands. */
function moveAddress(): void {
  const { hostname, port } = new URL(pair.standbyUrl);
  proxy.moveTo({ host: hostname, port: Number(port) });
}

async function expectToSell(): Promise<void> {
  const elapsedMs = stopwatch();
  await shoppers.acknowledge(30, SELLS_WITHIN_MS);
  for (const origin of stack.origins) {
    const ready = async (): Promise<number> => (await send(origin, 'GET', '/readyz')).status;
    await untilIs('ready', ready, 200, { withinMs: SELLS_WITHIN_MS });
  }
  expect(elapsedMs()).toBeLessThan(SELLS_WITHIN_MS);
}

const notIn = async (sql: string, told: ReadonlySet<string>): Promise<object[]> =>
  stack.query(`SELECT x FROM unnest($1::text[]) x WHERE x NOT IN (${sql})`, [[...told]]);

/** Whatever a client was told is in the database that now decides. */
async function expectNothingLost(): Promise<void> {
  await Promise.all([shoppers.stop(), buyers.stop()]);
  const ends = tally((await shoppers.ends(40_000)).map(({ status, error }) => error?.code ?? status));
  expect(ends['completed']).toBeGreaterThan(0);
  expect(ends['COMMAND_FAILED']).toBeUndefined();
  // Nobody was told that this was a fault of the service's own.
  expect(shoppers.troubles.filter(({ said }) => said.startsWith('500'))).toEqual([]);
  const { held, tickets, charged } = buyers.told;
  expect([held.size, tickets.size, charged.size].map((size) => size > 0)).toEqual([true, true, true]);
  expect(await notIn('SELECT id::text FROM bookings', held)).toEqual([]);
  expect(await notIn(`SELECT code FROM tickets WHERE status = 'VALID'`, tickets)).toEqual([]);
  expect(await notIn(`SELECT user_id || ' ' || entry FROM point_histories`, charged)).toEqual([]);
  expect(await stack.violations(40_000)).toEqual([]);
}

describe('a standby that is promoted under load', () => {
  test('loses nothing that was acknowledged, and sells within seconds', async () => {
    // What commits now is on the primary's disk alone: nobody may be told of it.
    await pair.cutOff();
    await pair.killPrimary();
    await pair.promote();
    moveAddress();
    await expectToSell();
    await expectNothingLost();
  }, 180_000);

  test('the same when the primary’s host vanishes without a word, and the address moves before the promotion', async () => {
    proxy.set('black hole');
    await pair.killPrimary();
    await until(
      'missed',
      async () => shoppers.troubles.length,
      (count) => count > 0,
    );
    moveAddress();
    proxy.set('clear');
    const parts = async (): Promise<string> => (await send(stack.origin(), 'GET', '/readyz')).text;
    await until('not ready', parts, (text) => text.includes('"database":"read-only"'));
    await pair.promote();
    await expectToSell();
    await expectNothingLost();
  }, 180_000);
});
