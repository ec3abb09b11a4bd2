import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeQR } from 'qr/decode.js';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import type { PaidResult } from '../support/contract';
import { type Fan, tally } from '../support/fan';
import { type Answer, send } from '../support/http';
import { type House, Stack } from '../support/stack';

const TITLE = 'Ärger; mit, Kommas\\ und 🎸🎸🎸 – eine lange, sehr lange Nacht der Gitarren in Seoul 서울';
const Ticket = z.strictObject({
  id: z.string(),
  scheduleId: z.string(),
  concertId: z.string(),
  concertTitle: z.string(),
  startAt: z.iso.datetime(),
  bookingId: z.string(),
  seatId: z.string(),
  section: z.string(),
  row: z.string(),
  number: z.int(),
  label: z.string().optional(),
  code: z.string(),
  status: z.enum(['VALID', 'USED', 'VOID']),
  usedAt: z.iso.datetime().nullable(),
});
interface Bought {
  fan: Fan;
  paid: PaidResult;
}
const CheckedIn = z.strictObject({ ticket: Ticket });

let stack: Stack;
let house: House;
let door: Fan;
let support: Fan;
const BUYERS = 14;
const bought: Bought[] = [];
beforeAll(async () => {
  stack = await Stack.start({ webs: 2, workers: 1 });
  const concertId = await stack.concert({ title: TITLE, seatLimit: 50 });
  house = { concertId, scheduleId: await stack.date(concertId) };
  door = await staff('door');
  support = await staff('support');
  // All at once: each waits a moment to be let in.
  const fans = await stack.fans(BUYERS);
  bought.push(...(await Promise.all(fans.map(buy))));
});
afterAll(async () => {
  expect(await stack.violations()).toEqual([]);
  await stack.stop();
});

async function staff(role: string): Promise<Fan> {
  const one = await stack.fan();
  await stack.query('UPDATE users SET role = $2 WHERE id = $1', [one.id, role]);
  return one;
}

/** Pays for two seats. */
async function buy(fan: Fan, index: number): Promise<Bought> {
  await fan.enter(house.concertId);
  const booking = await fan.held(house.scheduleId, [2 * index + 1, 2 * index + 2]);
  return { fan, paid: await fan.paid(booking.id) };
}

/** A fan with two tickets that no other test has seen. */
function buyer(): Bought {
  const one = bought.pop();
  if (one === undefined) throw new Error('more buyers are needed');
  return one;
}
const codeOf = ({ tickets: [ticket] }: PaidResult): string => ticket?.code ?? '';
const idOf = ({ tickets: [ticket] }: PaidResult): string => ticket?.id ?? '';
const checkIn = async (body: object, by = door): Promise<Answer> =>
  by.send('POST', '/api/admin/tickets/check-in', { body });

describe('check-in', () => {
  test('is for door staff and operators, and for nobody else', async () => {
    const { paid, fan } = buyer();
    const body = { code: codeOf(paid) };
    expect((await checkIn(body, fan)).said).toBe('403 FORBIDDEN');
    expect((await checkIn(body, support)).said).toBe('403 FORBIDDEN');
    const path = '/api/admin/tickets/check-in';
    expect((await send(stack.origin(), 'POST', path, { body })).said).toBe('401 TOKEN_MISSING');
    const operator = await send(stack.origin(), 'POST', path, { body, token: await stack.operatorToken() });
    expect(operator.as(CheckedIn, 200).ticket.status).toBe('USED');
  });

  test('of one code at two entrances at once lets one in, and tells the others when', async () => {
    const { paid } = buyer();
    const answers = await Promise.all(
      Array.from({ length: 16 }, async () => checkIn({ code: codeOf(paid), scanId: uuidv7() })),
    );
    expect(tally(answers.map(({ said }) => said))).toEqual({ 200: 1, '409 ALREADY_USED': 15 });
    const { ticket } = (answers.find(({ status }) => status === 200) ?? answers[0])?.as(CheckedIn, 200) ?? {};
    expect(ticket).toMatchObject({ id: idOf(paid), status: 'USED', concertTitle: TITLE });
    const told = answers.filter(({ status }) => status === 409).map(({ problem }) => problem['usedAt']);
    expect(new Set(told)).toEqual(new Set([ticket?.usedAt]));
  });

  test('sent again by the same device is the same yes, in another process too', async () => {
    const { paid } = buyer();
    const scan = { code: codeOf(paid).toLowerCase().replaceAll('-', ' '), scanId: uuidv7() };
    const first = await checkIn(scan);
    const again = [await checkIn(scan), await checkIn({ ...scan, scanId: scan.scanId.toUpperCase() })];
    expect(again.map(({ json }) => json)).toEqual([first.json, first.json]);
    expect(again.map(({ headers }) => headers.get('idempotency-replayed'))).toEqual(['true', 'true']);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect((await checkIn({ code: scan.code })).said).toBe('409 ALREADY_USED');
  });

  test('says no to a void ticket, to one of another date, and to a code of nobody', async () => {
    const { paid, fan } = buyer();
    const other = await stack.date(house.concertId);
    const wrongDate = await checkIn({ code: codeOf(paid), scheduleId: other });
    expect(wrongDate.said).toBe('409 TICKET_FOR_ANOTHER_DATE');
    expect(wrongDate.problem).toMatchObject({ ticket: { concertTitle: TITLE, startAt: expect.any(String) } });
    await fan.cancel(paid.booking.id);
    expect((await checkIn({ code: codeOf(paid) })).said).toBe('409 TICKET_VOID');
    expect((await checkIn({ code: 'NOBODY-HAS-THIS' })).said).toBe('404 TICKET_NOT_FOUND');
  });

  test.each([
    ['no code', {}],
    ['an empty code', { code: ' ' }],
    ['a long code', { code: 'A'.repeat(101) }],
    ['NUL', { code: 'A\u0000B' }],
    ['a scan id that is none', { code: 'A', scanId: '1' }],
    ['a date that can be none', { code: 'A', scheduleId: "1'; DROP" }],
    ['a number for a code', { code: 1 }],
  ])('with %s is refused', async (_what, body) => {
    expect((await checkIn(body)).said).toBe('400 INVALID_REQUEST');
  });

  test('keeps guessers out, and nobody with a right code before that', async () => {
    const { paid } = buyer();
    const guesser = await staff('door');
    const guesses = await Promise.all(
      Array.from({ length: 150 }, async (_, index) => checkIn({ code: `GUESS${index}` }, guesser)),
    );
    expect(tally(guesses.map(({ said }) => said))).toEqual({
      '404 TICKET_NOT_FOUND': 120,
      '429 RATE_LIMITED': 30,
    });
    expect((await checkIn({ code: codeOf(paid) })).status).toBe(200);
  });

  test('ends a fan’s chance to give the booking back', async () => {
    const { paid, fan } = buyer();
    await checkIn({ code: codeOf(paid) });
    const answer = await fan.cancel(paid.booking.id);
    expect(answer.said).toBe('409 NOT_CANCELLABLE');
    expect(answer.problem.detail).toMatch(/used at the door/);
    const listed = z
      .looseObject({ tickets: z.array(z.looseObject({ id: z.string(), status: z.string() })) })
      .parse((await fan.send('GET', '/api/tickets')).json);
    expect(tally(listed.tickets.map(({ status }) => status))).toEqual({ USED: 1, VALID: 1 });
  });

  test('knows the dates of about today and how many are in', async () => {
    const today = await stack.date(house.concertId, {
      startAt: new Date(Date.now() + 3_600_000).toISOString(),
      endAt: new Date(Date.now() + 7_200_000).toISOString(),
      bookingEndAt: new Date(Date.now() + 3_000_000).toISOString(),
    });
    const { dates } = z
      .object({ dates: z.array(z.looseObject({ id: z.string(), concertTitle: z.string() })) })
      .parse((await door.send('GET', '/api/admin/door/dates')).json);
    expect(dates).toMatchObject([{ id: today, concertTitle: TITLE }]);
    expect((await door.send('GET', `/api/admin/door/dates/${today}`)).json).toEqual({ tickets: 0, used: 0 });
    expect((await support.send('GET', '/api/admin/door/dates')).said).toBe('403 FORBIDDEN');
  });
});

describe('a ticket in its owner’s hands', () => {
  test('is a QR code that a scanner reads as its code: dark on light, with a quiet zone', async () => {
    const { paid, fan } = buyer();
    const answer = await fan.send('GET', `/api/tickets/${idOf(paid)}/qr.svg`);
    expect(answer.headers.get('content-type')).toBe('image/svg+xml');
    expect(answer.headers.get('cache-control')).toBe('private, no-cache');
    expect(answer.text.length).toBeLessThan(6000);
    expect(decodeQR(pixelsOf(answer.text))).toBe(codeOf(paid));
    const etag = answer.headers.get('etag') ?? '';
    const headers = { 'if-none-match': etag };
    expect((await fan.send('GET', `/api/tickets/${idOf(paid)}/qr.svg`, { headers })).status).toBe(304);
  });

  test('is nobody else’s, and shows nothing once it is void', async () => {
    const { paid, fan } = buyer();
    const stranger = await stack.fan();
    for (const file of ['qr.svg', 'calendar.ics']) {
      const path = `/api/tickets/${idOf(paid)}/${file}`;
      expect((await stranger.send('GET', path)).said).toBe('404 TICKET_NOT_FOUND');
      expect((await door.send('GET', path)).said).toBe('404 TICKET_NOT_FOUND');
      expect((await send(stack.origin(), 'GET', path)).said).toBe('401 TOKEN_MISSING');
      expect((await fan.send('GET', `/api/tickets/${uuidv7()}/${file}`)).said).toBe('404 TICKET_NOT_FOUND');
      expect((await fan.send('GET', `/api/tickets/1/${file}`)).said).toBe('404 TICKET_NOT_FOUND');
    }
    const before = await fan.send('GET', `/api/tickets/${idOf(paid)}/calendar.ics`);
    await fan.cancel(paid.booking.id);
    expect((await fan.send('GET', `/api/tickets/${idOf(paid)}/qr.svg`)).said).toBe('409 TICKET_VOID');
    const headers = { 'if-none-match': before.headers.get('etag') ?? '' };
    const after = await fan.send('GET', `/api/tickets/${idOf(paid)}/calendar.ics`, { headers });
    expect(linesOf(after.text)).toEqual(expect.arrayContaining(['METHOD:CANCEL', 'STATUS:CANCELLED']));
    const sequence = ({ text }: Answer) => Number(/^SEQUENCE:(\d+)/m.exec(text)?.[1]);
    expect(sequence(after)).toBeGreaterThanOrEqual(sequence(before));
  });

  test('is an event for the diary, as RFC 5545 has it', async () => {
    const { paid, fan } = buyer();
    const path = `/api/tickets/${idOf(paid)}/calendar.ics`;
    const answer = await fan.send('GET', path);
    expect(answer.headers.get('content-type')).toBe('text/calendar; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="ticket.ics"');
    const raw = answer.text.split('\r\n');
    expect(answer.text).not.toMatch(/[^\r]\n/);
    expect(raw.every((line) => Buffer.byteLength(line) <= 75)).toBe(true);
    const [row] = await stack.query<{ start_at: Date; end_at: Date }>(
      'SELECT start_at, end_at FROM schedules WHERE id = $1',
      [house.scheduleId],
    );
    const utc = (at: Date | undefined) => at?.toISOString().replaceAll(/[-:]|\.\d+/g, '');
    const lines = linesOf(answer.text);
    expect(lines).toEqual(
      expect.arrayContaining([
        'BEGIN:VCALENDAR',
        'VERSION:2.0',
        'METHOD:PUBLISH',
        `UID:${idOf(paid)}`,
        `DTSTART:${utc(row?.start_at)}`,
        `DTEND:${utc(row?.end_at)}`,
        `SUMMARY:${TITLE.replaceAll(/[\\;,]/g, '\\$&')}`,
        'STATUS:CONFIRMED',
        'END:VCALENDAR',
      ]),
    );
    expect(lines.filter((line) => /^DTSTAMP:\d{8}T\d{6}Z$/.test(line))).toHaveLength(1);
    const headers = { 'if-none-match': answer.headers.get('etag') ?? '' };
    expect((await fan.send('GET', path, { headers })).status).toBe(304);
  });
});

describe('helping a fan', () => {
  const search = async (q: string, by = support): Promise<Answer> =>
    by.send('GET', `/api/admin/search?q=${encodeURIComponent(q)}`);
  const Found = z.record(
    z.string(),
    z.array(z.looseObject({ id: z.string(), userId: z.string().optional() })),
  );
  const ids = (answer: Answer) =>
    Object.fromEntries(
      Object.entries(answer.as(Found, 200)).map(([name, rows]) => [name, rows.map(({ id }) => id).sort()]),
    );
  const logged = async () =>
    stack.query<{ subject: string; after: unknown }>(
      `SELECT subject, after FROM audit_log WHERE action = 'user.look' AND user_id = $1 ORDER BY id`,
      [support.id],
    );

  test('is for support and operators only', async () => {
    for (const path of [
      '/api/admin/search?q=a@b',
      `/api/admin/users/${door.id}`,
      `/api/admin/users/${door.id}/bookings`,
      `/api/admin/schedules/${house.scheduleId}/export.csv`,
    ]) {
      expect((await door.send('GET', path)).said).toBe('403 FORBIDDEN');
      expect((await send(stack.origin(), 'GET', path)).said).toBe('401 TOKEN_MISSING');
    }
  });

  test('finds the same booking by its id, its jobs and its ticket, and its owner by e-mail in any case', async () => {
    const { paid, fan } = buyer();
    await fan.cancel(uuidv7());
    const [pay] = await stack.query<{ id: string }>(
      `SELECT id FROM commands WHERE kind = 'pay' AND payload->>'bookingId' = $1`,
      [paid.booking.id],
    );
    const tickets = paid.tickets.map(({ id }) => id).sort();
    const whole = {
      users: [fan.id],
      bookings: [paid.booking.id],
      commands: [paid.booking.id, pay?.id ?? ''].sort(),
      tickets,
    };
    const asked = [
      paid.booking.id,
      pay?.id ?? '',
      idOf(paid),
      codeOf(paid),
      ` ${codeOf(paid).toLowerCase().replaceAll('-', '')} `,
    ];
    for (const q of asked) expect({ q, ...ids(await search(q)) }).toEqual({ q, ...whole });
    const byMail = await search(`${fan.id.toUpperCase()}@FANS.test`);
    expect(ids(byMail)).toMatchObject({ users: [fan.id], bookings: [paid.booking.id], tickets });
    expect(ids(await search(fan.id))).toEqual(ids(byMail));
    expect(byMail.text).not.toMatch(/password|hash|idempotency|nobody signs in/i);
    for (const q of ['nobody@x.test', uuidv7(), 'AAAA-BBBB', "' OR 1=1"])
      expect(ids(await search(q))).toEqual({ users: [], bookings: [], commands: [], tickets: [] });
    const found = await logged();
    expect(new Set(found.map(({ subject }) => subject))).toEqual(new Set([`user:${fan.id}`, 'user:unknown']));
    expect(JSON.stringify(found)).not.toMatch(/@|AAAA/);
    expect(found[0]?.after).toEqual({ query: paid.booking.id });
    expect((await search('')).said).toBe('400 INVALID_REQUEST');
  });

  test('shows what became of each command and why', async () => {
    const { fan, paid } = buyer();
    const sent = { headers: { prefer: 'wait=10', 'idempotency-key': 'secret' } };
    await fan.cancel(paid.booking.id, sent);
    expect((await fan.cancel(paid.booking.id)).said).toBe('409 ALREADY_CANCELLED');
    const { user, balance, things } = z
      .looseObject({
        user: z.looseObject({ id: z.string() }),
        balance: z.int(),
        things: z.record(
          z.string(),
          z.looseObject({
            rows: z.array(
              z.looseObject({ id: z.string(), kind: z.string().optional(), status: z.string().optional() }),
            ),
            nextCursor: z.string().nullable(),
          }),
        ),
      })
      .parse((await support.send('GET', `/api/admin/users/${fan.id}`)).json);
    expect([user.id, balance]).toEqual([fan.id, 100_000]);
    expect(Object.keys(things).sort()).toEqual([
      'bookings',
      'commands',
      'payments',
      'points',
      'tickets',
      'waitlist',
    ]);
    const commands = things['commands']?.rows ?? [];
    expect(commands.map(({ kind, status }) => `${kind} ${status}`)).toEqual(
      expect.arrayContaining(['hold completed', 'pay completed']),
    );
    expect(commands.find(({ status }) => status === 'rejected')).toMatchObject({
      kind: 'cancel',
      concertTitle: TITLE,
      asked: { bookingId: paid.booking.id },
      error: { code: 'ALREADY_CANCELLED', title: 'Already cancelled', detail: expect.any(String) },
    });
    expect(JSON.stringify(things)).not.toContain('secret');
    const first = z
      .object({ rows: z.array(z.looseObject({ id: z.string() })), nextCursor: z.string().nullable() })
      .parse((await support.send('GET', `/api/admin/users/${fan.id}/commands?limit=1`)).json);
    const rest = await support.send(
      'GET',
      `/api/admin/users/${fan.id}/commands?limit=1&cursor=${first.nextCursor}`,
    );
    expect(first.rows).toEqual(commands.slice(0, 1));
    expect(rest.json).toMatchObject({ rows: commands.slice(1, 2) });
    for (const list of ['bookings', 'tickets', 'payments', 'points', 'waitlist'])
      expect((await support.send('GET', `/api/admin/users/${fan.id}/${list}?cursor=x`)).json).toEqual({
        rows: [],
        nextCursor: null,
      });
    expect((await support.send('GET', `/api/admin/users/${uuidv7()}`)).said).toBe('404 USER_NOT_FOUND');
    expect((await support.send('GET', `/api/admin/users/${fan.id}/secrets`)).said).toBe('404 NOT_FOUND');
  });

  test('exports every booking and ticket of a date, with nothing in it that a spreadsheet runs', async () => {
    const { paid, fan } = buyer();
    await stack.query(`UPDATE users SET name = '=HYPERLINK("http://x","y")' WHERE id = $1`, [fan.id]);
    const path = `/api/admin/schedules/${house.scheduleId}/export.csv`;
    const answer = await support.send('GET', path);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const lines = answer.text.trimEnd().split('\r\n');
    const [{ seats } = { seats: 0 }] = await stack.query<{ seats: number }>(
      'SELECT sum(cardinality(seat_numbers))::int AS seats FROM bookings WHERE schedule_id = $1',
      [house.scheduleId],
    );
    expect(lines).toHaveLength(seats + 1);
    const own = lines.filter((line) => line.startsWith(paid.booking.id));
    expect(own).toHaveLength(2);
    for (const { code } of paid.tickets) expect(own.join()).toContain(code);
    expect(answer.text).not.toMatch(/,"?=HYPERLINK/);
    expect(own[0]).toContain(`'=HYPERLINK`);
    expect((await support.send('GET', '/api/admin/schedules/999999/export.csv')).said).toBe(
      '404 SCHEDULE_NOT_FOUND',
    );
    const audited = await stack.query(
      `SELECT FROM audit_log WHERE action = 'schedule.export' AND subject = $1`,
      [`schedule:${house.scheduleId}`],
    );
    expect(audited).toHaveLength(1);
  });
});

/** Content lines as they were before they were folded. */
const linesOf = (text: string): string[] => text.replaceAll('\r\n ', '').trimEnd().split('\r\n');

/** The picture as a scanner sees it on a dark page: eight pixels a module. */
function pixelsOf(svg: string): { width: number; height: number; data: Uint8ClampedArray } {
  const [size = 0] = /viewBox="0 0 (\d+)/.exec(svg)?.slice(1).map(Number) ?? [];
  const scale = 8;
  const margin = 5 * scale;
  const width = size * scale + 2 * margin;
  const data = new Uint8ClampedArray(width * width * 4).fill(0);
  const paint = (x: number, y: number, w: number, h: number, level: number): void => {
    for (let py = y * scale; py < (y + h) * scale; py += 1)
      for (let px = x * scale; px < (x + w) * scale; px += 1)
        data.fill(
          level,
          ((py + margin) * width + px + margin) * 4,
          ((py + margin) * width + px + margin) * 4 + 4,
        );
  };
  const paths = [...svg.matchAll(/<path ([^>]*)\/>/g)].map(([, attributes = '']) => attributes);
  for (const attributes of paths) {
    const level = attributes.includes('fill="#fff"') ? 255 : 0;
    for (const [, x = 0, y = 0, w = 0, h = 0] of attributes.matchAll(/M(\d+) (\d+)h(\d+)v(\d+)/g))
      paint(Number(x), Number(y), Number(w), Number(h), level);
    for (const [, w = 0, h = 0] of attributes.matchAll(/M0 0h(\d+)v(\d+)H0z/g))
      paint(0, 0, Number(w), Number(h), level);
  }
  return { width, height: width, data };
}
