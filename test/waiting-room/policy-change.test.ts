import { describe, expect, test } from '@jest/globals';
import { policyFault } from '../../src/waiting-room/policy-change';
import { QueuePolicySchema } from '../../src/waiting-room/queue-policy';
import { POLICY } from '../support/policy';

const NOW = Date.UTC(2026, 5, 1, 18);
const at = (ms: number): string => new Date(NOW + ms).toISOString();

describe('an opening', () => {
  const partAtFault = (before: string | null | undefined, next: string | null) =>
    policyFault(
      { nowMs: NOW, policy: before === undefined ? null : { ...POLICY, opensAt: before } },
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
