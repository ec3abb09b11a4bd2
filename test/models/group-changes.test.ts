import { describe, expect, test } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import type { Command, Schedule } from '../../src/booking/types';
import { failureWrites } from '../../src/models/group-changes';

const schedule: Schedule = {
  id: '1',
  concertId: '1',
  concertTitle: 'T',
  seatLimit: 1,
  bookingStartAt: 0,
  bookingEndAt: 1,
  startAt: 2,
  stopped: false,
  cancelledAt: null,
  singleSeats: 'allow',
  offerTtlMs: 1,
};
const commands = [1, 2].map((seat): Command => ({
  id: uuidv7(),
  userId: uuidv7(),
  kind: 'hold',
  seatNumbers: [seat],
}));
const ended = commands.map(({ id, userId, kind }) => ({
  id,
  userId,
  kind,
  status: 'failed' as const,
  outcome: {},
  finishedAtMs: 1,
}));

describe('what is written of commands that have ended', () => {
  test('is each under its own id, with what it asked for', () => {
    const [write] = failureWrites({ schedule, commands, ended }, 1);
    expect(JSON.parse(String(write?.values[0]))).toMatchObject(
      commands.map(({ id }, index) => ({ id, status: 'failed', payload: { seatNumbers: [index + 1] } })),
    );
  });

  test('is nothing at all when an outcome is missing, or is another command’s', () => {
    expect(() => failureWrites({ schedule, commands, ended: ended.slice(1) }, 1)).toThrow('has not ended');
    expect(() => failureWrites({ schedule, commands, ended: ended.toReversed() }, 1)).toThrow(
      'has not ended',
    );
  });
});
