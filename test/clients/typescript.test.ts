import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventsOf, Frontrow, type QueueState, type Room } from '../../clients/typescript/src';
import { ROOT } from '../support/files';
import { send } from '../support/http';
import { type Proxy, proxied } from '../support/proxy';
import { type House, Stack } from '../support/stack';
import { until } from '../support/until';

const CLIENT = path.join(ROOT, 'clients/typescript');
const QUICK = { tryMs: 1000, patienceMs: 20_000 };

let stack: Stack;
let house: House;
let proxy: Proxy;
/** The service, through the proxy. */
let badLine: string;
beforeAll(async () => {
  stack = await Stack.start({ webs: 1, workers: 1 });
  house = await stack.house({ seats: 60 });
  const through = await proxied(stack.origin());
  ({ proxy } = through);
  badLine = new URL(through.url).origin;
});
afterAll(async () => {
  await proxy.stop();
  await stack.stop();
});

let fans = 0;
const newFan = async (origin = stack.origin()): Promise<Frontrow> => {
  fans += 1;
  const body = { email: `fan${fans}@client.test`, password: 'a password of the tests', name: 'Fan' };
  const fan = await Frontrow.signUp(origin, body, QUICK);
  await fan.charge(50_000);
  return fan;
};
const inside = async (fan: Frontrow): Promise<Room> => {
  const room = await fan.join(house.concertId);
  await room.admitted();
  return room;
};
const statusOf = (room: Room): string => room.state.status;
const setPolicy = async (concertId: string, body: object): Promise<number> =>
  (
    await send(stack.origin(), 'PATCH', `/api/admin/concerts/${concertId}/queue`, {
      token: await stack.operatorToken(),
      body,
    })
  ).status;

test('its types are those of the contract', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'frontrow-client-'));
  try {
    const [document, made] = [path.join(folder, 'openapi.json'), path.join(folder, 'contract.ts')];
    await writeFile(document, (await send(stack.origin(), 'GET', '/openapi.json')).text);
    const program = path.join(CLIENT, 'node_modules/openapi-typescript/bin/cli.js');
    await promisify(execFile)(process.execPath, [
      program,
      document,
      '--default-non-nullable=false',
      '--output',
      made,
    ]);
    const contract = await readFile(made, 'utf8');
    const kept = path.join(CLIENT, 'src/contract.ts');
    if (process.env['UPDATE_CLIENT'] === '1') await writeFile(kept, contract);
    expect(await readFile(kept, 'utf8')).toBe(contract);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a purchase, from signing up to the ticket', async () => {
  const fan = await newFan();
  const room = await fan.join(house.concertId);
  const seen: QueueState[] = [];
  await room.admitted({ onState: (state) => seen.push(state) });
  expect(seen.at(-1)).toMatchObject({ status: 'ACTIVE', position: 0 });
  const [date] = await room.dates();
  expect(date?.id).toBe(house.scheduleId);
  expect(await room.seats(house.scheduleId, { status: 'available' })).toHaveLength(60);
  // @ts-expect-error -- What has another form than a list of seats is asked of `calls`: here it would be none.
  void ((): unknown => room.seats(house.scheduleId, { form: 'runs' }));
  const booking = await room.hold(house.scheduleId, {
    bestAvailable: { count: 2 },
  });
  const { tickets, balance, payment } = await room.pay(booking.id);
  expect({ balance, paid: payment.amount, seats: tickets.map(({ bookingId }) => bookingId) }).toEqual({
    balance: 48_000,
    paid: 2000,
    seats: [booking.id, booking.id],
  });
  const again = await Frontrow.withToken(stack.origin(), fan.accessToken, QUICK);
  expect(again.user).toEqual(fan.user);
  expect((await again.cancel(booking.id)).status).toBe('CANCELLED');
});

describe('what is refused', () => {
  test('is thrown as the problem that it is', async () => {
    const [first, second] = [await inside(await newFan()), await inside(await newFan())];
    await first.hold(house.scheduleId, { seatNumbers: [41, 42] });
    await expect(second.hold(house.scheduleId, { seatNumbers: [42, 43] })).rejects.toMatchObject({
      name: 'FrontrowProblem',
      code: 'SEAT_TAKEN',
      status: 409,
      body: { seatIds: [`${house.scheduleId}-42`] },
    });
    const unknown = { email: 'nobody@client.test', password: 'a wrong password' };
    await expect(Frontrow.signIn(stack.origin(), unknown, QUICK)).rejects.toMatchObject({
      code: 'BAD_CREDENTIALS',
    });
  });

  test('by a queue that decides later is thrown as well', async () => {
    const [worker] = stack.workers;
    const rooms = await Promise.all(
      [0, 60_000].map(async (commandMs) => {
        const { accessToken } = await newFan();
        return inside(await Frontrow.withToken(stack.origin(), accessToken, { commandMs }));
      }),
    );
    worker?.signal('SIGSTOP');
    const holds = rooms.map(async (room) => room.hold(house.scheduleId, { seatNumbers: [3] }));
    const ends = Promise.allSettled(holds);
    await expect(holds[0]).rejects.toMatchObject({ name: 'StillQueuedError', jobId: expect.any(String) });
    const queued = async (): Promise<object[]> =>
      stack.query(`SELECT id FROM commands WHERE status = 'queued'`);
    await until('both are recorded', queued, (rows) => rows.length === 2);
    worker?.signal('SIGCONT');
    expect((await ends)[1]).toMatchObject({
      status: 'rejected',
      reason: { code: 'SEAT_TAKEN', status: 409 },
    });
  });
});

describe('on a bad line', () => {
  test('what was done and whose answer was lost is done once', async () => {
    const fan = await newFan(badLine);
    const room = await inside(fan);
    proxy.set('lost answers');
    const held = room.hold(house.scheduleId, { seatNumbers: [11, 12] });
    const charged = fan.charge(1000);
    const bookings = async (): Promise<object[]> =>
      stack.query('SELECT id FROM bookings WHERE user_id = $1', [fan.user.id]);
    await until('it was done', bookings, (rows) => rows.length > 0);
    proxy.set('clear');
    const booking = await held;
    expect(await charged).toBe(51_000);
    expect(await bookings()).toEqual([{ id: booking.id }]);
    proxy.set('reset');
    const paid = room.pay(booking.id);
    proxy.set('clear');
    expect((await paid).balance).toBe(49_000);
  });

  test('what must not be sent twice is not, and says that nobody answered', async () => {
    proxy.set('lost answers');
    const body = { email: 'lost@client.test', password: 'a password of the tests', name: 'Lost' };
    await expect(Frontrow.signUp(badLine, body, QUICK)).rejects.toMatchObject({ name: 'UnreachableError' });
    proxy.set('clear');
    await expect(Frontrow.signUp(badLine, body, QUICK)).rejects.toMatchObject({ code: 'EMAIL_TAKEN' });
  });

  test('a fan whose stream breaks goes on waiting, and is admitted', async () => {
    const concertId = await stack.room({ paused: true });
    const room = await (await newFan(badLine)).join(concertId);
    const seen: string[] = [];
    const admitted = room.admitted({ onState: (state) => seen.push(state.status) });
    await until(
      'waiting',
      async () => seen.length,
      (count) => count >= 2,
    );
    proxy.set('reset');
    await expect(fetch(`${badLine}/healthz`)).rejects.toThrow();
    expect(statusOf(room)).toBe('WAITING');
    proxy.set('clear');
    expect(await setPolicy(concertId, { paused: false })).toBe(200);
    expect((await admitted).status).toBe('ACTIVE');
  });

  test('a stream that falls silent is given up, and ends', async () => {
    const silent = new Response(new ReadableStream());
    await expect(eventsOf(silent, 'state', 20).next()).rejects.toThrow('fallen silent');
  });
});

test('waiting can be given up', async () => {
  const concertId = await stack.room({ paused: true });
  const room = await (await newFan()).join(concertId);
  const giveUp = new AbortController();
  const admitted = room.admitted({ signal: giveUp.signal, onState: () => giveUp.abort(new Error('enough')) });
  await expect(admitted).rejects.toThrow();
  await room.leave();
  await expect(room.look()).rejects.toMatchObject({ code: 'NOT_QUEUED', status: 404 });
});
