import { randomBytes } from 'node:crypto';

/** Crockford's: what looks alike is one character, so that a code read off paper is typed right. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** 80 random bits: nobody guesses one. Groups of four fit the smallest QR code, dashes and all. */
const LENGTH = 16;
const GROUP = 4;

/** A new code for a ticket, such as `7K3M-9QRT-AB12-CDEF`. */
export function makeTicketCode(): string {
  let code = '';
  for (const [index, byte] of randomBytes(LENGTH).entries()) {
    if (index > 0 && index % GROUP === 0) code += '-';
    code += ALPHABET[byte % ALPHABET.length];
  }
  return code;
}

/** The same for all ways in which a code can be typed: the text that `TYPED_CODE` makes of a stored one. */
export function typedCode(typed: string): string {
  return typed
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[\s_\p{Pd}\p{Cf}]/gu, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
}

/**
 * In the words of its index (`tickets_code_key`), or that is not used. Codes that were made before these differ in case, and have dashes
 * that mean something: they are found all the same, as no two of them are alike without.
 */
export const TYPED_CODE = `translate(upper(code COLLATE "C"), 'OIL-_', '011')`;
