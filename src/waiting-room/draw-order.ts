import { createHash, createHmac } from 'node:crypto';
import { setImmediate as pause } from 'node:timers/promises';

/**
 * The rule of a draw. Everything here is a function of what is published with it; `script/verify-draw.mjs` says the same a
 * second time, for whoever does not trust this file.
 */
export const DRAW_ALGORITHM =
  'entrantsHash = SHA-256 of all pseudonyms, ascending, joined by a line feed. Order: ascending by SHA-256 of seed (32 bytes), ' +
  'entrantsHash (32 bytes), beacon value (UTF-8; nothing without one) and pseudonym (as written), one after the other.';

/** Bytes of a pseudonym: 128 bits, so that two fans never share one. */
export const PSEUDONYM_BYTES = 16;
export const USER_ID_BYTES = 16;
const KEY_BYTES = 32;

/** What the order depends on, besides who is in it. */
export interface DrawFacts {
  seed: Buffer;
  entrantsHash: Buffer;
  beacon: string | null;
}

export const commitmentOf = (seed: Buffer): Buffer => createHash('sha256').update(seed).digest();

/** The name of a fan in a draw: the same whenever it is asked for, and without the key nobody can tell whose it is. */
export function pseudonymOf(key: Buffer, userId: Buffer): Buffer {
  return createHmac('sha256', key).update(userId).digest().subarray(0, PSEUDONYM_BYTES);
}

/** As it is published. */
export const pseudonymText = (pseudonym: Buffer): string => pseudonym.toString('hex');

/** The pseudonyms of these users, in the same order. Both are lists in one buffer: a million Buffers would take ten times that. */
export async function pseudonymsOf(key: Buffer, userIds: Buffer): Promise<Buffer> {
  const count = userIds.length / USER_ID_BYTES;
  const pseudonyms = Buffer.alloc(count * PSEUDONYM_BYTES);
  await eachOf(count, (index) => {
    pseudonymOf(key, row(userIds, index, USER_ID_BYTES)).copy(pseudonyms, index * PSEUDONYM_BYTES);
  });
  return pseudonyms;
}

/** What a list of entrants is published as before anybody can know the order. Of nobody, the hash of nothing. */
export async function entrantsHashOf(pseudonyms: Buffer): Promise<Buffer> {
  const order = await ascending(pseudonyms, PSEUDONYM_BYTES);
  const hash = createHash('sha256');
  await eachOf(order.length, (index) => {
    const text = pseudonymText(row(pseudonyms, order[index] ?? 0, PSEUDONYM_BYTES));
    hash.update(index === 0 ? text : `\n${text}`);
  });
  return hash.digest();
}

/** The order of a draw: the numbers of the entrants in the list given, first drawn first. */
export async function drawOrder(facts: DrawFacts, pseudonyms: Buffer): Promise<Uint32Array> {
  const head = Buffer.concat([facts.seed, facts.entrantsHash, Buffer.from(facts.beacon ?? '')]);
  const count = pseudonyms.length / PSEUDONYM_BYTES;
  const keys = Buffer.alloc(count * KEY_BYTES);
  await eachOf(count, (index) => {
    const text = pseudonymText(row(pseudonyms, index, PSEUDONYM_BYTES));
    createHash('sha256')
      .update(head)
      .update(text)
      .digest()
      .copy(keys, index * KEY_BYTES);
  });
  return ascending(keys, KEY_BYTES);
}

export const row = (rows: Buffer, index: number, width: number): Buffer =>
  rows.subarray(index * width, (index + 1) * width);

const BUCKETS = 65_536;
const BUCKETS_AT_ONCE = 256;
const ROWS_AT_ONCE = 2000;

/**
 * The numbers of rows in ascending order. Rows are hashes, so their first two bytes spread them evenly over buckets, and no
 * step takes long: this process has other work to do meanwhile.
 */
async function ascending(rows: Buffer, width: number): Promise<Uint32Array> {
  const count = rows.length / width;
  const ends = new Uint32Array(BUCKETS);
  const add = (bucket: number, more: number): number => (ends[bucket] = (ends[bucket] ?? 0) + more);
  for (let index = 0; index < count; index += 1) add(rows.readUInt16BE(index * width), 1);
  for (let bucket = 1; bucket < BUCKETS; bucket += 1) add(bucket, ends[bucket - 1] ?? 0);
  const starts = ends.slice();
  const order = new Uint32Array(count);
  for (let index = count - 1; index >= 0; index -= 1) {
    const bucket = rows.readUInt16BE(index * width);
    starts[bucket] = (starts[bucket] ?? 0) - 1;
    order[starts[bucket] ?? 0] = index;
  }
  const compare = (a: number, b: number): number =>
    rows.compare(rows, b * width, (b + 1) * width, a * width, (a + 1) * width);
  await eachOf(
    BUCKETS,
    (bucket) => {
      const [start = 0, end = 0] = [starts[bucket], ends[bucket]];
      if (end - start > 1) order.subarray(start, end).sort(compare);
    },
    BUCKETS_AT_ONCE,
  );
  return order;
}

/** Lets this process do what else it has to, again and again. */
async function eachOf(count: number, act: (index: number) => void, atOnce = ROWS_AT_ONCE): Promise<void> {
  for (let start = 0; start < count; start += atOnce) {
    const end = Math.min(count, start + atOnce);
    for (let index = start; index < end; index += 1) act(index);
    await pause();
  }
}
