import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type DeskState, DeskStateView } from '../../src/desk/state';
import {
  AuditPage,
  Bookings,
  ConcertMade,
  Curves,
  Dates,
  PlanChecked,
  Sales,
  ScheduleMade,
  SeatMap,
  SignedIn,
} from '../support/contract';
import { followEvents } from '../support/events';
import { type Answer, basic, send } from '../support/http';
import { OPERATOR, Stack } from '../support/stack';
import { hoursFromNow } from '../support/times';
import { until, untilIs } from '../support/until';

const SIGNED_IN = basic(OPERATOR.email, OPERATOR.password);
const Shown = z.looseObject({
  queues: z.array(z.looseObject({ name: z.string(), readOnlyMode: z.boolean() })),
});
const Counted = z.looseObject({
  queues: z.array(z.looseObject({ name: z.string(), counts: z.record(z.string(), z.number()) })),
});

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({ workers: 1 });
});
afterAll(async () => stack.stop());

const board = async (
  path: string,
  headers: Record<string, string> = SIGNED_IN,
  method = 'GET',
): Promise<Answer> => send(stack.origin(1), method, `/admin/queues${path}`, { headers });
const shown = async (): Promise<string[]> =>
  (await board('/api/queues')).as(Shown, 200).queues.map((queue) => queue.name);

describe('the dashboard', () => {
  const fan = { email: 'curious@fans.test', password: 'a fan, not an operator', name: 'Curious' };

  test.each(['', '/', '/api/queues', '/static/anything.js', '/queue/schedule-1'])(
    'at %s is closed to whoever does not sign in as an operator',
    async (path) => {
      const answers = [
        await board(path, {}),
        await board(path, basic(OPERATOR.email, 'wrong')),
        await board(path, basic('nobody@fans.test', OPERATOR.password)),
        await board(path, { authorization: `Bearer ${await stack.operatorToken()}` }),
        await board(path, { authorization: 'Basic ????' }),
      ];
      expect(answers.map((answer) => answer.said)).toEqual(answers.map(() => '401 BAD_CREDENTIALS'));
      for (const answer of answers) expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
    },
  );

  test('is closed to a fan’s own email and password', async () => {
    (await send(stack.origin(), 'POST', '/api/auth/signup', { body: fan })).as(SignedIn, 201);
    expect((await board('', basic(fan.email, fan.password))).said).toBe('401 BAD_CREDENTIALS');
  });

  test('shows its page, and the queues that repeat, to an operator', async () => {
    const page = await board('');
    expect([page.status, page.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('text/html'),
    ]);
    expect(await shown()).toEqual(expect.arrayContaining(['admission', 'upkeep']));
  });

  test('lists a date as soon as it has work, finds any other, and changes nothing there', async () => {
    const [{ concertId, scheduleId }, idle] = [await stack.house(), await stack.house()];
    const queue = `schedule-${scheduleId}`;
    const buyer = await stack.admitted(concertId);
    await buyer.held(scheduleId, [2]);
    await until('listed', shown, (names) => names.includes(queue));
    expect(await shown()).not.toContain(`schedule-${idle.scheduleId}`);
    const found = await board(`/find?q=${idle.scheduleId}`);
    expect(found.text).toContain(`href="/admin/queues/queue/schedule-${idle.scheduleId}"`);
    expect(await board('/find?q=%3Cb%3E').then(({ text }) => text)).toContain('value="&lt;b&gt;"');
    // The page's own data may be asked of another process than the one that showed the link.
    await board(`/api/queues?activeQueue=schedule-${idle.scheduleId}`);
    expect(await shown()).toContain(`schedule-${idle.scheduleId}`);
    const { queues } = (await board('/api/queues')).as(Shown, 200);
    expect(queues.map((each) => each.readOnlyMode)).toEqual(queues.map(() => true));
    for (const path of [
      `/api/queues/${queue}/pause`,
      `/api/queues/${queue}/empty`,
      `/api/queues/${queue}/clean/failed`,
    ]) {
      const answer = await board(path, SIGNED_IN, 'PUT');
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
    }
    expect((await buyer.held(scheduleId, [1])).status).toBe('PENDING');
  });
});

describe('a dashboard that may change things', () => {
  let changeable: Stack;
  beforeAll(async () => {
    changeable = await Stack.start({ webs: 1, workers: 1, env: { BULL_BOARD_READ_ONLY: 'false' } });
  });
  afterAll(async () => changeable.stop());

  test('changes nothing for a foreign page that uses an operator’s browser', async () => {
    const { scheduleId } = await changeable.house();
    const headers = { ...SIGNED_IN, 'sec-fetch-site': 'cross-site' };
    const path = `/admin/queues/api/queues/schedule-${scheduleId}/add`;
    const answer = await send(changeable.origin(), 'POST', path, {
      headers,
      body: { name: 'release', data: {} },
    });
    expect(answer.said).toBe('403 FORBIDDEN');
  });

  test('writes nothing back into a job, of which it shows a part', async () => {
    const { scheduleId } = await changeable.house();
    const path = `/admin/queues/api/queues/schedule-${scheduleId}/any/update-data`;
    const answer = await send(changeable.origin(), 'PATCH', path, {
      headers: SIGNED_IN,
      body: { jobData: {} },
    });
    expect(answer.said).toBe('403 FORBIDDEN');
  });

  test('tells the workers of a job that it has put into a queue', async () => {
    const { scheduleId } = await changeable.house();
    const queue = `schedule-${scheduleId}`;
    const ask = async (method: string, path: string, body?: object): Promise<Answer> =>
      send(changeable.origin(), method, `/admin/queues/api${path}`, {
        headers: SIGNED_IN,
        ...(body === undefined ? {} : { body }),
      });
    const job = { name: 'release', data: {}, options: { removeOnComplete: true } };
    expect((await ask('POST', `/queues/${queue}/add`, job)).status).toBe(200);
    const counts = async (): Promise<Record<string, number>> => {
      const { queues } = (await ask('GET', `/queues?activeQueue=${queue}`)).as(Counted, 200);
      return queues.find(({ name }) => name === queue)?.counts ?? {};
    };
    const noted = await changeable.query(
      `SELECT subject, after FROM audit_log WHERE action = 'board.change'`,
    );
    expect(noted).toEqual([
      { subject: queue.replace('-', ':'), after: { method: 'POST', path: `/api/queues/${queue}/add` } },
    ]);
    await until('taken', counts, ({ waiting, active }) => waiting === 0 && active === 0, { withinMs: 2000 });
  });
});

describe('a house from a plan', () => {
  const PLAN = [
    'number;row;section;price;attributes;quality',
    '1;A;Stalls;500;accessible=true;2',
    '2;A;Stalls;500;;',
    '5;A;Stalls;700;"view=side";-1',
    '1;B;Stalls;300;;',
    '12A;B;Stalls;300;;',
  ].join('\r\n');
  const times = { bookingStartAt: hoursFromNow(-1), bookingEndAt: hoursFromNow(48), startAt: hoursFromNow(72), endAt: hoursFromNow(75) }; // prettier-ignore
  const asked = async (method: string, path: string, body?: object): Promise<Answer> =>
    send(stack.origin(), method, path, { token: await stack.operatorToken(), ...(body && { body }) });
  const make = async (concertId: string, plan: string): Promise<Answer> =>
    asked('POST', `/api/admin/concerts/${concertId}/schedules`, { ...times, singleSeats: 'refuse', plan });
  const seatsOf = async (scheduleId: string) =>
    (await asked('GET', `/api/admin/schedules/${scheduleId}/seats`)).as(SeatMap, 200).seats;

  test('has the seats of the file; what is printed on a chair stands on map, booking and ticket', async () => {
    const concertId = await stack.concert();
    const made = (await make(concertId, PLAN)).as(ScheduleMade, 201);
    expect(made.seats).toBe(5);
    const { id } = made.schedule;
    const seats = await seatsOf(id);
    expect(
      seats.map(({ row, number, label, afterGap, price }) => [row, number, label, afterGap, price]),
    ).toEqual([
      ['A', 1, undefined, undefined, 500],
      ['A', 2, undefined, undefined, 500],
      ['A', 3, '5', true, 700],
      ['B', 4, '1', undefined, 300],
      ['B', 5, '12A', undefined, 300],
    ]);
    expect(seats[0]?.attributes).toEqual({ accessible: 'true' });

    const buyer = await stack.admitted(concertId);
    expect((await buyer.hold(id, [5])).said).toBe('409 LEAVES_SINGLE_SEAT');
    // Seat 2 is between an accessible seat and an aisle: no choice leaves it more single than it is.
    const held = await buyer.held(id, [3]);
    expect(held.seats.map(({ number, label }) => [number, label])).toEqual([[3, '5']]);
    const { tickets, booking } = await buyer.paid(held.id);
    expect([tickets[0]?.number, tickets[0]?.label]).toEqual([3, '5']);
    expect(booking.seats[0]?.label).toBe('5');
    expect((await buyer.send('GET', '/api/tickets')).text).toContain('"number":3,"label":"5"');
  });

  test('is given back as a plan by which the next date has the same seats', async () => {
    const concertId = await stack.concert();
    const first = (await make(concertId, PLAN)).as(ScheduleMade, 201).schedule.id;
    const plan = await asked('GET', `/api/admin/schedules/${first}/plan.csv`);
    expect(plan.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const second = (await make(concertId, plan.text)).as(ScheduleMade, 201).schedule.id;
    const plain = async (scheduleId: string) =>
      (await seatsOf(scheduleId)).map((seat) => ({ ...seat, id: '' }));
    expect(await plain(second)).toEqual(await plain(first));
    expect((await asked('GET', `/api/admin/schedules/${second}/plan.csv`)).text).toBe(plan.text);
    // One that was made by its sections, too.
    const bySections = await stack.date(concertId, { seats: 40, rows: 4 });
    const written = await asked('GET', `/api/admin/schedules/${bySections}/plan.csv`);
    const again = (await make(concertId, written.text)).as(ScheduleMade, 201).schedule.id;
    expect(await plain(again)).toEqual(await plain(bySections));
  });

  test('is looked through before anything is made; with faults, nothing is', async () => {
    const concertId = await stack.concert();
    const good = (await asked('POST', '/api/admin/plans/check', { plan: PLAN })).as(PlanChecked, 200);
    expect(good).toMatchObject({ plan: { seats: 5, labelled: 3, gaps: 1, worth: 2300 }, errors: [] });
    expect(good.plan.prices).toEqual([
      { price: 300, seats: 2 },
      { price: 500, seats: 2 },
      { price: 700, seats: 1 },
    ]);
    const bad = `${PLAN}\r\n12A;B;Stalls;3.5;;`;
    const { errors, plan } = (await asked('POST', '/api/admin/plans/check', { plan: bad })).as(
      PlanChecked,
      200,
    );
    expect(errors.map(({ line, column }) => [line, column])).toEqual([
      [7, 'price'],
      [7, 'number'],
    ]);
    expect(plan.seats).toBe(5);
    const refused = await make(concertId, bad);
    expect(refused.said).toBe('400 INVALID_REQUEST');
    expect(refused.problem['errors']).toEqual(errors);
    expect(
      (await asked('GET', `/api/admin/concerts/${concertId}/schedules`)).as(Dates, 200).schedules,
    ).toEqual([]);
  });
});

describe('the service’s own pages', () => {
  const Ready = z.strictObject({
    status: z.literal('ready'),
    parts: z.strictObject({ database: z.literal('ok'), redis: z.literal('ok'), migrations: z.literal('ok') }),
  });

  test('say that it is alive and ready', async () => {
    expect((await send(stack.origin(), 'GET', '/healthz')).json).toEqual({ status: 'ok' });
    (await send(stack.origin(), 'GET', '/readyz')).as(Ready, 200);
  });

  test('show figures to Prometheus, by route and without ids', async () => {
    await send(stack.origin(), 'GET', '/api/concerts/1');
    const { status, text, headers } = await send(stack.origin(), 'GET', '/metrics');
    expect([status, headers.get('content-type')]).toEqual([200, expect.stringContaining('text/plain')]);
    expect(text).toMatch(
      /^frontrow_http_request_seconds_count\{.*route="\/api\/concerts\/:concertId".*\} \d+$/m,
    );
    expect(text).not.toContain('route="/api/concerts/1"');
  });

  test('describe the service as OpenAPI 3.1 without a dangling reference', async () => {
    const answer = await send(stack.origin(), 'GET', '/openapi.json');
    const { openapi, components } = z
      .looseObject({
        openapi: z.string(),
        components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
      })
      .parse(answer.json);
    expect(openapi).toMatch(/^3\.1\./);
    const references = [...answer.text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name,
    );
    expect(references.length).toBeGreaterThan(0);
    expect(references.filter((name) => name === undefined || !(name in components.schemas))).toEqual([]);
    expect(answer.text).not.toContain('#/$defs/');
  });
});
