import { beforeAll, describe, expect, test } from '@jest/globals';
import { createPasswords, type Passwords } from '../../src/api/accounts/passwords';
import { stopwatch } from '../support/stopwatch';

const ROUNDS = 15;

let passwords: Passwords;
let stored: string;
beforeAll(async () => {
  passwords = await createPasswords();
  stored = await passwords.hash('the right one');
});

/** In turns, so that a machine that is busy for a while is so for both. */
async function mediansMs(first: string | null, second: string | null): Promise<[number, number]> {
  const took: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, each] of [first, second].entries()) {
      const elapsedMs = stopwatch();
      await passwords.matches(each, 'a wrong one');
      took[index]?.push(elapsedMs());
    }
  }
  const median = (values: number[]): number => values.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? 0;
  return [median(took[0]), median(took[1])];
}

describe('a password', () => {
  test('is right only for who has it', async () => {
    expect(await passwords.matches(stored, 'the right one')).toBe(true);
    expect(await passwords.matches(stored, 'a wrong one')).toBe(false);
    expect(await passwords.matches(null, 'the right one')).toBe(false);
    expect(await passwords.matches(null, 'no password has this hash')).toBe(false);
  });

  test('of nobody takes as long to refuse as a wrong one', async () => {
    const [wrong, nobody] = await mediansMs(stored, null);
    expect(nobody / wrong).toBeGreaterThan(0.5);
    expect(nobody / wrong).toBeLessThan(2);
  });
});
