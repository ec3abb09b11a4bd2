import { describe, expect, test } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { at, BookingId, JobId, ScheduleId, SeatId } from '../../src/api/path';
import { Problem } from '../../src/lib/problems';

const codeOf = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    if (error instanceof Problem) return error.code;
    throw error;
  }
  return 'read';
};

describe('a path', () => {
  test.each([
    ['job', at('/:id', { id: JobId })],
    ['booking', at('/:id', { id: BookingId })],
  ])('names a %s in capitals as well, and it is the same one', (_what, path) => {
    const id = uuidv7();
    expect(path.read({ id: id.toUpperCase() })).toEqual({ id });
  });

  test.each([
    ['JOB_NOT_FOUND', at('/:id', { id: JobId }), ['x', `${uuidv7()}0`, '']],
    ['BOOKING_NOT_FOUND', at('/:id', { id: BookingId }), ['1', `{${uuidv7()}}`]],
    ['SCHEDULE_NOT_FOUND', at('/:id', { id: ScheduleId }), ['0', '01', '-1', '1.0', '9'.repeat(19)]],
    ['SEAT_NOT_FOUND', at('/:id', { id: SeatId }), ['1', '1-0', '0-1', '1-1-1', `1-${'9'.repeat(19)}`]],
  ])('about what can be nothing answers %s', (code, path, ids) => {
    expect(ids.map((id) => codeOf(() => path.read({ id })))).toEqual(ids.map(() => code));
  });
});
