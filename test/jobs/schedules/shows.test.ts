import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import type { Command, CommandOf } from '../../../src/booking/types';
import { callOffForAMoment } from '../../../src/jobs/schedules/calling-off';
import { type DecidedGroup, runGroup } from '../../../src/jobs/schedules/run-group';
import type { ScheduleJobParts } from '../../../src/jobs/schedules/schedule-jobs';
import { audit } from '../../../src/models/audit';
import { createAuditLog } from '../../../src/models/audit-log';
import { createShowStore, ShowCancelledError, type ShowStore } from '../../../src/models/show-store';
import { createTicketStore } from '../../../src/models/ticket-store';
import { hoursFromNow } from '../../support/times';
import { untilIs } from '../../support/until';
import { Shop } from '../shop';

const SEATS = 6;
const PRICE = 100;

let shop: Shop;
let shows: ShowStore;
let scheduleId: string;
let parts: ReturnType<Shop['workerParts']>;
let by: { userId: string; requestId: string };
beforeAll(async () => {
  shop = await Shop.open();
  shows = createShowStore(shop.database);
  by = { userId: shop.user(19), requestId: 'r' };
});
beforeEach(async () => {
  scheduleId = await shop.addSchedule({
    sections: [{ name: 'A', rows: 1, seatsPerRow: SEATS, price: PRICE }],
  });
  parts = shop.workerParts();
});
afterEach(async () => expect(await audit(shop.database, { graceMs: 0 })).toEqual([]));
afterAll(async () => shop.close());

async function decide(
  commands: Command[],
  worker: ScheduleJobParts & typeof parts = parts,
): Promise<DecidedGroup> {
  const [group] = await runGroup(worker, { scheduleId, commands });
  if (group === undefined) throw new Error('nothing was decided');
  return group;
}

/** The refusal code of each command, or "completed". */
const verdicts = ({ ended }: DecidedGroup): string[] =>
  ended.map(({ status, outcome }) =>
    typeof outcome === 'object' && outcome !== null && 'code' in outcome ? String(outcome.code) : status,
  );
const outcomes = ({ ended }: DecidedGroup): unknown[] => ended.map(({ outcome }) => outcome);

const command = (kind: 'block' | 'unblock', ...seatNumbers: number[]): Command => ({
  id: uuidv7(),
  userId: by.userId,
  kind,
  seatNumbers,
  requestId: by.requestId,
});
const enlist = (user: number, count = 1): CommandOf<'enlist'> => ({
  id: uuidv7(),
  userId: shop.user(user),
  kind: 'enlist',
  count,
  sections: null,
  accessible: false,
});
const best = (user: number, count: number): Command => ({
  id: uuidv7(),
  userId: shop.user(user),
  kind: 'hold',
  seatNumbers: [],
  bestAvailable: { count, together: false },
});
const cancelled = ({ id: bookingId, userId }: Command): CommandOf<'cancel'> => ({
  id: uuidv7(),
  userId,
  kind: 'cancel',
  bookingId,
});

async function rich(...users: number[]): Promise<void> {
  const ids = users.map((user) => shop.user(user));
  await shop.database.query(
    `WITH made AS (INSERT INTO point_histories (user_id, entry, amount, balance_before, balance_after, type)
       SELECT user_id, coalesce(last_entry, 0) + 1, 1000, balance, balance + 1000, 'CHARGE' FROM points
        WHERE user_id = ANY($1::uuid[]) RETURNING *)
     UPDATE points p SET balance = balance_after, last_entry = entry FROM made WHERE made.user_id = p.user_id`,
    { bind: [ids] },
  );
}

async function column(sql: string): Promise<string[]> {
  const [rows] = await shop.database.query(sql, { bind: [scheduleId] });
  return rows.map((row) => String(Object.values(typeof row === 'object' && row !== null ? row : {})[0]));
}
/** By user, as the shop counts them. */
async function points(): Promise<number[]> {
  const [rows] = await shop.database.query('SELECT json_object_agg(user_id, balance) AS all FROM points');
  const { all } = Points.parse(rows[0]);
  return shop.users.map((user) => all[user] ?? 0);
}
const Points = z.object({ all: z.record(z.string(), z.number()) });
const map = async (): Promise<string> => (await parts.seatMap.read(scheduleId))?.states ?? '';
const acts = async (subject = `schedule:${scheduleId}`) =>
  (await createAuditLog(shop.database).page({ subject }, 10, null))
    .filter(({ action }) => action !== 'schedule.create')
    .map(({ action, who, requestId, before, after }) => ({
      action,
      by: who?.id,
      requestId,
      before,
      after,
    }));

describe('seats out of sale', () => {
  test('are nobody’s, for no way of asking, in memory as in Postgres, until they are put back', async () => {
    const group = await decide([
      command('block', 1, 2, 3, 4, 5),
      shop.holdCommand(2, shop.user(1)),
      best(1, 2),
      best(1, 1),
    ]);
    expect(verdicts(group)).toEqual(['completed', 'SEAT_TAKEN', 'SOLD_OUT', 'completed']);
    expect(outcomes(group)[0]).toEqual({ blocked: 5 });
    // Read anew by a worker that remembers nothing.
    expect(
      verdicts(await decide([best(2, 1), shop.holdCommand(3, shop.user(2))], shop.workerParts())),
    ).toEqual(['SOLD_OUT', 'SEAT_TAKEN']);
    expect(await map()).toBe('BBBBBH');
    const back = await decide([command('unblock', 3, 4), best(2, 2)]);
    expect(outcomes(back)[0]).toEqual({ blocked: 3 });
    expect(verdicts(back)).toEqual(['completed', 'completed']);
  });

  test('are all taken out, or none where one is held; again changes nothing and is not noted again', async () => {
    await decide([shop.holdCommand(3, shop.user(1))]);
    const group = await decide([
      command('block', 2, 3),
      command('block', 1, 2),
      command('block', 2),
      command('block', 7),
    ]);
    expect(verdicts(group)).toEqual(['SEAT_TAKEN', 'completed', 'completed', 'SEAT_NOT_FOUND']);
    expect(outcomes(group)[0]).toMatchObject({ seatIds: [`${scheduleId}-3`] });
    expect(outcomes(group).slice(1, 3)).toEqual([{ blocked: 2 }, { blocked: 2 }]);
    expect(await acts()).toEqual([
      {
        action: 'schedule.block',
        by: by.userId,
        requestId: 'r',
        before: { blocked: 0 },
        after: { blocked: 2, seatNumbers: [1, 2] },
      },
    ]);
    // Also what is held or free is named among those put back: they stay as they are.
    expect(outcomes(await decide([command('unblock', 1, 3, 4)]))).toEqual([{ blocked: 1 }]);
    expect(await column('SELECT seat_number FROM seat_claims WHERE schedule_id = $1 ORDER BY 1')).toEqual([
      '2',
      '3',
    ]);
  });

  test('do not keep a date from being sold out; those on the waiting list are asked first once they are back', async () => {
    await decide([
      command('block', 1, 2),
      shop.holdCommand(3, shop.user(1)),
      shop.holdCommand(4, shop.user(2)),
    ]);
    await decide([shop.holdCommand(5, shop.user(3)), shop.holdCommand(6, shop.user(4))]);
    expect(await parts.stock.countSeats([scheduleId])).toEqual(
      new Map([[scheduleId, { version: 3, available: 0, held: 4, total: SEATS, blocked: 2 }]]),
    );
    await decide([enlist(5, 2)]);
    expect(verdicts(await decide([command('unblock', 1, 2), shop.holdCommand(1, shop.user(6))]))).toEqual([
      'completed',
      'SEAT_TAKEN',
    ]);
    expect(
      await column('SELECT user_id FROM bookings WHERE schedule_id = $1 AND entry_id IS NOT NULL'),
    ).toEqual([shop.user(5)]);
  });

  test('are never put out of sale under a hold, whoever is first', async () => {
    for (let seat = 1; seat <= SEATS; seat += 1) {
      const [blocking, holding] = await Promise.all([
        decide([command('block', seat)], shop.workerParts()),
        decide([shop.holdCommand(seat, shop.user(1))], shop.workerParts()),
      ]);
      expect([...verdicts(blocking), ...verdicts(holding)].sort()).toEqual(['SEAT_TAKEN', 'completed']);
    }
  });
});

describe('a sale that is stopped', () => {
  test('takes no new seats, though the worker remembers it as on sale; what is held can be paid for', async () => {
    await rich(1);
    const hold = shop.holdCommand(1, shop.user(1));
    await decide([hold]);
    await shows.change(scheduleId, { stopped: true }, by);
    const presale = { untilMs: Date.now() + 60_000, opensAtMs: null, seatLimit: null };
    const inPresale: Command = {
      id: uuidv7(),
      userId: shop.user(2),
      kind: 'hold',
      seatNumbers: [2],
      presale,
    };
    const group = await decide([
      shop.holdCommand(2, shop.user(2)),
      best(2, 1),
      inPresale,
      enlist(3),
      shop.payCommand(hold),
    ]);
    expect(verdicts(group)).toEqual([...Array<string>(4).fill('BOOKING_WINDOW_CLOSED'), 'completed']);
    await shows.change(scheduleId, { stopped: false }, by);
    expect(verdicts(await decide([shop.holdCommand(2, shop.user(2))]))).toEqual(['completed']);
    expect((await acts()).map(({ action, before, after }) => [action, before, after])).toEqual([
      ['schedule.change', { stopped: true }, { stopped: false }],
      ['schedule.change', { stopped: false }, { stopped: true }],
    ]);
  });

  test.each([
    ['remembered', () => parts],
    ['read anew', () => shop.workerParts()],
  ])(
    'offers nothing meanwhile, and to those who wait before all others afterwards (%s)',
    async (_how, worker) => {
      const holds = Array.from({ length: SEATS }, (_, index) =>
        shop.holdCommand(index + 1, shop.user(index)),
      );
      await decide(holds);
      await decide([enlist(7)]);
      await shows.change(scheduleId, { stopped: true }, by);
      const [first] = holds;
      if (first === undefined) throw new Error('no hold');
      await decide([cancelled(first)]);
      const offers = async () =>
        column('SELECT id FROM bookings WHERE schedule_id = $1 AND entry_id IS NOT NULL');
      expect(await offers()).toEqual([]);
      expect(await parts.upkeep.withNewTerms(5000)).toContain(scheduleId);
      await shows.change(scheduleId, { stopped: false }, by);
      expect(verdicts(await decide([shop.holdCommand(1, shop.user(8))], worker()))).toEqual(['SEAT_TAKEN']);
      expect(await offers()).toHaveLength(1);
    },
  );

  test('offers seats that were put back meanwhile to those who wait, once it goes on', async () => {
    await decide([command('block', 1, 2), best(1, 4)]);
    await decide([enlist(7, 2)]);
    await shows.change(scheduleId, { stopped: true }, by);
    await decide([command('unblock', 1, 2)], shop.workerParts());
    await shows.change(scheduleId, { stopped: false }, by);
    // As the look for dates with new terms has it.
    await decide([]);
    expect(await map()).toBe('HHHHHH');
  });

  test('is refused to nobody by a web process that has not heard of it, and heard of by the next look', async () => {
    const catalog = parts.catalog;
    await catalog.refresh();
    expect((await catalog.find(scheduleId))?.schedule.stopped).toBe(false);
    await shows.change(scheduleId, { stopped: true, startAt: hoursFromNow(50) }, by);
    await catalog.refresh();
    expect((await catalog.find(scheduleId))?.schedule).toMatchObject({
      stopped: true,
      startAt: (
        await column(`SELECT floor(extract(epoch FROM start_at) * 1000) FROM schedules WHERE id = $1`)
      ).map(Number)[0],
      concertTitle: 'T',
    });
  });
});

describe('the times of a date', () => {
  test('as they are changed decide the very next command', async () => {
    await decide([]);
    await shows.change(scheduleId, { bookingStartAt: hoursFromNow(1) }, by);
    expect(verdicts(await decide([shop.holdCommand(1, shop.user(1))]))).toEqual(['BOOKING_WINDOW_CLOSED']);
    await shows.change(scheduleId, { bookingStartAt: hoursFromNow(-1), startAt: hoursFromNow(-1) }, by);
    const hold = shop.holdCommand(1, shop.user(1));
    expect(verdicts(await decide([hold, cancelled(hold)]))).toEqual(['completed', 'NOT_CANCELLABLE']);
  });

  test.each([
    ['bookingEndAt', { bookingEndAt: hoursFromNow(-30) }],
    ['endAt', { endAt: hoursFromNow(47) }],
    ['endAt', { startAt: hoursFromNow(80) }],
    ['bookingStartAt', { bookingStartAt: hoursFromNow(100), bookingEndAt: hoursFromNow(101) }],
  ])('cannot contradict themselves: %s', async (part, change) => {
    await expect(shows.change(scheduleId, change, by)).rejects.toMatchObject({ part });
    expect(await acts()).toEqual([]);
  });

  test('changed to what they are change nothing, and are not noted', async () => {
    const before = await shows.change(scheduleId, {}, by);
    expect(await shows.change(scheduleId, { stopped: false, endAt: before?.endAt }, by)).toEqual(before);
    expect(await acts()).toEqual([]);
    expect(await shows.change('999999', { stopped: true }, by)).toBeNull();
  });

  test('do not end under an offer of the waiting list', async () => {
    const holds = Array.from({ length: SEATS }, (_, index) => shop.holdCommand(index + 1, shop.user(index)));
    const [first] = holds;
    if (first === undefined) throw new Error('no hold');
    await decide([...holds, enlist(7), cancelled(first)]);
    await expect(shows.change(scheduleId, { startAt: hoursFromNow(0.1) }, by)).rejects.toMatchObject({
      part: 'startAt',
    });
  });
});

describe('a booking that staff cancel', () => {
  test('is refunded once to its owner, and noted with the reason in the same transaction', async () => {
    await rich(1);
    const hold = shop.holdCommand(1, shop.user(1));
    await decide([hold, shop.payCommand(hold)]);
    const onBehalf = { ownerId: shop.user(1), reason: 'ill', requestId: 'r' };
    const asked = (): Command => ({
      id: uuidv7(),
      userId: by.userId,
      kind: 'cancel',
      bookingId: hold.id,
      onBehalf,
    });
    expect(verdicts(await decide([asked(), asked()]))).toEqual(['completed', 'ALREADY_CANCELLED']);
    expect(await acts(`booking:${hold.id}`)).toEqual([
      {
        action: 'booking.cancel',
        by: by.userId,
        requestId: 'r',
        before: { status: 'PAID' },
        after: { status: 'CANCELLED', refunded: PRICE, reason: 'ill' },
      },
    ]);
  });

  test('is that of its owner alone', async () => {
    const hold = shop.holdCommand(1, shop.user(1));
    await decide([hold]);
    const onBehalf = { ownerId: shop.user(2), reason: 'ill', requestId: 'r' };
    const wrong: Command = { id: uuidv7(), userId: by.userId, kind: 'cancel', bookingId: hold.id, onBehalf };
    expect(verdicts(await decide([wrong]))).toEqual(['BOOKING_NOT_FOUND']);
  });
});

describe('a show that is called off', () => {
  const callOff = async (worker = parts) => {
    let afterSeat: number | null = 0;
    while (afterSeat !== null)
      afterSeat = await callOffForAMoment(worker, { scheduleId, afterSeat }, async () => undefined);
  };

  test('refunds what was paid, once, ends what is held, and refuses all that comes', async () => {
    await rich(1, 2);
    const [paid, held, late] = [1, 2, 3].map((n) => shop.holdCommand(n, shop.user(n)));
    if (paid === undefined || held === undefined || late === undefined) throw new Error('no holds');
    await decide([paid, held, late, shop.payCommand(paid), command('block', 6)]);
    await shop.database.query(`UPDATE bookings SET expires_at = now() WHERE id = $1`, { bind: [late.id] });
    const first = await shows.cancel(scheduleId, 'rain', by);
    expect(first).toMatchObject({ reason: 'rain', bookings: 3, done: 0, refunded: 0, doneAt: null });
    expect(await shows.cancel(scheduleId, 'snow', by)).toEqual(first);
    await expect(shows.change(scheduleId, { stopped: true }, by)).rejects.toThrow(ShowCancelledError);
    // Before anything of it was done: also what is held cannot be paid for any more.
    const group = await decide([
      shop.holdCommand(4, shop.user(4)),
      best(4, 1),
      shop.payCommand(held),
      cancelled(paid),
      enlist(5),
      command('unblock', 6),
    ]);
    expect(verdicts(group)).toEqual(Array<string>(6).fill('SHOW_CANCELLED'));
    expect(await parts.upkeep.withCancellations()).toContain(scheduleId);
    await callOff();
    expect(await shows.cancellation(scheduleId)).toMatchObject({
      bookings: 2,
      done: 2,
      refunded: PRICE,
      refundedBookings: 1,
      doneAt: expect.any(Date),
    });
    expect(await column('SELECT status FROM bookings WHERE schedule_id = $1 ORDER BY id')).toEqual([
      'CANCELLED',
      'CANCELLED',
      'EXPIRED',
    ]);
    expect(await column('SELECT status FROM tickets WHERE schedule_id = $1')).toEqual(['VOID']);
    expect(await parts.upkeep.withCancellations()).not.toContain(scheduleId);
    expect((await acts()).filter(({ action }) => action === 'schedule.cancel')).toHaveLength(1);
    await parts.seatMap.heal([scheduleId]);
    expect(await map()).toBe('AAAAAB');
  });

  test('is done once, though two workers are at it; and what the build before sold after it is found', async () => {
    await rich(1, 2, 3);
    const holds = [1, 2, 3].map((n) => shop.holdCommand(n, shop.user(n)));
    await decide([...holds, ...holds.map((hold) => shop.payCommand(hold))]);
    await shows.cancel(scheduleId, 'rain', by);
    await Promise.all([callOff(), callOff(shop.workerParts())]);
    expect(await shows.cancellation(scheduleId)).toMatchObject({ bookings: 3, done: 3, refunded: 3 * PRICE });
    await shop.database.query(
      `UPDATE schedules SET cancelled_at = NULL, cancel_reason = NULL, cancellation_done_at = NULL,
      cancelled_bookings = 0, refunded_bookings = 0, refunded_points = 0 WHERE id = $1`,
      { bind: [scheduleId] },
    );
    await decide([shop.holdCommand(1, shop.user(4))]);
    await shop.database.query(
      `UPDATE schedules SET cancelled_at = clock_timestamp(), cancel_reason = 'x', cancellation_done_at = clock_timestamp() WHERE id = $1`,
      { bind: [scheduleId] },
    );
    expect(await parts.upkeep.withCancellations()).toContain(scheduleId);
    await callOff();
    expect(await parts.upkeep.withCancellations()).not.toContain(scheduleId);
  });

  test('ends the others where one booking cannot be ended', async () => {
    await rich(1, 2, 3);
    const holds = [1, 2, 3].map((n) => shop.holdCommand(n, shop.user(n)));
    await decide([...holds, ...holds.map((hold) => shop.payCommand(hold))]);
    await shows.cancel(scheduleId, 'rain', by);
    const broken = `ALTER TABLE payments ADD CONSTRAINT broken CHECK (status <> 'REFUNDED' OR user_id <> '${shop.user(2)}') NOT VALID`;
    await shop.database.query(broken);
    try {
      await callOff();
      expect(await shows.cancellation(scheduleId)).toMatchObject({ bookings: 3, done: 2, doneAt: null });
    } finally {
      await shop.database.query('ALTER TABLE payments DROP CONSTRAINT broken');
    }
    await callOff();
    expect(await shows.cancellation(scheduleId)).toMatchObject({ bookings: 3, done: 3, refunded: 3 * PRICE });
  });

  test('ends the others also where those that cannot be ended take up the time of a turn', async () => {
    await rich(1, 2, 3);
    const holds = [1, 2, 3].map((n) => shop.holdCommand(n, shop.user(n)));
    await decide([...holds, ...holds.map((hold) => shop.payCommand(hold))]);
    await shows.cancel(scheduleId, 'rain', by);
    await shop.database.query(`CREATE FUNCTION break_slowly() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM pg_sleep(0.2); RAISE EXCEPTION 'broken'; END $$;
      CREATE TRIGGER broken BEFORE UPDATE ON payments FOR EACH ROW
        WHEN (NEW.user_id <> '${shop.user(3)}') EXECUTE FUNCTION break_slowly()`);
    const workers = await shop.serve();
    try {
      await shop.queues.add(scheduleId, 'callOff', { calledOff: true }, { jobId: 'call-off' });
      const done = async () => (await shows.cancellation(scheduleId))?.done;
      await untilIs('the third was ended', done, 1);
    } finally {
      await workers.close();
      await shop.database.query('DROP TRIGGER broken ON payments; DROP FUNCTION break_slowly');
    }
    await callOff();
    expect(await shows.cancellation(scheduleId)).toMatchObject({ done: 3, refunded: 3 * PRICE });
  });

  test('comes out even, whatever else happens to it in the same moment', async () => {
    await rich(1, 2, 3, 4, 5, 6);
    const holds = [1, 2, 3, 4, 5, 6].map((n) => shop.holdCommand(n, shop.user(n)));
    const [inside, given, byStaff, paying, due, held] = holds;
    if (!inside || !given || !byStaff || !paying || !due || !held) throw new Error('no holds');
    await decide([
      ...holds,
      ...[inside, given, byStaff].map((hold) => shop.payCommand(hold)),
      enlist(7),
      enlist(8),
    ]);
    const [code] = await column(
      `SELECT code FROM tickets WHERE schedule_id = $1 AND booking_id = '${inside.id}'`,
    );
    await shop.database.query(`UPDATE bookings SET expires_at = now() WHERE id = $1`, { bind: [due.id] });
    const onBehalf = { ownerId: shop.user(3), reason: 'ill', requestId: 'r' };
    const door = createTicketStore(shop.database);
    const scan = { code: code ?? '', scanId: null, scheduleId: null, staffId: by.userId, requestId: null };
    const before = await points();
    const [, checkedIn] = await Promise.all([
      shows.cancel(scheduleId, 'rain', by),
      door.checkIn(scan),
      decide([cancelled(given)], shop.workerParts()),
      decide([{ ...cancelled(byStaff), userId: by.userId, onBehalf }], shop.workerParts()),
      decide([shop.payCommand(paying)], shop.workerParts()),
      // Releases, and offers what came free.
      decide([], shop.workerParts()),
      decide([command('block', 5)], shop.workerParts()),
      callOff(shop.workerParts()),
    ]);
    expect(['in', 'void']).toContain(checkedIn.is);
    await callOff();
    expect(await shows.cancellation(scheduleId)).toMatchObject({ doneAt: expect.any(Date) });
    // All that was paid has come back to whoever paid it.
    expect(await points()).toEqual(
      before.map((balance, user) => balance + ([1, 2, 3].includes(user) ? PRICE : 0)),
    );
    expect((await door.checkIn(scan)).is).toBe('void');
    expect(
      await column(`SELECT status FROM bookings WHERE schedule_id = $1 AND status IN ('PENDING', 'PAID')`),
    ).toEqual([]);
  });

  test('goes on where a worker was killed in the middle of a step, and pays nothing back twice', async () => {
    await rich(1, 2, 3);
    const holds = [1, 2, 3].map((n) => shop.holdCommand(n, shop.user(n)));
    await decide([...holds, ...holds.map((hold) => shop.payCommand(hold))]);
    await shows.cancel(scheduleId, 'rain', by);
    const before = await points();
    // Somebody charges at that moment: the step waits for their balance, with the date locked.
    const charge = await shop.database.transaction();
    await shop.database.query(`SELECT FROM points WHERE user_id = $1 FOR UPDATE`, {
      bind: [shop.user(2)],
      transaction: charge,
    });
    const dying = callOff(shop.workerParts()).catch((error: unknown) => error);
    const killed = `SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%points%' AND $1::bigint > 0`;
    await untilIs('the step was killed', async () => (await column(killed))[0], 'true', { everyMs: 20 });
    expect(await dying).toBeInstanceOf(Error);
    await charge.commit();
    expect(await shows.cancellation(scheduleId)).toMatchObject({ bookings: 3, done: 0, refunded: 0 });
    await Promise.all([callOff(), callOff(shop.workerParts())]);
    expect(await shows.cancellation(scheduleId)).toMatchObject({ done: 3, refunded: 3 * PRICE });
    expect(await points()).toEqual(
      before.map((balance, user) => balance + ([1, 2, 3].includes(user) ? PRICE : 0)),
    );
  });

  test('is paid for and refunded, or not paid for, when both come in one moment', async () => {
    await rich(1, 2, 3, 4);
    const holds = [1, 2, 3, 4].map((n) => shop.holdCommand(n, shop.user(n)));
    await decide(holds);
    const pays = holds.map(async (hold) => decide([shop.payCommand(hold)], shop.workerParts()));
    const [, ...groups] = await Promise.all([shows.cancel(scheduleId, 'rain', by), ...pays]);
    await callOff();
    const paid = groups.flatMap(verdicts).filter((verdict) => verdict === 'completed').length;
    expect(groups.flatMap(verdicts).filter((verdict) => verdict === 'SHOW_CANCELLED')).toHaveLength(4 - paid);
    expect(await shows.cancellation(scheduleId)).toMatchObject({ done: 4, refundedBookings: paid });
  });
});
