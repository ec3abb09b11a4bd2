import { createHmac, randomBytes } from 'node:crypto';

/** Codes as people read them aloud and type them: without what looks alike (0 and O, 1, I and L). */
const ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
/** 99 random bits: nobody guesses one, not even who has its hash. */
const LENGTH = 20;
const GROUP = 4;
/** Bytes from here on would make the first characters of the alphabet likelier than the others. */
const FAIR_BELOW = 256 - (256 % ALPHABET.length);

/** What operators may bring along. */
export const LISTED = { shortest: 6, longest: 64 } as const;

const KEY_BYTES = 32;
export const HASH_BYTES = 32;

/** So many new codes, in groups of four. */
export function makeCodes(count: number): string[] {
  return Array.from({ length: count }, () => {
    const characters = Array.from(fairBytes(LENGTH), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
    return (characters.match(new RegExp(`.{${GROUP}}`, 'g')) ?? []).join('-');
  });
}

function fairBytes(count: number): Uint8Array {
  let fair = new Uint8Array();
  while (fair.length < count) {
    fair = Uint8Array.from([...fair, ...randomBytes(count).filter((byte) => byte < FAIR_BELOW)]);
  }
  return fair.subarray(0, count);
}

/** A code as it is compared, however it was typed. */
export function normalised(code: string): string {
  return code
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[\s\p{Pd}\p{Cf}]/gu, '');
}

/** What is wrong with a code that an operator brings along; null: it can be one. */
export function listedFault(code: string): string | null {
  const { length } = Array.from(code);
  if (!/^[\p{L}\p{N}]*$/u.test(code)) return 'must consist of letters and digits, spaces and dashes';
  if (length >= LISTED.shortest && length <= LISTED.longest) return null;
  return `must have ${LISTED.shortest} to ${LISTED.longest} letters and digits`;
}

/** What the codes of a new presale are hashed with. */
export const newCodeKey = (): Buffer => randomBytes(KEY_BYTES);

/** @param code normalised */
export const codeHash = (codeKey: Buffer, code: string): Buffer =>
  createHmac('sha256', codeKey).update(code).digest();
