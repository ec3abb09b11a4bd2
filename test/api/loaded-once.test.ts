import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import Koa from 'koa';
import { uuidv7 } from 'uuidv7';
import { createPolicies } from '../../src/api/access';
import { createAccessTokens } from '../../src/api/accounts/access-tokens';
import { createHeldRoles } from '../../src/api/accounts/held-roles';
import { createRevocations, type Revocations } from '../../src/api/accounts/revocations';
import { commandRoutes } from '../../src/api/commands/routes';
import { concertRoutes } from '../../src/api/concerts/routes';
import { createPasses } from '../../src/api/presales/passes';
import { seatRoutes } from '../../src/api/concerts/seat-routes';
import { createSeatStreams, type SeatStreams } from '../../src/api/concerts/seat-streams';
import type { RequestState } from '../../src/api/endpoint';
import { problems } from '../../src/api/middleware/problems';
import { serveEndpoints } from '../../src/api/router';
import { tickRooms } from '../../src/jobs/clock/admission';
import { type CommandGate, createCommandGate } from '../../src/jobs/gate/command-gate';
import { createSubscriptions } from '../../src/lib/subscriptions';
import { createAccountStore } from '../../src/models/account-store';
import { createConcertStore } from '../../src/models/concert-store';
import { createPresaleStore } from '../../src/models/presale-store';
import { createPurchaseStore } from '../../src/models/purchase-store';
import { createScheduleStore } from '../../src/models/schedule-store';
import { createSeatCatalog } from '../../src/models/seat-catalog';
import type { SeatMap } from '../../src/seat-map/seat-map';
import { createQueueTokens, createWaitingRoom } from '../../src/waiting-room';
import { Shop } from '../jobs/shop';
import { send, type Sent } from '../support/http';
import { freePort } from '../support/ports';

const SECRET = 'a secret of the tests, thirty-two bytes or more';

let shop: Shop;
let server: Server;
let revocations: Revocations;
let gate: CommandGate;
let seatStreams: SeatStreams;
let origin: string;
let bookingId: string;
let sent: Sent;
/** Of somebody who waits. */
let waiting: Sent;
let asksOfDoor = 0;
let isDoorBroken = false;
/** What the request under way has loaded, of the real stores. */
let loads: string[] = [];
beforeEach(() => void (loads = []));

beforeAll(async () => {
  shop = await Shop.open({ seats: 20 });
  const { database, redis, logger } = shop;
  const { records, metrics, seatMap } = shop.workerParts();
  const subscriptions = createSubscriptions(shop.connect());
  const accessTokens = createAccessTokens(SECRET, 3600);
  const queueTokens = createQueueTokens(SECRET);
  const room = createWaitingRoom({ redis, records, tokens: queueTokens });
  revocations = await createRevocations({
    accounts: createAccountStore(database),
    redis,
    subscriptions,
    logger,
  });
  gate = await createCommandGate({ ...shop.gateParts(), subscriptions });
  const roles = createHeldRoles(createAccountStore(database));
  const policies = createPolicies({
    accessTokens,
    foreignTokens: null,
    revocations,
    roles,
    queueTokens,
    room,
  });
  seatStreams = createSeatStreams({ seatMap, subscriptions, logger });
  const parts = {
    policies,
    gate,
    seatMap: { ...seatMap, takenAsNoted: door },
    seatStreams,
    schedules: createScheduleStore(database),
    passes: createPasses(createPresaleStore(database)),
    ...counted(),
  };
  const endpoints = [...commandRoutes(parts), ...concertRoutes(parts), ...seatRoutes(parts)];
  const app = new Koa<RequestState>().use(problems(logger));
  serveEndpoints(app, endpoints, () => 0);
  const port = await freePort();
  server = createServer((request, response) => void app.callback()(request, response));
  await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${port}`;

  const userId = shop.user(0);
  const { concertId } = await place();
  const joined = await room.join(concertId, userId, null);
  await tickRooms({ room, records, metrics, stocks: shop.workerParts().stocks });
  sent = { token: accessTokens.issue(userId, 'user'), queueToken: joined?.state.queueToken ?? null };
  const last = await room.join(concertId, shop.user(1), null);
  waiting = {
    token: accessTokens.issue(shop.user(1), 'user'),
    queueToken: last?.state.queueToken ?? null,
  };
  bookingId = uuidv7();
  await database.query(
    `INSERT INTO bookings (id, user_id, concert_id, schedule_id, seat_numbers, total_price, status, created_at, expires_at)
     VALUES ($1, $2, $3, $4, '{20}', 100, 'PENDING', now(), now() + interval '5 minutes')`,
    { bind: [bookingId, userId, concertId, shop.scheduleId] },
  );
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await seatStreams.close();
  await gate.close();
  await revocations.close();
  await shop.close();
});

/** The seat map's, or one that fails. */
const door: SeatMap['takenAsNoted'] = async (scheduleId, seatNumbers) => {
  asksOfDoor += 1;
  if (isDoorBroken) throw new Error('Redis is away');
  return shop.workerParts().seatMap.takenAsNoted(scheduleId, seatNumbers);
};

/** The stores as they are, each load written down. */
function counted() {
  const catalog = createSeatCatalog(shop.database);
  const purchases = createPurchaseStore(shop.database, catalog);
  const concerts = createConcertStore(shop.database);
  const noted =
    <Args extends [string, ...unknown[]], Found>(what: string, load: (...args: Args) => Promise<Found>) =>
    async (...args: Args): Promise<Found> => {
      loads.push(`${what} ${args[0]}`);
      return load(...args);
    };
  return {
    catalog: { ...catalog, find: noted('schedule', catalog.find) },
    purchases: { ...purchases, scheduleOf: noted('booking', purchases.scheduleOf) },
    concerts: { ...concerts, find: noted('concert', concerts.find) },
  };
}

const place = async () => {
  const entry = await createSeatCatalog(shop.database).find(shop.scheduleId);
  if (entry === null) throw new Error('no schedule');
  return entry.schedule;
};

test.each([
  ['POST', '/api/concerts/seats/{scheduleId}-1/book', 202, ['schedule {scheduleId}']],
  ['POST', '/api/concerts/schedules/{scheduleId}/bookings', 202, ['schedule {scheduleId}']],
  ['POST', '/api/concerts/bookings/{bookingId}/pay', 202, ['booking {bookingId}']],
  ['POST', '/api/concerts/bookings/{bookingId}/cancel', 202, ['booking {bookingId}']],
  ['GET', '/api/concerts/schedules/{scheduleId}/seats', 200, ['schedule {scheduleId}']],
  ['GET', '/api/concerts/{concertId}', 200, ['concert {concertId}']],
  // The date as well, but once: it is not what the guard looks up.
  [
    'GET',
    '/api/concerts/{concertId}/schedules/bookable',
    200,
    ['concert {concertId}', 'schedule {scheduleId}'],
  ],
])('%s %s loads once what it is about', async (method, path, status, expected) => {
  const { concertId } = await place();
  const ids: Record<string, string> = { concertId, scheduleId: shop.scheduleId, bookingId };
  const filled = (text: string): string =>
    text.replaceAll(/\{(\w+)\}/g, (_all, name: string) => ids[name] ?? '');
  const body = path.endsWith('/bookings') ? { body: { seatNumbers: [2, 3] } } : {};
  const answer = await send(origin, method, filled(path), { ...sent, ...body });
  expect(answer.said).toBe(String(status));
  expect(loads).toEqual(expected.map(filled));
});

test('is it taken? is asked along with the waiting room; whoever that refuses is told so, whatever comes of the other', async () => {
  asksOfDoor = 0;
  isDoorBroken = true;
  const answer = await send(origin, 'POST', `/api/concerts/seats/${shop.scheduleId}-4/book`, waiting);
  isDoorBroken = false;
  expect(answer.said).toContain('QUEUE_WAITING');
  expect(asksOfDoor).toBe(1);
});
