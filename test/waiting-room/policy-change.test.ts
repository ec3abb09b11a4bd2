import { describe, expect, test } from '@jest/globals';
import { policyFault, type RoomNow } from '../../src/waiting-room/policy-change';
import { type QueuePolicy, QueuePolicySchema } from '../../src/waiting-room/queue-policy';
import { POLICY } from '../support/policy';

const NOW = Date.UTC(2026, 5, 1, 18);
const NEW: RoomNow = {
  nowMs: NOW,
  policy: null,
  bookingMs: null,
  hadTurns: false,
  draw: 'NONE',
  presaleEndsMs: null,
};
const at = (ms: number): string => new Date(NOW + ms).toISOString();

describe('an opening', () => {
  const partAtFault = (before: string | null | undefined, next: string | null) =>
    policyFault(
      { ...NEW, policy: before === undefined ? null : { ...POLICY, opensAt: before } },
      { ...POLICY, opensAt: next },
    )?.part;

  test('lies in the future when it is set, of a new room and of one that is there', () => {
    expect(partAtFault(undefined, at(0))).toBe('opensAt');
    expect(partAtFault(null, at(-1))).toBe('opensAt');
    expect(partAtFault(at(5000), at(-1))).toBe('opensAt');
    expect(partAtFault(undefined, at(1))).toBeUndefined();
    expect(partAtFault(null, at(1))).toBeUndefined();
  });

  test('that has passed may stay, so that a client can send back what it was told; and be taken back', () => {
    expect(partAtFault(at(-5000), at(-5000))).toBeUndefined();
    expect(partAtFault(at(-5000), null)).toBeUndefined();
    expect(partAtFault(at(5000), null)).toBeUndefined();
  });
});

describe('a draw', () => {
  const DRAW: QueuePolicy = { ...POLICY, order: 'draw', opensAt: at(60_000) };
  const HOUR = 3_600_000;
  const announced: RoomNow = { ...NEW, policy: DRAW, draw: 'ANNOUNCED' };
  const said = (room: RoomNow, next: QueuePolicy) => {
    const fault = policyFault(room, next);
    return fault === null ? null : `${fault.part} ${fault.message}`;
  };

  test('is announced before the room opens, at its own moment or the first date’s', () => {
    expect(said(NEW, DRAW)).toBeNull();
    expect(said(NEW, { ...DRAW, opensAt: null })).toBeNull();
    expect(said({ ...NEW, bookingMs: NOW + 1 }, { ...DRAW, opensAt: null })).toBeNull();
    expect(said({ ...NEW, policy: POLICY, bookingMs: NOW - HOUR }, DRAW)).toBeNull();
  });

  test('is refused once the room is open, or has let anybody in', () => {
    expect(said({ ...NEW, policy: POLICY, bookingMs: NOW }, { ...DRAW, opensAt: null })).toMatch(
      /^order cannot be "draw": the room is open/,
    );
    expect(said({ ...NEW, policy: POLICY, hadTurns: true }, DRAW)).toMatch(/has let people in already/);
  });

  test('is refused where the moment in force has passed, or comes before every tick knows of it', () => {
    const announcing = (opensAt: string, room: Partial<RoomNow> = {}) =>
      said({ ...NEW, policy: { ...POLICY, opensAt, paused: true }, ...room }, { ...DRAW, opensAt });
    expect(announcing(at(-420_000))).toMatch(/^order cannot be "draw": the room is open/);
    expect(announcing(at(0))).toMatch(/the room is open/);
    expect(announcing(at(5000))).toMatch(/opens within 5 s/);
    expect(announcing(at(5001))).toBeNull();
    expect(announcing(at(-1), { bookingMs: NOW + HOUR })).toBeNull();
    expect(said({ ...NEW, policy: POLICY, bookingMs: NOW - HOUR }, { ...DRAW, opensAt: at(5000) })).toMatch(
      /opens within 5 s/,
    );
    expect(said(NEW, { ...DRAW, opensAt: at(1) })).toBeNull();
  });

  test('is not moved any more while its list is being closed', () => {
    const moved = (beforeMs: number, room: Partial<RoomNow> = {}) =>
      said({ ...announced, policy: { ...DRAW, opensAt: at(beforeMs) }, ...room }, DRAW);
    expect(moved(-1)).toMatch(/^opensAt cannot be moved: it has passed/);
    expect(moved(5000)).toMatch(/comes within 5 s/);
    expect(moved(5001)).toBeNull();
    expect(moved(-1, { bookingMs: NOW + 5001 })).toBeNull();
    expect(said({ ...announced, policy: { ...DRAW, opensAt: null }, bookingMs: NOW - 1 }, DRAW)).toMatch(
      /cannot be moved/,
    );
  });

  test('is held once it is announced, whatever else changes', () => {
    for (const draw of ['ANNOUNCED', 'CLOSED'] as const) {
      expect(said({ ...announced, draw }, { ...DRAW, order: 'arrival' })).toMatch(/^order stays "draw"/);
      expect(
        said({ ...announced, draw, hadTurns: true }, { ...DRAW, maxActive: 1, paused: true }),
      ).toBeNull();
    }
  });

  test('moves to later only, and not at all once its list is closed', () => {
    const moved = (opensAt: string | null, room: Partial<RoomNow> = {}) =>
      said({ ...announced, ...room }, { ...DRAW, opensAt });
    expect(moved(at(60_001))).toBeNull();
    expect(moved(at(59_999))).toMatch(/^opensAt can only be moved to later/);
    expect(moved(null)).toMatch(/can only be moved to later/);
    expect(moved(null, { bookingMs: NOW + HOUR })).toBeNull();
    expect(moved(at(59_999), { bookingMs: NOW + HOUR })).toBeNull();
    expect(moved(at(60_001), { draw: 'CLOSED' })).toMatch(/cannot be moved/);
    const byDate = { ...announced, policy: { ...DRAW, opensAt: null } };
    expect(said({ ...byDate, bookingMs: NOW + HOUR }, DRAW)).toBeNull();
    expect(said(byDate, DRAW)).toBeNull();
  });
});

describe('a policy as it is sent', () => {
  const opensAt = QueuePolicySchema.shape.opensAt;
  const message = QueuePolicySchema.shape.message;

  test('has a moment with a time zone, told in UTC', () => {
    expect(opensAt.parse('2026-06-01T20:00:00+02:00')).toBe('2026-06-01T18:00:00.000Z');
    for (const wrong of [
      '2026-06-01',
      '2026-06-01T20:00:00',
      'soon',
      0,
      '1999-06-01T20:00:00Z',
      '9999-01-01T00:00:00Z',
    ])
      expect(opensAt.safeParse(wrong).success).toBe(false);
  });

  test('has a message of 280 characters at most, whatever these are, or none', () => {
    expect(message.safeParse('😀'.repeat(280)).success).toBe(true);
    expect(message.safeParse('😀'.repeat(281)).success).toBe(false);
    expect(message.parse(' here ')).toBe('here');
    for (const wrong of ['', '  ', 'a\u0000b', 7]) expect(message.safeParse(wrong).success).toBe(false);
    expect(message.parse(null)).toBeNull();
  });
});
