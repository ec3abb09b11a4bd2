import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { decide } from '../../src/booking/decide';
import type { Command, Decision, EntryWish, Outcome, SeenEntry } from '../../src/booking/types';
import {
  CLOSES,
  NOW,
  OFFER_TTL,
  OPENS,
  SHOW,
  TTL,
  cancel,
  heldBy,
  hold,
  pay,
  refused,
  verdicts,
} from './state';
import { WaitlistWorld } from './waitlist-world';

const ROW = [{ name: 'A', rows: 1, seatsPerRow: 4 }];

const enlist = (id: string, userId: string, wish: Partial<EntryWish> = {}): Command => ({
  id,
  userId,
  kind: 'enlist',
  count: 1,
  sections: null,
  accessible: false,
  ...wish,
});
const withdraw = (id: string, userId: string, entryId: string): Command => ({
  id,
  userId,
  kind: 'withdraw',
  entryId,
});

function entryOf(outcome: Outcome | undefined): SeenEntry {
  if (outcome?.status !== 'completed' || !('entry' in outcome)) throw new Error(JSON.stringify(outcome));
  return outcome.entry;
}

/** Four seats in a row, each held by somebody of its own: `h1` to `h4` hold seats 1 to 4. */
function soldOut(schedule: ConstructorParameters<typeof WaitlistWorld>[1] = {}): WaitlistWorld {
  const world = new WaitlistWorld(ROW, schedule);
  world.run(
    [1, 2, 3, 4].map((seat) => hold(`h${seat}`, `owner ${seat}`, [seat])),
    NOW,
  );
  return world;
}

/** Ids for offers: the same for every decision. */
function ids(): () => string {
  let made = 0;
  return () => `id ${(made += 1)}`;
}

const offers = ({ changes }: Decision) =>
  changes.newBookings
    .filter(({ entryId }) => entryId !== null)
    .map(({ entryId, seatNumbers }) => [entryId, seatNumbers]);

describe('whoever joins the waiting list', () => {
  test('stands at its end, once, and is given the same entry again for the same wish', () => {
    const world = soldOut();
    const { outcomes } = world.run([enlist('e1', 'ann'), enlist('e2', 'bob'), enlist('e3', 'ann')], NOW);
    expect(outcomes.map(entryOf).map(({ entry, status, position }) => [entry.id, status, position])).toEqual([
      ['e1', 'WAITING', 1],
      ['e2', 'WAITING', 2],
      ['e1', 'WAITING', 1],
    ]);
    const again = world.run([enlist('e4', 'bob')], NOW + 1);
    expect(entryOf(again.outcomes[0])).toMatchObject({ entry: { id: 'e2', createdAt: NOW }, position: 2 });
    const other = world.run([enlist('e5', 'bob', { count: 2 })], NOW + 1);
    expect(verdicts(other.outcomes)).toEqual(['ALREADY_WAITING']);
    expect(world.faults(NOW)).toEqual([]);
  });

  test('asks for sections in any order', () => {
    const world = new WaitlistWorld([...ROW, { name: 'B', rows: 1, seatsPerRow: 1 }], { seatLimit: 5 });
    world.run([hold('h1', 'o', [1, 2, 3, 4, 5])], NOW);
    const { outcomes } = world.run(
      [enlist('e1', 'ann', { sections: ['A', 'B'] }), enlist('e2', 'ann', { sections: ['B', 'A'] })],
      NOW,
    );
    expect(outcomes.map(entryOf).map(({ entry }) => entry.id)).toEqual(['e1', 'e1']);
  });

  test('is refused while such seats are free, together or apart, and only then', () => {
    const world = new WaitlistWorld([...ROW, { name: 'Box', rows: 1, seatsPerRow: 1, accessible: true }]);
    const { outcomes } = world.run(
      [
        hold('h1', 'bob', [2, 3]),
        enlist('e1', 'ann', { count: 2 }),
        enlist('e2', 'cid', { count: 3 }),
        enlist('e3', 'dan', { accessible: true }),
        enlist('e4', 'eve', { accessible: true, count: 2 }),
        enlist('e5', 'fay', { sections: ['A', 'Box'] }),
      ],
      NOW,
    );
    expect(verdicts(outcomes)).toEqual([
      'completed',
      'NOT_SOLD_OUT',
      'completed',
      'NOT_SOLD_OUT',
      'completed',
      'NOT_SOLD_OUT',
    ]);
  });

  test('is refused more seats than the limit, those that they have included', () => {
    const world = soldOut();
    const { outcomes } = world.run(
      [
        enlist('e1', 'ann', { count: 5 }),
        enlist('e2', 'owner 1', { count: 4 }),
        enlist('e3', 'owner 1', { count: 3 }),
      ],
      NOW,
    );
    expect(verdicts(outcomes)).toEqual(['SEAT_LIMIT', 'SEAT_LIMIT', 'completed']);
  });

  test('is told of sections that the hall does not have', () => {
    const { outcomes } = soldOut().run([enlist('e1', 'ann', { sections: ['A', 'Z'] })], NOW);
    expect(refused(outcomes[0])).toMatchObject({
      code: 'SEAT_NOT_FOUND',
      detail: expect.stringContaining('“Z”'),
    });
  });

  test.each([
    ['before booking starts', OPENS - 1, {}],
    ['after it is over', CLOSES + 1, {}],
    ['once the show has started, however long booking lasts', SHOW, { bookingEndAt: SHOW + 1 }],
  ])('is refused %s', (_when, now, schedule) => {
    const { outcomes } = new WaitlistWorld(ROW, schedule).run([enlist('e1', 'ann')], now);
    expect(verdicts(outcomes)).toEqual(['BOOKING_WINDOW_CLOSED']);
  });
});

describe('seats that come free', () => {
  test('are held for the first whom they fit, before the next command of the group', () => {
    const world = soldOut();
    world.run([enlist('e1', 'ann', { count: 2 }), enlist('e2', 'bob'), enlist('e3', 'cid')], NOW);
    const decision = world.run([cancel('c1', 'owner 2', 'h2'), hold('b1', 'eve', [2])], NOW + 5);
    expect(offers(decision)).toEqual([['e2', [2]]]);
    expect(verdicts(decision.outcomes)).toEqual(['completed', 'SEAT_TAKEN']);
    expect(decision.changes.newBookings).toMatchObject([
      {
        userId: 'bob',
        status: 'PENDING',
        createdAt: NOW + 5,
        expiresAt: NOW + 5 + OFFER_TTL,
        totalPrice: 100,
      },
    ]);
    expect(decision.changes.seatStates).toEqual(new Map([[2, 'HELD']]));
    expect(decision.changes.claimedSeats).toEqual([{ seatNumber: 2, bookingId: 'offer 1' }]);
    expect(world.faults(NOW + 5)).toEqual([]);
  });

  test('wait for each other where one is not enough, and are offered side by side where that can be', () => {
    const world = soldOut();
    world.run([enlist('e1', 'ann', { count: 2 })], NOW);
    expect(offers(world.run([cancel('c1', 'owner 1', 'h1')], NOW))).toEqual([]);
    expect(offers(world.run([cancel('c3', 'owner 3', 'h3')], NOW))).toEqual([['e1', [1, 3]]]);
    const other = soldOut();
    other.run([enlist('e1', 'ann', { count: 3 }), enlist('e2', 'bob', { count: 2 })], NOW);
    other.run([cancel('c1', 'owner 1', 'h1')], NOW);
    expect(offers(other.run([cancel('c4', 'owner 4', 'h4')], NOW))).toEqual([['e2', [1, 4]]]);
  });

  test('go to nobody who would have more than the limit, who stays where they are', () => {
    const world = soldOut();
    world.run([enlist('e1', 'owner 1', { count: 3 }), enlist('e2', 'bob', { count: 3 })], NOW);
    // Whoever waits may have got other seats meanwhile.
    world.bookings.set('h2', heldBy('owner 1', 'h2', [2]));
    world.hall = undefined;
    const decision = world.run(
      [cancel('c3', 'owner 3', 'h3'), cancel('c4', 'owner 4', 'h4'), cancel('c1', 'owner 1', 'h1')],
      NOW,
    );
    expect(offers(decision)).toEqual([['e1', [1, 3, 4]]]);
  });

  test('are offered on in the decision in which an offer has ended', () => {
    const world = soldOut({ bookingEndAt: SHOW - 1 });
    world.run([enlist('e1', 'ann'), enlist('e2', 'bob')], NOW);
    world.run([cancel('c1', 'owner 1', 'h1')], NOW);
    const ends = NOW + OFFER_TTL;
    // The others' holds end before: that is as much as to cancel them.
    const [lost] = world.run([pay('p1', 'ann', 'offer 1')], ends).outcomes;
    expect(refused(lost).code).toBe('HOLD_EXPIRED');
    expect(world.bookings.get('offer 2')).toMatchObject({ entryId: 'e2', status: 'PENDING' });
    expect(world.faults(ends)).toEqual([]);
  });

  test('are held into the show for nobody, and offered to nobody once booking is over', () => {
    const world = soldOut({ bookingEndAt: SHOW - 1, startAt: SHOW });
    world.run([enlist('e1', 'ann')], SHOW - 2 - TTL);
    const at = (now: number) => {
      const copy = soldOut({ bookingEndAt: SHOW - 1, startAt: SHOW });
      copy.run([enlist('e1', 'ann')], NOW);
      return copy.run([cancel('c1', 'owner 1', 'h1')], now).changes.newBookings;
    };
    expect(at(NOW + 1)).toMatchObject([{ expiresAt: NOW + 1 + OFFER_TTL }]);
    const late = soldOut({ bookingEndAt: SHOW, startAt: NOW + 1000 });
    late.run([enlist('e1', 'ann')], NOW);
    expect(late.run([cancel('c1', 'owner 1', 'h1')], NOW + 10).changes.newBookings).toMatchObject([
      { expiresAt: NOW + 1000 },
    ]);
    const closed = soldOut({ bookingEndAt: NOW + 10 });
    closed.run([enlist('e1', 'ann')], NOW);
    expect(closed.run([cancel('c1', 'owner 1', 'h1')], NOW + 11).changes.newBookings).toEqual([]);
  });

  test('of the accessible kind go to who asked for them alone', () => {
    const world = new WaitlistWorld([{ name: 'Box', rows: 1, seatsPerRow: 1, accessible: true }]);
    world.run([hold('h1', 'o', [1])], NOW);
    world.run([enlist('e1', 'ann'), enlist('e2', 'bob', { accessible: true })], NOW);
    expect(offers(world.run([cancel('c1', 'o', 'h1')], NOW))).toEqual([['e2', [1]]]);
  });
});

describe('whoever leaves', () => {
  test('stands on the list no more, and may leave again', () => {
    const world = soldOut();
    world.run([enlist('e1', 'ann'), enlist('e2', 'bob')], NOW);
    const { outcomes } = world.run([withdraw('w1', 'ann', 'e1'), withdraw('w2', 'ann', 'e1')], NOW);
    expect(outcomes.map(entryOf).map(({ status }) => status)).toEqual(['LEFT', 'LEFT']);
    expect(offers(world.run([cancel('c1', 'owner 1', 'h1')], NOW))).toEqual([['e2', [1]]]);
  });

  test('leaves what was offered to the next, and may join again at the end', () => {
    const world = soldOut();
    world.run([enlist('e1', 'ann'), enlist('e2', 'bob')], NOW);
    world.run([cancel('c1', 'owner 1', 'h1')], NOW);
    const decision = world.run([withdraw('w1', 'ann', 'e1'), enlist('e3', 'ann')], NOW);
    expect(entryOf(decision.outcomes[0])).toMatchObject({ status: 'LEFT', offer: { status: 'CANCELLED' } });
    expect(offers(decision)).toEqual([['e2', [1]]]);
    expect(entryOf(decision.outcomes[1])).toMatchObject({ entry: { id: 'e3', sequence: 3 }, position: 1 });
    expect(world.faults(NOW)).toEqual([]);
  });

  test('is one with a cancel of the offered booking', () => {
    const world = soldOut();
    world.run([enlist('e1', 'ann'), enlist('e2', 'bob')], NOW);
    world.run([cancel('c1', 'owner 1', 'h1')], NOW);
    const decision = world.run([cancel('c2', 'ann', 'offer 1'), withdraw('w1', 'ann', 'e1')], NOW);
    expect(offers(decision)).toEqual([['e2', [1]]]);
    expect(entryOf(decision.outcomes[1]).status).toBe('LEFT');
  });

  test('keeps what was paid for, and is told so', () => {
    const world = soldOut();
    world.run([enlist('e1', 'ann')], NOW);
    world.run([cancel('c1', 'owner 1', 'h1')], NOW);
    const { outcomes } = world.run([pay('p1', 'ann', 'offer 1'), withdraw('w1', 'ann', 'e1')], NOW, {
      ...world.state(),
      balances: new Map([['ann', { balance: 1000, lastEntry: 1 }]]),
    });
    expect(verdicts(outcomes)).toEqual(['completed', 'ALREADY_PAID']);
  });

  test('leaves nobody else’s entry', () => {
    const world = soldOut();
    world.run([enlist('e1', 'ann')], NOW);
    const { outcomes } = world.run([withdraw('w1', 'bob', 'e1'), withdraw('w2', 'ann', 'e9')], NOW);
    expect(verdicts(outcomes)).toEqual(['ENTRY_NOT_FOUND', 'ENTRY_NOT_FOUND']);
  });

  test('is told of an open offer who joins once more', () => {
    const world = soldOut();
    world.run([enlist('e1', 'ann')], NOW);
    world.run([cancel('c1', 'owner 1', 'h1')], NOW);
    const { outcomes } = world.run([enlist('e2', 'ann'), enlist('e3', 'ann', { count: 2 })], NOW);
    expect(entryOf(outcomes[0])).toMatchObject({ entry: { id: 'e1' }, status: 'OFFERED', position: null });
    expect(verdicts(outcomes)).toEqual(['completed', 'ALREADY_WAITING']);
  });
});

describe('whatever happens', () => {
  const USERS = ['ann', 'bob', 'cid', 'dan', 'eve', 'fay'];
  const LATE = OPENS + 100 * OFFER_TTL;
  const HALL = [
    { name: 'A', rows: 2, seatsPerRow: 3 },
    { name: 'B', rows: 1, seatsPerRow: 2 },
    { name: 'Box', rows: 1, seatsPerRow: 2, accessible: true },
  ];
  const step = fc.record({
    user: fc.nat(USERS.length - 1),
    act: fc.constantFrom('hold', 'best', 'cancel', 'cancel', 'enlist', 'enlist', 'enlist', 'withdraw'),
    pick: fc.nat(1000),
    count: fc.integer({ min: 1, max: 3 }),
    sections: fc.constantFrom(null, null, ['A'], ['B'], ['A', 'B'], ['Box']),
    accessible: fc.boolean(),
  });
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  /** Something that this user could do now, after `earlier` ones of the same group. */
  function commandOf(
    world: WaitlistWorld,
    earlier: readonly Command[],
    id: string,
    { user, act, pick, count, sections, accessible }: Step,
  ): Command {
    const userId = USERS[user] ?? '';
    const wish = { count, sections, accessible };
    const made = (kind: Command['kind']) =>
      earlier.filter((each) => each.userId === userId && each.kind === kind).map((each) => each.id);
    const own = [...world.bookings.values()]
      .filter((each) => each.userId === userId && each.status === 'PENDING')
      .map((each) => each.id)
      .concat(made('hold'));
    const entries = [...world.entries.values()]
      .filter(({ entry }) => entry.userId === userId)
      .map(({ entry }) => entry.id)
      .concat(made('enlist'));
    switch (act) {
      case 'best':
        return {
          id,
          userId,
          kind: 'hold',
          seatNumbers: [],
          bestAvailable: { count, sections: sections ?? undefined, accessible, together: false },
        };
      case 'cancel':
        return cancel(id, userId, own[pick % Math.max(1, own.length)] ?? 'none');
      case 'enlist':
        return enlist(id, userId, wish);
      case 'withdraw':
        return withdraw(id, userId, entries[pick % Math.max(1, entries.length)] ?? 'none');
      case 'hold':
        return hold(id, userId, [(pick % world.seats.size) + 1, ((pick + count) % world.seats.size) + 1]);
    }
  }

  const group = fc.record({
    after: fc.constantFrom(0, 0, 0, 1, 1, 10, TTL / 5, TTL / 2, TTL, OFFER_TTL),
    steps: fc.array(step, { minLength: 1, maxLength: 6, size: 'max' }),
  });

  const days = (
    runs: number,
    check: (world: WaitlistWorld, commands: readonly Command[], now: number) => void,
  ): void => {
    fc.assert(
      fc.property(fc.array(group, { minLength: 5, maxLength: 40, size: 'max' }), (groups) => {
        const world = new WaitlistWorld(HALL, { seatLimit: 4, bookingEndAt: LATE, startAt: LATE + 1 });
        world.run(
          ['ann', 'bob', 'cid'].map((userId, i) =>
            hold(`first ${i}`, userId, [3 * i + 1, 3 * i + 2, 3 * i + 3]),
          ),
          OPENS,
          world.state({ holdTtlMs: LATE }),
        );
        let now = OPENS;
        for (const [index, { after, steps }] of groups.entries()) {
          now += after;
          const commands: Command[] = [];
          for (const each of steps)
            commands.push(commandOf(world, commands, `x${index}.${commands.length}`, each));
          check(world, commands, now);
        }
      }),
      { numRuns: runs },
    );
  };

  test('no seat is free to the public while an entry fits it, and what is remembered is what is so', () => {
    let offered = 0;
    days(250, (world, commands, now) => {
      offered += offers(world.run(commands, now)).length;
      expect(world.faults(now)).toEqual([]);
    });
    expect(offered).toBeGreaterThan(100);
  });

  test('no offer overtakes an earlier entry that it would have fitted', () => {
    days(250, (world, commands, now) => {
      const before = new Map(USERS.map((userId) => [userId, world.live(userId)]));
      const decision = world.run(commands, now);
      // Whatever they got on the way counted while they had it.
      for (const { userId, seatNumbers } of decision.changes.newBookings)
        before.set(userId, (before.get(userId) ?? 0) + seatNumbers.length);
      for (const [entryId] of offers(decision)) {
        const late = world.entries.get(String(entryId))?.entry;
        const overtaken = world.waiting().filter((early) => {
          const live = Math.max(before.get(early.userId) ?? 0, world.live(early.userId));
          return (
            late !== undefined &&
            early.sequence < late.sequence &&
            early.count <= late.count &&
            early.accessible === late.accessible &&
            (early.sections === null ||
              late.sections?.every((section) => early.sections?.includes(section))) &&
            live + early.count <= 4
          );
        });
        expect(overtaken).toEqual([]);
      }
    });
  });

  test('deciding with what is in memory is deciding with what is read', () => {
    days(120, (world, commands, now) => {
      const read = { ...world.state(), hall: world.read() };
      const remembered = world.state();
      const sizes = [remembered.hall?.free.count, remembered.hall?.waiting?.size];
      const { outcomes, changes } = decide(read, commands, now, ids());
      const again = decide(remembered, commands, now, ids());
      expect(again.outcomes).toEqual(outcomes);
      expect(again.changes).toEqual(changes);
      // A transaction may fail after that: what is remembered must be as it was.
      expect([remembered.hall?.free.count, remembered.hall?.waiting?.size]).toEqual(sizes);
      world.run(commands, now);
    });
  });
});

test('a thousand cancels against ten thousand entries leave no seat free that fits one of them', () => {
  const sections = ['A', 'B', 'C', 'D'].map((name) => ({ name, rows: 25, seatsPerRow: 20 }));
  const world = new WaitlistWorld(sections);
  const owners = Array.from({ length: 1000 }, (_, i) => i);
  world.run(
    owners.map((i) => hold(`h${i}`, `owner ${i}`, [2 * i + 1, 2 * i + 2])),
    NOW,
  );
  const wishes = [null, ['A'], ['B', 'C'], ['D']].flatMap((names) =>
    [1, 2, 3, 4].map((count): EntryWish => ({ count, sections: names, accessible: false })),
  );
  const fans = Array.from({ length: 10_000 }, (_, i) => i);
  world.run(
    fans.map((i) => enlist(`e${i}`, `fan ${i}`, wishes[(i * 7) % wishes.length])),
    NOW,
  );
  expect(world.waiting()).toHaveLength(10_000);
  const order = fc.sample(fc.shuffledSubarray(owners, { minLength: 1000 }), { numRuns: 1, seed: 4 })[0] ?? [];
  for (let start = 0; start < 1000; start += 250) {
    const group = order.slice(start, start + 250);
    const decision = world.run(
      group.map((i) => cancel(`c${i}`, `owner ${i}`, `h${i}`)),
      NOW + start,
    );
    expect(verdicts(decision.outcomes)).toEqual(group.map(() => 'completed'));
    const held = [...world.bookings.values()].filter(({ status }) => status === 'PENDING');
    const seats = held.reduce((sum, { seatNumbers }) => sum + seatNumbers.length, 0);
    expect(seats + (world.hall?.free.count ?? 0)).toBe(2000);
    for (const wish of wishes) {
      const alike = [...world.entries.values()].filter(
        ({ entry }) => entry.count === wish.count && String(entry.sections) === String(wish.sections),
      );
      // Those who wish for the same are served in the order in which they came.
      const firstWaiting = alike.findIndex(({ isOffered }) => !isOffered);
      expect(alike.slice(firstWaiting).some(({ isOffered }) => isOffered)).toBe(false);
      expect(world.fitting(wish).length).toBeLessThan(wish.count);
    }
  }
});
