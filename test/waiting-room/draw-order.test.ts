import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  commitmentOf,
  drawOrder,
  entrantsHashOf,
  PSEUDONYM_BYTES,
  pseudonymOf,
  pseudonymsOf,
  pseudonymText,
} from '../../src/waiting-room/draw-order';

const sha256 = (...parts: (string | Buffer)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};
const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((b) => Buffer.from(b));
const textsOf = (pseudonyms: Buffer): string[] =>
  Array.from({ length: pseudonyms.length / PSEUDONYM_BYTES }, (_, i) =>
    pseudonyms.subarray(i * PSEUDONYM_BYTES, (i + 1) * PSEUDONYM_BYTES).toString('hex'),
  );

/** The rule as the contract has it, without any of the care for a million entrants. */
function plainly(seed: Buffer, beacon: string | null, names: string[]) {
  const entrantsHash = sha256([...names].sort().join('\n'));
  const keyOf = (name: string) => sha256(seed, Buffer.from(entrantsHash, 'hex'), beacon ?? '', name);
  const keys = new Map(names.map((name) => [name, keyOf(name)]));
  const order = [...names].sort((a, b) => ((keys.get(a) ?? '') < (keys.get(b) ?? '') ? -1 : 1));
  return { entrantsHash, order };
}

describe('the order of a draw', () => {
  test('is that of the rule, for any seed, beacon and entrants, in whatever order these are given', async () => {
    const beacon = fc.option(fc.string({ unit: 'binary', maxLength: 20 }));
    const names = fc.uniqueArray(bytes(PSEUDONYM_BYTES), {
      maxLength: 40,
      selector: (b) => b.toString('hex'),
    });
    await fc.assert(
      fc.asyncProperty(bytes(32), beacon, names, async (seed, value, list) => {
        const pseudonyms = Buffer.concat(list);
        const wanted = plainly(seed, value, textsOf(pseudonyms));
        const entrantsHash = await entrantsHashOf(pseudonyms);
        expect(entrantsHash.toString('hex')).toBe(wanted.entrantsHash);
        const order = await drawOrder({ seed, entrantsHash, beacon: value }, pseudonyms);
        const all = textsOf(pseudonyms);
        expect([...order].map((index) => all[index])).toEqual(wanted.order);
      }),
      { numRuns: 40 },
    );
  });

  test('is the same for many more than there are buckets', async () => {
    const pseudonyms = randomBytes(100_000 * PSEUDONYM_BYTES);
    const seed = randomBytes(32);
    const entrantsHash = await entrantsHashOf(pseudonyms);
    const all = textsOf(pseudonyms);
    const order = await drawOrder({ seed, entrantsHash, beacon: null }, pseudonyms);
    const wanted = plainly(seed, null, all);
    expect(entrantsHash.toString('hex')).toBe(wanted.entrantsHash);
    expect([...order].map((index) => all[index])).toEqual(wanted.order);
  });

  test('of nobody is empty, and its hash that of nothing', async () => {
    const none = Buffer.alloc(0);
    expect((await entrantsHashOf(none)).toString('hex')).toBe(sha256(''));
    expect(await drawOrder({ seed: none, entrantsHash: none, beacon: null }, none)).toHaveLength(0);
  });
});

describe('a pseudonym', () => {
  test('is the same for the same user and key, and another for any other', async () => {
    const [key, otherKey, users] = [randomBytes(32), randomBytes(32), randomBytes(3 * 16)];
    const names = textsOf(await pseudonymsOf(key, users));
    expect(names[1]).toBe(pseudonymText(pseudonymOf(key, users.subarray(16, 32))));
    const others = textsOf(await pseudonymsOf(otherKey, users));
    expect(new Set([...names, ...others]).size).toBe(6);
  });

  test('and a commitment show nothing of what they are made of', () => {
    const [key, user] = [randomBytes(32), randomBytes(16)];
    expect(pseudonymText(pseudonymOf(key, user))).not.toContain(user.toString('hex').slice(0, 8));
    expect(commitmentOf(key).toString('hex')).toBe(sha256(key));
  });
});
