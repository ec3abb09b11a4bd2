import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import type { Command, CommandOf } from '../../../src/booking/types';
import { type DecidedGroup, type GroupParts, runGroup } from '../../../src/jobs/schedules/run-group';
import { audit } from '../../../src/models/audit';
import { Shop } from '../shop';

const SEATS = 4;

let shop: Shop;
let scheduleId: string;
let parts: GroupParts;
let holds: Command[];
beforeAll(async () => {
  shop = await Shop.open();
});
beforeEach(async () => {
  scheduleId = await shop.addSchedule({
    sections: [{ name: 'A', rows: 1, seatsPerRow: SEATS, price: 100 }],
  });
  parts = shop.workerParts();
  holds = [1, 2, 3, 4].map((seat) => shop.holdCommand(seat, shop.user(seat)));
  await decide(holds);
});
afterEach(async () => expect(await audit(shop.database, { graceMs: 60_000 })).toEqual([]));
afterAll(async () => shop.close());

async function decide(commands: Command[], by = parts): Promise<DecidedGroup> {
  const [group] = await runGroup(by, { scheduleId, commands });
  if (group === undefined) throw new Error('nothing was decided');
  return group;
}

const enlist = (user: number, count = 1): CommandOf<'enlist'> => ({
  id: uuidv7(),
  userId: shop.user(user),
  kind: 'enlist',
  count,
  sections: null,
  accessible: false,
});
const cancel = (hold: Command | undefined): Command => {
  if (hold === undefined) throw new Error('no hold');
  return { id: uuidv7(), userId: hold.userId, kind: 'cancel', bookingId: hold.id };
};

const statuses = ({ ended }: DecidedGroup): string[] => ended.map(({ status }) => status);

/** Of this date: each entry with what became of it, in order, as Postgres has it. */
async function entries(): Promise<string[]> {
  const [rows] = await shop.database.query(
    `SELECT e.user_id AS id, coalesce(b.status, CASE WHEN e.left_at IS NULL THEN 'waits' ELSE 'left' END) AS status
       FROM waitlist_entries e LEFT JOIN bookings b ON b.entry_id = e.id WHERE e.schedule_id = $1 ORDER BY sequence`,
    { bind: [scheduleId] },
  );
  return rows.map((row) => {
    const { id, status } = { id: '', status: '', ...(typeof row === 'object' ? row : {}) };
    return `${shop.users.indexOf(id)} ${status}`;
  });
}

describe('the waiting list of a date', () => {
  test('is offered what comes free in the very transaction that frees it', async () => {
    await decide([enlist(5), enlist(6)]);
    const group = await decide([cancel(holds[0]), shop.holdCommand(1, shop.user(9))]);
    expect(statuses(group)).toEqual(['completed', 'rejected']);
    expect(await entries()).toEqual(['5 PENDING', '6 waits']);
  });

  test('stays as it was, and the seats taken, when the offer cannot be written', async () => {
    await decide([enlist(5)]);
    await shop.database.query(
      'ALTER TABLE waitlist_entries ADD CONSTRAINT no_offers CHECK (offered_at IS NULL) NOT VALID',
    );
    try {
      expect(statuses(await decide([cancel(holds[0])]))).toEqual(['failed']);
    } finally {
      await shop.database.query('ALTER TABLE waitlist_entries DROP CONSTRAINT no_offers');
    }
    expect(await entries()).toEqual(['5 waits']);
    // What the failed decision left in memory is not what is so.
    await decide([cancel(holds[0])]);
    expect(await entries()).toEqual(['5 PENDING']);
  });

  test('is the same for two workers, whichever of them knows it from before', async () => {
    const other = shop.workerParts();
    await decide([enlist(5)], parts);
    await decide([enlist(6)], other);
    await decide([enlist(7)], parts);
    await decide([cancel(holds[0])], other);
    await decide([cancel(holds[1])], parts);
    await decide([enlist(8)], other);
    expect(await entries()).toEqual(['5 PENDING', '6 PENDING', '7 waits', '8 waits']);
    const group = await decide([cancel(holds[2]), cancel(holds[3])], shop.workerParts());
    expect(group.hall?.state.waiting?.size).toBe(0);
    expect(await entries()).toEqual(['5 PENDING', '6 PENDING', '7 PENDING', '8 PENDING']);
  });

  test('is left by one command, asked for twice, once', async () => {
    const [first, second] = [enlist(5), enlist(6)];
    await decide([first, second]);
    const leave: Command = { id: uuidv7(), userId: first.userId, kind: 'withdraw', entryId: first.id };
    await decide([leave]);
    const again = await decide([leave, { ...leave, id: uuidv7() }]);
    expect([again.ended.length, again.endedBefore.length]).toEqual([1, 1]);
    expect(await entries()).toEqual(['5 left', '6 waits']);
    await decide([cancel(holds[0])]);
    const offered = await decide([{ ...leave, id: uuidv7(), userId: second.userId, entryId: second.id }]);
    expect(statuses(offered)).toEqual(['completed']);
    expect(await entries()).toEqual(['5 left', '6 CANCELLED']);
    // Whoever left may join again: a new entry, at the end.
    await decide([shop.holdCommand(1, shop.user(9)), enlist(5), enlist(5, 2)]);
    expect(await entries()).toEqual(['5 left', '6 CANCELLED', '5 waits']);
  });

  test('is joined again by whoever leaves it, or gives up what they were offered, in one group', async () => {
    const tries = jest.spyOn(parts.memory, 'clear');
    const leave = ({ userId, id: entryId }: CommandOf<'enlist'>): Command => {
      return { id: uuidv7(), userId, kind: 'withdraw', entryId };
    };
    const [waits, offered, brief, stays] = [enlist(5), enlist(6), enlist(7), enlist(8, 2)];
    await decide([offered, waits, stays]);
    const group = await decide([
      cancel(holds[0]),
      leave(offered),
      enlist(6),
      leave(waits),
      enlist(5, 2),
      brief,
      leave(brief),
      enlist(7),
      leave(stays),
      enlist(8),
    ]);
    expect(statuses(group)).toEqual(group.commands.map(() => 'completed'));
    expect(tries).not.toHaveBeenCalled();
    expect(await entries()).toEqual([
      '6 CANCELLED',
      '5 CANCELLED',
      '8 left',
      '6 PENDING',
      '5 waits',
      '7 left',
      '7 waits',
      '8 waits',
    ]);
  });

  test('is offered what somebody has freed without offering it, by the next who reads the hall', async () => {
    await decide([enlist(5), enlist(6)]);
    // As a worker of the build before does it.
    await shop.database.query(`UPDATE bookings SET status = 'CANCELLED' WHERE id = $1`, {
      bind: [holds[0]?.id],
    });
    await shop.database.query('DELETE FROM seat_claims WHERE booking_id = $1', { bind: [holds[0]?.id] });
    await shop.database.query('UPDATE schedules SET seat_version = seat_version + 1 WHERE id = $1', {
      bind: [scheduleId],
    });
    const group = await decide([shop.holdCommand(1, shop.user(9))]);
    expect(statuses(group)).toEqual(['rejected']);
    expect(await entries()).toEqual(['5 PENDING', '6 waits']);
  });

  test('passes over whoever has bought as many as they may meanwhile, also for a worker that reads it anew', async () => {
    const narrow = await Shop.open({ seatLimit: 2 });
    try {
      const by = narrow.workerParts();
      const date = await narrow.addSchedule({
        sections: ['A', 'B'].map((name) => ({ name, rows: 1, seatsPerRow: 2, price: 100 })),
      });
      const run = async (commands: Command[]) => {
        const [group] = await runGroup(by, { scheduleId: date, commands });
        const offers = group?.changes.newBookings.filter(({ entryId }) => entryId !== null);
        return offers?.map(({ userId }) => narrow.users.indexOf(userId));
      };
      const hold = (seat: number, user: number) => narrow.holdCommand(seat, narrow.user(user));
      const own = (user: number): Command => ({ ...enlist(0), userId: narrow.user(user), sections: ['A'] });
      const [one, two, three] = [hold(1, 1), hold(2, 2), hold(3, 1)];
      await run([one, two, own(1), own(4), three]);
      by.memory.clear();
      expect(await run([cancel(two)])).toEqual([4]);
      // With a seat less they may have one more again.
      expect(await run([cancel(three)])).toEqual([]);
      by.memory.clear();
      expect(await run([own(5), cancel(one)])).toEqual([1]);
      expect(await audit(narrow.database, { graceMs: 60_000 })).toEqual([]);
    } finally {
      await narrow.close();
    }
  });
});
