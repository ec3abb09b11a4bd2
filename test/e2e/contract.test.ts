import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import * as contract from '../support/contract';
import type { Fan } from '../support/fan';
import { type Answer, send, type Sent } from '../support/http';
import { OpenApi } from '../support/openapi';
import { OPERATOR, Stack } from '../support/stack';
import { until, untilIs } from '../support/until';
import { type ContractRow, DATE, type Ids, ROWS } from './contract-rows';

let stack: Stack;
let openApi: OpenApi;
let ids: Ids;
let fans: Record<'fan' | 'waiter' | 'outsider', Fan>;
let operatorToken = '';
/** What staff was let do, by the id of the request. */
const acts = new Map<string, string>();
const CHANGES_NOTHING: ReadonlySet<string> = new Set(['POST /api/admin/plans/check']);
beforeAll(async () => {
  stack = await Stack.start({ webs: 1, workers: 1 });
  const { concertId, scheduleId } = await stack.house({ seatLimit: 7 });
  const fan = await stack.admitted(concertId);
  const [paid, held] = [await fan.held(scheduleId, [1, 2]), await fan.held(scheduleId, [3])];
  const { tickets } = await fan.paid(paid.id); // The other hold keeps the admission.
  operatorToken = await stack.operatorToken();
  const full = { token: operatorToken, body: { maxActive: 1 } };
  await send(stack.origin(), 'PATCH', `/api/admin/concerts/${concertId}/queue`, full);
  const [waiter, outsider] = await Promise.all([stack.fan(), stack.fan()]);
  await waiter.join(concertId);
  fans = { fan, waiter, outsider };
  ids = {
    concertId,
    scheduleId,
    seatId: `${scheduleId}-9`,
    bookingId: paid.id,
    jobId: held.id,
    entryId: held.id,
    ticketId: tickets[0]?.id ?? '',
    ticketCode: tickets[0]?.code ?? '',
    userId: fan.id,
    list: 'commands',
  };
  openApi = await OpenApi.of(stack.origin());
});
afterAll(async () => stack.stop());

async function ask({
  operation,
  by,
  ask: { ids: others = {}, query = '', ...sent },
}: ContractRow): Promise<Answer> {
  const fill = (text: string): string =>
    Object.entries(ids).reduce((filled, [name, id]) => filled.replaceAll(`{${name}}`, id), text);
  const [method = '', template = ''] = operation.split(' ');
  const path = Object.entries(others).reduce((text, [name, id]) => text.replace(`{${name}}`, id), template);
  const body: unknown = sent.body === undefined ? undefined : JSON.parse(fill(JSON.stringify(sent.body)));
  return send(stack.origin(), method, fill(path + query), { ...tokensOf(by), ...sent, body });
}

function tokensOf(by: ContractRow['by']): Sent {
  if (by === 'anybody') return {};
  if (by === 'operator') return { token: operatorToken };
  return { token: fans[by].token, queueToken: fans[by].queueToken };
}

const DOOR = 'door operator';
const SUPPORT = 'support operator';
/** Who beside operators may call what staff may: door staff let in, support reads, searches and refunds. */
const WHO: Readonly<Record<string, string>> = {
  'POST /api/admin/tickets/check-in': DOOR,
  'GET /api/admin/door/dates': DOOR,
  'GET /api/admin/door/dates/{scheduleId}': DOOR,
  'GET /api/admin/search': SUPPORT,
  'GET /api/admin/users/{userId}': SUPPORT,
  'GET /api/admin/users/{userId}/{list}': SUPPORT,
  'POST /api/admin/bookings/{bookingId}/cancel': SUPPORT,
  'GET /api/admin/schedules/{scheduleId}/cancellation': SUPPORT,
  'GET /api/admin/schedules/{scheduleId}/export.csv': SUPPORT,
  'GET /api/admin/schedules/{scheduleId}/seats': SUPPORT,
  'GET /api/admin/schedules/{scheduleId}': SUPPORT,
  'GET /api/admin/concerts/{concertId}/schedules': SUPPORT,
  'GET /api/admin/concerts/{concertId}/sales': SUPPORT,
  'GET /api/admin/concerts/{concertId}/curves': SUPPORT,
  'GET /api/admin/concerts': SUPPORT,
  'GET /api/admin/desk': SUPPORT,
  'GET /api/admin/desk/events': SUPPORT,
};

/** Asks without saying what to do: who is let in is told that something is missing, and changes nothing. */
async function letIn(operation: string, token: string): Promise<string> {
  const [method = '', path = ''] = operation.split(' ');
  const filled = Object.entries(ids).reduce((text, [name, id]) => text.replace(`{${name}}`, id), path);
  const answer = await fetch(stack.origin() + filled, {
    method,
    headers: {
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
    },
    ...(method === 'GET' ? {} : { body: '{}' }),
  });
  if (answer.status !== 401 && answer.status !== 403) {
    await answer.body?.cancel(); // A stream has no end.
    return 'in';
  }
  const { code } = z.looseObject({ code: z.string() }).parse(await answer.json());
  return `${answer.status} ${code}`;
}

describe('the contract', () => {
  test.each(ROWS)('$operation, $what: $said', async (row) => {
    const answer = await ask(row);
    expect(answer.said).toBe(row.said);
    if (row.shape !== null) answer.as(row.shape, answer.status);
    else if (answer.status < 400) expect(answer.text).toBe('');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'x-request-id': expect.any(String),
      ...row.headers,
    });
    expect(openApi.faults(row.operation, answer)).toEqual([]);
    const isAct = / \/api\/admin\//.test(row.operation) && !row.operation.startsWith('GET');
    if (isAct && answer.status < 300) acts.set(answer.headers.get('x-request-id') ?? '', row.operation);
  });

  test('has an entry in the audit log for everything that staff can change', async () => {
    const changing = new Set([...acts.values()].filter((operation) => !CHANGES_NOTHING.has(operation)));
    expect(changing.size).toBeGreaterThan(4);
    await untilIs(
      'written down',
      async () => {
        const written = await stack.query<{ id: string }>('SELECT request_id AS id FROM audit_log');
        const noted = new Set(written.map(({ id }) => acts.get(id)));
        return [...changing].filter((operation) => !noted.has(operation)).join(', ');
      },
      '',
    );
  });

  test('lets each role in where it belongs, and nowhere else', async () => {
    const [user, door, support] = await Promise.all([stack.fan(), stack.fan(), stack.fan()]);
    await stack.query(`UPDATE users SET role = 'door' WHERE id = $1`, [door.id]);
    await stack.query(`UPDATE users SET role = 'support' WHERE id = $1`, [support.id]);
    const tokens = {
      nobody: '',
      user: user.token,
      door: door.token,
      support: support.token,
      operator: operatorToken,
    };
    const admin = [...openApi.operations.keys()].filter((operation) => operation.includes(' /api/admin/'));
    const found = await Promise.all(
      admin.map(async (operation) => {
        const said = await Promise.all(
          Object.entries(tokens).map(async ([who, token]) => [who, await letIn(operation, token)] as const),
        );
        return [
          operation,
          said.flatMap(([who, answer]) => (answer === 'in' ? [who] : [])).join(' '),
          said,
        ] as const;
      }),
    );
    expect(Object.fromEntries(found.map(([operation, who]) => [operation, who]))).toEqual(
      Object.fromEntries(admin.map((operation) => [operation, WHO[operation] ?? 'operator'])),
    );
    for (const [operation, , said] of found) {
      const { nobody, user: fan } = Object.fromEntries(said);
      expect([operation, nobody, fan]).toEqual([operation, '401 TOKEN_MISSING', '403 FORBIDDEN']);
    }
    expect(Object.keys(WHO).filter((operation) => !admin.includes(operation))).toEqual([]);
  });

  test('has a row here for everything that the OpenAPI document tells of', () => {
    const rows = new Set(ROWS.map((row) => row.operation));
    expect([...openApi.operations.keys()].filter((operation) => !rows.has(operation))).toEqual([]);
  });

  test('tells every fault of a request at once, each with its path', async () => {
    const answer = await send(stack.origin(), 'POST', '/api/auth/signup', {
      body: { email: 'no', password: 'short' },
    });
    expect(answer.problem['errors']).toEqual(
      ['body.email', 'body.password', 'body.name'].map((path) => ({ path, message: expect.any(String) })),
    );
  });

  test('numbers the seats of a date through its sections, with their attributes', async () => {
    const concertId = await stack.concert();
    const body = { ...DATE, bookingStartAt: new Date(Date.now() - 60_000).toISOString() };
    const made = await send(stack.origin(), 'POST', `/api/admin/concerts/${concertId}/schedules`, {
      token: operatorToken,
      body,
    });
    const { schedule, seats } = made.as(contract.ScheduleMade, 201);
    expect(seats).toBe(53);
    const fan = await stack.admitted(concertId);
    const map = (await fan.send('GET', `/api/concerts/schedules/${schedule.id}/seats`)).as(
      contract.SeatMap,
      200,
    );
    expect(map.seats.map((seat) => seat.number)).toEqual(Array.from({ length: 53 }, (_, i) => i + 1));
    expect(map.seats[49]).toMatchObject({
      section: 'A',
      row: '5',
      price: 100,
      attributes: { accessible: 'true' },
    });
    expect(map.seats[50]).toMatchObject({ section: 'B', row: '1', price: 50, attributes: {} });
    const bookable = await fan.send('GET', `/api/concerts/${concertId}/schedules/bookable`);
    expect(bookable.as(contract.Bookable, 200).schedules).toEqual([
      { ...schedule, seats: { total: 53, available: 53 } },
    ]);
  });

  test('offers no date whose booking window is not open, and holds nothing there', async () => {
    const { concertId, scheduleId } = await stack.house();
    const made = await send(stack.origin(), 'POST', `/api/admin/concerts/${concertId}/schedules`, {
      token: operatorToken,
      body: DATE,
    });
    const { schedule } = made.as(contract.ScheduleMade, 201);
    const fan = await stack.admitted(concertId);
    const bookable = await fan.send('GET', `/api/concerts/${concertId}/schedules/bookable`);
    expect(bookable.as(contract.Bookable, 200).schedules.map(({ id }) => id)).toEqual([scheduleId]);
    expect((await fan.hold(schedule.id, [1])).said).toBe('409 BOOKING_WINDOW_CLOSED');
  });

  test('lets nobody in before a date can be booked, and says when that is', async () => {
    const concertId = await stack.concert({ queue: { admitIntervalMs: 100 } });
    const fan = await stack.fan();
    expect(await fan.join(concertId)).toMatchObject({ phase: 'BEFORE_OPENING', opensAt: null });
    const bookingStartAt = new Date(Date.now() + 4_000).toISOString();
    const path = `/api/admin/concerts/${concertId}/schedules`;
    await send(stack.origin(), 'POST', path, { token: operatorToken, body: { ...DATE, bookingStartAt } });
    const isTold = ({ opensAt }: contract.State): boolean => opensAt === bookingStartAt;
    expect(await until('told', async () => fan.look(concertId), isTold)).toMatchObject({ status: 'WAITING' });
    const state = await fan.enter(concertId);
    expect(state).toMatchObject({ phase: 'OPEN', mayHold: true });
    expect(Date.now()).toBeGreaterThan(Date.parse(bookingStartAt) - 2_500);
  });

  test('pages through lists without a gap or a repetition', async () => {
    const fan = await stack.fan(0);
    for (let amount = 1; amount <= 5; amount += 1)
      await fan.send('POST', '/api/points/charge', { body: { amount } });
    const amounts: number[] = [];
    let next: string | null = '';
    while (next !== null) {
      const page = await fan.send(
        'GET',
        `/api/points/history?limit=2${next === '' ? '' : `&cursor=${next}`}`,
      );
      const { entries, nextCursor } = page.as(contract.History, 200);
      amounts.push(...entries.map((entry) => entry.amount));
      next = nextCursor;
    }
    expect(amounts).toEqual([5, 4, 3, 2, 1]);
  });

  test('lets the operator of the settings sign in like anybody', async () => {
    const answer = await send(stack.origin(), 'POST', '/api/auth/login', { body: OPERATOR });
    expect(answer.as(contract.SignedIn, 200).user.role).toBe('operator');
  });
});
