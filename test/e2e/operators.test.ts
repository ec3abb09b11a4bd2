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

  test.each([
    ['of another site', { 'sec-fetch-site': 'cross-site' }],
    ['of another host of the same site', { 'sec-fetch-site': 'same-site' }],
    ['told by its origin alone, as without TLS', { origin: 'http://elsewhere.test' }],
    ['of no origin', { origin: 'null' }],
  ])('changes nothing for a foreign page %s that uses an operator’s browser', async (_which, told) => {
    const { scheduleId } = await changeable.house();
    const headers = { ...SIGNED_IN, ...told };
    const path = `/admin/queues/api/queues/schedule-${scheduleId}/add`;
    const answer = await send(changeable.origin(), 'POST', path, {
      headers,
      body: { name: 'release', data: {} },
    });
    expect(answer.said).toBe('403 FORBIDDEN');
  });

  test.each(['update-data', 'UPDATE-data'])('writes nothing back into a job by %s', async (spelling) => {
    const { scheduleId } = await changeable.house();
    const path = `/admin/queues/api/queues/schedule-${scheduleId}/any/${spelling}`;
    const answer = await send(changeable.origin(), 'PATCH', path, {
      headers: SIGNED_IN,
      body: { jobData: {} },
    });
    expect(answer.said).toBe('403 FORBIDDEN');
  });

  test('tells the workers of a job that it has put into a queue', async () => {
    const { scheduleId } = await changeable.house();
    const queue = `schedule-${scheduleId}`;
    const headers = { ...SIGNED_IN, origin: changeable.origin() };
    const ask = async (method: string, path: string, body?: object): Promise<Answer> =>
      send(changeable.origin(), method, `/admin/queues/api${path}`, {
        headers,
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

describe('the desk', () => {
  const Counts = z.looseObject({ decider: z.string(), outcome: z.string(), count: z.int() });
  const Changes = z.looseObject({
    rooms: z.array(z.looseObject({ concertId: z.string(), phase: z.string().nullable() })),
  });
  const Refused = z.looseObject({
    policyVersion: z.string(),
    policy: z.looseObject({ maxActive: z.int() }),
    changedBy: z.looseObject({ email: z.string() }),
  });
  const desk = async (): Promise<DeskState> =>
    (await send(stack.origin(1), 'GET', '/api/admin/desk', { token: await stack.operatorToken() })).as(
      DeskStateView,
      200,
    );

  test('shows within seconds what fans and workers did, whichever process is asked', async () => {
    const { concertId, scheduleId } = await stack.house();
    const [buyer, late] = [await stack.admitted(concertId), await stack.admitted(concertId)];
    const booking = await buyer.held(scheduleId, [2]);
    await buyer.paid(booking.id);
    await untilIs(
      'taken, at the door',
      async () => (await late.hold(scheduleId, [2])).said,
      '409 SEAT_TAKEN',
    );
    const isTold = ({ rooms, commands }: DeskState): boolean =>
      rooms.some(
        (room) =>
          room.concertId === concertId && room.revenue === booking.totalPrice && room.seats?.sold === 1,
      ) && commands.lastMinute.some(({ decider, outcome }) => decider === 'door' && outcome === 'SEAT_TAKEN');
    const state = await until('told', desk, isTold, { withinMs: 8000 });
    expect(state.commands.lastMinute.map((each) => Counts.parse(each))).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ decider: 'queue', kind: 'pay', outcome: 'completed' }),
      ]),
    );
    expect(state.workers).toMatchObject([{ isSilent: false }]);
    const token = await stack.operatorToken();
    const sales = await send(stack.origin(), 'GET', `/api/admin/concerts/${concertId}/sales`, { token });
    expect(sales.as(Sales, 200).schedules).toMatchObject([
      { id: scheduleId, sold: 1, held: 0, revenue: booking.totalPrice },
    ]);
    const curves = await send(stack.origin(), 'GET', `/api/admin/concerts/${concertId}/curves`, { token });
    expect(curves.as(Curves, 200).lines['sold']?.at(-1)).toBe(1);
  });

  test('a pause is seen in the stream; who did not know of it cannot change the room over it', async () => {
    const { concertId } = await stack.house();
    await stack.admitted(concertId); // There is a room.
    const token = await stack.operatorToken();
    const path = `/api/admin/concerts/${concertId}/queue`;
    const version = (await send(stack.origin(), 'GET', path, { token })).headers.get('etag') ?? '';
    const stream = await followEvents({ token }, stack.origin(1), '/api/admin/desk/events');
    await stream.next('desk');
    const change = async (body: object) =>
      send(stack.origin(), 'PATCH', path, { token, body, headers: { 'if-match': version } });
    expect((await change({ paused: true })).status).toBe(200);
    const isPaused = (told: unknown): boolean =>
      Changes.parse(told).rooms.some((room) => room.concertId === concertId && room.phase === 'PAUSED');
    await until('seen', async () => stream.next('changes'), isPaused, { everyMs: 0 });
    stream.close();
    const refused = await change({ maxActive: 3 });
    expect(refused.said).toBe('412 PRECONDITION_FAILED');
    const { changedBy, policyVersion } = Refused.parse(refused.problem);
    expect(`"${policyVersion}"`).not.toBe(version);
    expect(changedBy.email).toBe(OPERATOR.email);
    expect((await send(stack.origin(), 'PATCH', path, { token, body: { maxActive: 3 } })).status).toBe(200);
  });
});

describe('the desk’s pages', () => {
  test('makes a concert and a date from a file, blocks seats, stops and cancels it, before a real service', async () => {
    const page = path.resolve(__dirname, '../public/desk/real-service.mjs');
    const env = {
      ...process.env,
      ORIGIN: stack.origin(),
      EMAIL: OPERATOR.email,
      PASSWORD: OPERATOR.password,
    };
    const run = promisify(execFile)(process.execPath, [page], { env });
    await expect(run.then(({ stdout }) => stdout)).resolves.toBe('');
  });
});

describe('a batch in the dashboard', () => {
  const Jobs = z.looseObject({
    queues: z.array(
      z.looseObject({
        name: z.string(),
        displayName: z.string().optional(),
        jobs: z.array(z.looseObject({ name: z.string(), data: z.unknown(), returnValue: z.unknown() })),
      }),
    ),
  });

  test('is called by what it holds, its queue by concert and time; whose it is stands nowhere', async () => {
    const { concertId, scheduleId } = await stack.house();
    const fan = await stack.admitted(concertId);
    const key = 'a-key-that-nobody-else-needs-to-know';
    const path = `/api/concerts/schedules/${scheduleId}/bookings`;
    const held = await fan.send('POST', path, {
      body: { seatNumbers: [1] },
      headers: { 'idempotency-key': key, prefer: 'wait=10' },
    });
    expect(held.status).toBe(200);
    const queue = `schedule-${scheduleId}`;
    const look = async () => board(`/api/queues?activeQueue=${queue}&jobsPerPage=20`);
    const of = (answer: Answer) => answer.as(Jobs, 200).queues.find(({ name }) => name === queue);
    const answer = await until('kept', look, (each) => (of(each)?.jobs ?? []).length > 0);
    const [title] = await stack.query<{ title: string }>('SELECT title FROM concerts WHERE id = $1', [
      concertId,
    ]);
    expect(of(answer)?.displayName).toMatch(
      new RegExp(`^${title?.title}, \\d{4}-.* UTC \\(date ${scheduleId}\\)$`),
    );
    const batches = (of(answer)?.jobs ?? []).filter(({ name }) => /^\d+ hold/.test(name));
    expect(batches).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: '1 hold', returnValue: { completed: 1 } })]),
    );
    const id = expect.stringMatching(/^[0-9a-f-]{36}$/);
    expect(batches[0]?.data).toEqual({ commands: [{ id, kind: 'hold' }] });
    const owners = await stack.query<{ id: string; email: string }>(
      'SELECT u.id, u.email FROM bookings b JOIN users u ON u.id = b.user_id WHERE b.schedule_id = $1',
      [scheduleId],
    );
    expect(owners).toHaveLength(1);
    for (const secret of [
      ...owners.flatMap((owner) => [owner.id, owner.email]),
      key,
      'userId',
      'seatNumbers',
    ])
      expect(answer.text).not.toContain(secret);
  });

  test('is shown by a page that asks nobody but this service', async () => {
    const page = await board('');
    expect(page.text).not.toMatch(/(?:href|src)="(?:https?:)?\/\//);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline/);
  });
});

describe('staff', () => {
  const password = 'somebody who works here';
  const person = async () => {
    const body = { email: `+${randomUUID()}@staff.test`, password, name: 'Staff', role: 'operator' };
    const { user, accessToken } = (await send(stack.origin(), 'POST', '/api/auth/signup', { body })).as(
      SignedIn,
      201,
    );
    return { ...user, token: accessToken };
  };
  const giving = async (email: string, role: string, headers = {}): Promise<Answer> =>
    send(stack.origin(), 'POST', '/api/admin/staff', {
      token: await stack.operatorToken(),
      body: { email, role },
      headers,
    });
  const audit = async (query: string, path = '/api/admin/audit'): Promise<Answer> =>
    send(stack.origin(), 'GET', `${path}?${query}`, { token: await stack.operatorToken() });
  const entries = async (query: string) => (await audit(query)).as(AuditPage, 200).entries;

  test('is nobody by saying so at sign-up', async () => {
    const { role, token } = await person();
    expect(role).toBe('user');
    expect((await send(stack.origin(), 'GET', '/api/admin/staff', { token })).said).toBe('403 FORBIDDEN');
  });

  test('may what their role says within seconds, in every process, whatever their token says; and no longer', async () => {
    const { email, token } = await person();
    const says = async () => {
      const said = await Promise.all([
        ...[0, 1].map(
          async (web) => (await send(stack.origin(web), 'GET', '/api/admin/staff', { token })).said,
        ),
        board('', basic(email, password)).then(({ said }) => said),
      ]);
      return said.join(', ');
    };
    const outside = '403 FORBIDDEN, 403 FORBIDDEN, 401 BAD_CREDENTIALS';
    expect(await says()).toBe(outside);
    for (const role of ['support', 'door']) {
      await giving(email, role);
      expect(await says()).toBe(outside);
    }
    await giving(email, 'operator');
    await untilIs('in', says, '200, 200, 200', { withinMs: 4000 });
    await giving(email, 'user');
    await untilIs('out', says, outside, { withinMs: 4000 });
  });

  test('cannot give a role once they have none, though their process has not heard of it', async () => {
    const [first, second] = [await person(), await person()];
    for (const { email } of [first, second]) await giving(email, 'operator');
    const dismiss = async (by: { token: string }, whom: { email: string }, web: number) =>
      send(stack.origin(web), 'POST', '/api/admin/staff', {
        token: by.token,
        body: { email: whom.email, role: 'user' },
      });
    await until(
      'both in',
      async () => (await dismiss(second, { email: 'x@y.test' }, 1)).status,
      (status) => status === 404,
    );
    await until(
      'both in',
      async () => (await dismiss(first, { email: 'x@y.test' }, 0)).status,
      (status) => status === 404,
    );
    const both = await Promise.all([dismiss(first, second, 0), dismiss(second, first, 1)]);
    expect(both.map(({ said }) => said).sort()).toEqual(['200', '403 FORBIDDEN']);
  });

  test('are named with what they did, by requests that cannot forge the log', async () => {
    const { email, id } = await person();
    await giving(email, 'door', { 'x-request-id': 'mine, "quoted"; =1+1' });
    await giving(email, 'operator', { 'x-request-id': 'an-id-of-mine' });
    const [second, first] = await entries(`subject=user:${id}`);
    expect([second?.requestId, second?.before, second?.after]).toEqual([
      'an-id-of-mine',
      { email, role: 'door' },
      { email, role: 'operator' },
    ]);
    expect(first?.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(first?.who?.email).toBe(OPERATOR.email);
    expect(await entries('subject=user:%25')).toEqual([]);
    await giving(email, 'user');
  });

  test('are in the table as text that no spreadsheet computes; it has all there is', async () => {
    const { email, id, token } = await person();
    await giving(email, 'operator');
    const make = async () =>
      send(stack.origin(), 'POST', '/api/admin/concerts', {
        token,
        body: { title: '=1+1', description: '"\n;' },
      });
    await until('an operator', make, ({ status }) => status === 201);
    await stack.query(
      `INSERT INTO audit_log (user_id, action, subject, before)
       SELECT $1, 'test.act', 'concert:' || n, to_jsonb('=HYPERLINK("x")'::text) FROM generate_series(1, 2500) n`,
      [id],
    );
    const answer = await audit(`who=${id}`, '/api/admin/audit.csv');
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const lines = answer.text.split('\r\n');
    expect(lines[0]).toBe('id,at,who,userId,action,subject,before,after,requestId');
    expect(lines).toHaveLength(1 + 2501 + 1);
    expect(lines.slice(1, -1).every((line) => line.includes(`,'${email},`))).toBe(true);
    expect(lines[1]).toContain('"""=HYPERLINK(\\""x\\"")"""');
    expect(answer.text).not.toMatch(/(^|,|\n)"?[=+@\t]/);
    await giving(email, 'user');
  });

  test('change a concert for everybody within seconds: its name, and how many seats one may have', async () => {
    const { concertId, scheduleId } = await stack.house({ seatLimit: 1 });
    const fan = await stack.admitted(concertId);
    const hold = async (seatNumbers: number[]): Promise<string> =>
      (
        await fan.send('POST', `/api/concerts/schedules/${scheduleId}/bookings`, {
          body: { seatNumbers },
          headers: { prefer: 'wait=10' },
        })
      ).said;
    expect(await hold([1, 2])).toBe('409 SEAT_LIMIT');
    const body = { title: 'Another name', seatLimit: 2 };
    const token = await stack.operatorToken();
    const changed = await send(stack.origin(1), 'PATCH', `/api/admin/concerts/${concertId}`, { token, body });
    expect(changed.as(ConcertMade, 200).concert).toMatchObject(body);
    await untilIs('held', async () => hold([1, 2]), '200', { withinMs: 4000 });
    const { bookings } = (await fan.send('GET', '/api/bookings')).as(Bookings, 200);
    const paid = await fan.paid(bookings[0]?.id ?? '');
    expect(paid.payment.concertTitle).toBe('Another name');
    const [entry] = await entries(`subject=concert:${concertId}&action=concert.change`);
    expect([entry?.before, entry?.after]).toEqual([{ title: expect.any(String), seatLimit: 1 }, body]);
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
