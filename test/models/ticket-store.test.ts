import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { QueryTypes, type Sequelize } from 'sequelize';
import { uuidv7 } from 'uuidv7';
import type { Command } from '../../src/booking/types';
import { type GroupParts, runGroup } from '../../src/jobs/schedules/run-group';
import { createDatabase } from '../../src/lib/database';
import { inTwoTrips } from '../../src/lib/pipeline';
import { audit } from '../../src/models/audit';
import { loadGroups } from '../../src/models/group-state';
import { createPointStore } from '../../src/models/point-store';
import { type CheckIn, createTicketStore, type Scan, type TicketStore } from '../../src/models/ticket-store';
import { Shop } from '../jobs/shop';
import { tally } from '../support/fan';
import { sessionsAtLock } from '../support/locks';
import { until } from '../support/until';

interface Sold {
  id: string;
  bookingId: string;
  code: string;
}

let shop: Shop;
let parts: GroupParts;
let elsewhere: Sequelize;
/** At two entrances, of two web processes. */
let doors: [TicketStore, TicketStore];
beforeAll(async () => {
  shop = await Shop.open();
  parts = shop.workerParts();
  elsewhere = createDatabase({ url: shop.testDatabase.url, pool: 8, name: 'another process' });
  doors = [createTicketStore(shop.database), createTicketStore(elsewhere)];
  await createPointStore(shop.database).charge(shop.user(0), 1_000_000, null);
});
afterAll(async () => {
  await elsewhere.close();
  await shop.close();
});
beforeEach(async () => {
  expect(await audit(shop.database, { graceMs: 60_000 })).toEqual([]);
  await shop.clear();
});

const sql = async <Row extends object>(text: string): Promise<Row[]> =>
  shop.database.query<Row>(text, { type: QueryTypes.SELECT });
let seat = 0;

const run = async (...commands: Command[]) => runGroup(parts, { scheduleId: shop.scheduleId, commands });

/** Tickets of one new booking that is paid for. */
async function sell(count = 1): Promise<Sold[]> {
  const numbers = Array.from({ length: count }, () => (seat += 1));
  const hold: Command = { id: uuidv7(), userId: shop.user(0), kind: 'hold', seatNumbers: numbers };
  await run(hold);
  await run(shop.payCommand(hold));
  return sql<Sold>(
    `SELECT id, booking_id AS "bookingId", code FROM tickets WHERE booking_id = '${hold.id}' ORDER BY seat_number`,
  );
}

async function sellOne(): Promise<Sold> {
  const [ticket] = await sell();
  if (ticket === undefined) throw new Error('nothing was sold');
  return ticket;
}

const cancelOf = ({ bookingId }: Sold): Command => ({
  id: uuidv7(),
  userId: shop.user(0),
  kind: 'cancel',
  bookingId,
});
const scan = (code: string, more: Partial<Scan> = {}): Scan => ({
  code,
  scanId: null,
  scheduleId: null,
  staffId: shop.user(1),
  requestId: 'r',
  ...more,
});
const entries = async (ticketId: string) =>
  sql<{ action: string; user_id: string; request_id: string }>(
    `SELECT action, user_id, request_id FROM audit_log WHERE subject = 'ticket:${ticketId}'`,
  );

describe('a ticket at the door', () => {
  test('is let in once, at whichever of two entrances, and is in the audit log once', async () => {
    const sold = await sell(8);
    for (const { id, code } of sold) {
      const scans = Array.from({ length: 12 }, async (_, index) =>
        doors[index % 2 === 0 ? 0 : 1].checkIn(scan(code, { scanId: uuidv7() })),
      );
      const all = await Promise.all(scans);
      expect(tally(all.map(({ is }) => is))).toEqual({ in: 1, used: 11 });
      expect(all.every((each) => 'ticket' in each && each.ticket.usedAt instanceof Date)).toBe(true);
      expect(await entries(id)).toEqual([{ action: 'ticket.use', user_id: shop.user(1), request_id: 'r' }]);
    }
  });

  test('gets the same yes for the same scan, however often and wherever it is sent, and a no for another', async () => {
    const { id, code } = await sellOne();
    const scanId = uuidv7();
    const all = await Promise.all(
      Array.from({ length: 10 }, async (_, index) =>
        doors[index % 2 === 0 ? 0 : 1].checkIn(scan(code, { scanId, staffId: shop.user(index) })),
      ),
    );
    expect(all.map(({ is }) => is)).toEqual(all.map(() => 'in'));
    expect(all.filter((each) => each.is === 'in' && !each.again)).toHaveLength(1);
    expect(await doors[0].checkIn(scan(code, { scanId: uuidv7() }))).toMatchObject({ is: 'used' });
    expect(await doors[0].checkIn(scan(code))).toMatchObject({ is: 'used' });
    expect(await doors[1].checkIn(scan(code, { scanId }))).toMatchObject({ is: 'in', again: true });
    expect(await entries(id)).toHaveLength(1);
  });

  test('without a scan id is used by the second request', async () => {
    const { code } = await sellOne();
    expect(await doors[0].checkIn(scan(code))).toMatchObject({ is: 'in', again: false });
    expect(await doors[0].checkIn(scan(code))).toMatchObject({ is: 'used' });
  });

  test('is not let in by the scan of another', async () => {
    const [first, second] = await sell(2);
    const scanId = uuidv7();
    await doors[0].checkIn(scan(first?.code ?? '', { scanId }));
    expect(await doors[1].checkIn(scan(second?.code ?? '', { scanId }))).toEqual({
      is: 'scan of another ticket',
    });
    expect(await doors[1].checkIn(scan(second?.code ?? ''))).toMatchObject({ is: 'in' });
  });

  test('for another date stays as it is', async () => {
    const { code } = await sellOne();
    const other = await shop.addSchedule();
    expect(await doors[0].checkIn(scan(code, { scheduleId: other }))).toMatchObject({
      is: 'of another date',
      ticket: { scheduleId: shop.scheduleId, status: 'VALID' },
    });
    expect(await doors[0].checkIn(scan(code, { scheduleId: shop.scheduleId }))).toMatchObject({ is: 'in' });
    expect(await doors[0].checkIn(scan(code, { scheduleId: other }))).toMatchObject({
      is: 'of another date',
    });
  });

  test('is found however its code is typed, and no other code finds it', async () => {
    const { id, code } = await sellOne();
    await shop.database.query(`UPDATE tickets SET code = '0A1B-CDEF-GH11-0000' WHERE id = '${id}'`);
    const typed = [
      '0A1B-CDEF-GH11-0000',
      ' oaib cdef ghl1 oooo ',
      '0a1bcdefgh110000',
      '0A1B–CDEF—GH11‐0000',
      '０Ａ１Ｂ-ＣＤＥＦ-GH11-0000',
      '0A1B\u00a0CDEF\u200bGH11_0000',
    ];
    for (const each of typed)
      expect({ each, ...(await doors[0].checkIn(scan(each, { scheduleId: '999' }))) }).toMatchObject({
        each,
        is: 'of another date',
        ticket: { id },
      });
    for (const each of [code, '0A1B-CDEF-GH11-000', '', '%', '0A1B-CDEF-GH11-0000X'])
      expect(await doors[0].checkIn(scan(each))).toEqual({ is: 'unknown' });
  });

  test('of a code that was made before codes were to be typed is found, too', async () => {
    const { id } = await sellOne();
    await shop.database.query(`UPDATE tickets SET code = 'aB_9-zZlI0Oo_-xyQw12' WHERE id = '${id}'`);
    expect(await doors[0].checkIn(scan('aB_9-zZlI0Oo_-xyQw12'))).toMatchObject({ is: 'in', ticket: { id } });
  });

  test('that was given back is void, whoever asks', async () => {
    const sold = await sellOne();
    const { code } = sold;
    await run(cancelOf(sold));
    expect(await doors[0].checkIn(scan(code))).toMatchObject({ is: 'void', ticket: { status: 'VOID' } });
    expect(await doors[0].checkIn(scan(code, { scheduleId: '999' }))).toMatchObject({ is: 'void' });
  });
});

describe('check-in against giving back', () => {
  test('a booking of which one ticket was let in is not given back', async () => {
    const [first, second] = await sell(2);
    await doors[0].checkIn(scan(first?.code ?? ''));
    await run(cancelOf(first ?? (await sellOne())));
    expect(await shop.statuses()).toEqual(['completed', 'completed', 'NOT_CANCELLABLE']);
    expect(await doors[0].checkIn(scan(second?.code ?? ''))).toMatchObject({ is: 'in' });
  });

  test('in the same moment exactly one of them wins', async () => {
    const seen = new Set<string>();
    for (let round = 0; round < 40; round += 1) {
      const sold = await sellOne();
      const cancel = cancelOf(sold);
      // Each of them first at times, and both in between.
      const pauseMs = (round % 8) - 3;
      const [checkedIn] = await Promise.all([
        after(Math.max(0, pauseMs), async () => doors[1].checkIn(scan(sold.code))),
        after(Math.max(0, -pauseMs), async () => run(cancel)),
      ]);
      const [row] = await sql<{ ticket: string; booking: string; command: string }>(
        `SELECT t.status AS ticket, b.status AS booking, coalesce(c.outcome->>'code', c.status) AS command
           FROM tickets t JOIN bookings b ON b.id = t.booking_id JOIN commands c ON c.id = '${cancel.id}'
          WHERE t.id = '${sold.id}'`,
      );
      const came = `${checkedIn.is} ${row?.ticket} ${row?.booking} ${row?.command}`;
      seen.add(came);
    }
    const allowed = ['in USED PAID NOT_CANCELLABLE', 'void VOID CANCELLED completed'];
    expect([...seen].filter((each) => !allowed.includes(each))).toEqual([]);
    expect(await audit(shop.database, { graceMs: 60_000 })).toEqual([]);
  });

  test('the door waits for whoever has looked whether a ticket may be given back', async () => {
    const { code, ...sold } = await sellOne();
    const entry = await parts.catalog.find(shop.scheduleId);
    if (entry === null) throw new Error('no entry');
    const options = { holdTtlMs: 1000, releaseLimit: 10, memory: parts.memory };
    const asked: Promise<CheckIn>[] = [];
    await inTwoTrips(
      elsewhere,
      async (run) => {
        await loadGroups(run, [{ entry, commands: [cancelOf({ code, ...sold })] }], options);
        asked.push(doors[0].checkIn(scan(code)));
        await atLock('%UPDATE tickets%');
      },
      () => [],
    );
    expect(await asked[0]).toMatchObject({ is: 'in' });
  });

  test('whoever gives it back waits for a check-in under way, and finds it used', async () => {
    const sold = await sellOne();
    const cancel = cancelOf(sold);
    const cancelling: Promise<unknown>[] = [];
    await elsewhere.transaction(async (transaction) => {
      const used = `UPDATE tickets SET status = 'USED', used_at = now() WHERE id = '${sold.id}'`;
      await elsewhere.query(used, { transaction });
      cancelling.push(run(cancel));
      await atLock('%FROM tickets%');
    });
    await cancelling[0];
    expect((await shop.statuses()).at(-1)).toBe('NOT_CANCELLABLE');
  });
});

test('the door knows how many are in, and which shows are on', async () => {
  const [first] = await sell(3);
  const given = await sellOne();
  await run(cancelOf(given));
  await doors[0].checkIn(scan(first?.code ?? ''));
  expect(await doors[0].doorCount(shop.scheduleId)).toEqual({ tickets: 3, used: 1 });
  expect(await doors[0].doorDates()).toEqual([]); // It is in two days.
  await shop.database.query(
    `UPDATE schedules SET start_at = now() - interval '1 hour', booking_end_at = now(), end_at = now() + interval '1 hour' WHERE id = ${shop.scheduleId}`,
  );
  expect(await doors[0].doorDates()).toMatchObject([{ id: shop.scheduleId, concertTitle: 'T' }]);
});

/** Until a statement like this one waits for a lock. */
async function atLock(statement: string): Promise<void> {
  const client = new Client({ connectionString: shop.testDatabase.url });
  await client.connect();
  try {
    await until(
      'waits',
      async () => sessionsAtLock(client, { statement }),
      (count) => count > 0,
    );
  } finally {
    await client.end();
  }
}

async function after<T>(ms: number, work: () => Promise<T>): Promise<T> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return work();
}
