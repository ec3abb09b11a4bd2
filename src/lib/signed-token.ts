import { createHmac, timingSafeEqual } from 'node:crypto';

/** The only algorithm of our own tokens. */
export const ALGORITHM = 'HS256';

// Every token of ours has this header, and no other is looked at: no token chooses its own algorithm.
const HEADER = `${Buffer.from(JSON.stringify({ alg: ALGORITHM, typ: 'JWT' })).toString('base64url')}.`;

// Every request brings or takes such tokens, and the libraries spend more on options and copies than on the signature. The
// signature itself is Node's; that any library reads these tokens, and we read any library's, a test holds.

/** A JWT of these claims, all of which the caller names. */
export function sign(claims: object, secret: Buffer): string {
  const signed = HEADER + Buffer.from(JSON.stringify(claims)).toString('base64url');
  return `${signed}.${signatureOf(signed, secret)}`;
}

/**
 * What a token says that was signed with this secret; nothing of it is checked but header and signature.
 * @returns undefined when it was not
 */
export function readSigned(token: string, secret: Buffer): Claims | undefined {
  if (!token.startsWith(HEADER)) return undefined;
  const end = token.indexOf('.', HEADER.length);
  // Text is compared with text: of other spellings of the same bytes, or with more behind, there is no second token.
  const isOurs =
    end > HEADER.length && isSame(token.slice(end + 1), signatureOf(token.slice(0, end), secret));
  if (!isOurs) return undefined;
  try {
    const said: unknown = JSON.parse(Buffer.from(token.slice(HEADER.length, end), 'base64url').toString());
    return isClaims(said) ? said : undefined;
  } catch {
    return undefined; // Signed with our secret, and yet none of ours.
  }
}

/** What a token says, by name. */
export type Claims = Record<string, unknown>;

export const isClaims = (said: unknown): said is Claims => typeof said === 'object' && said !== null;

export const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);

const signatureOf = (signed: string, secret: Buffer): string =>
  createHmac('sha256', secret).update(signed).digest('base64url');

/** In a time that does not tell how much of it was right. */
function isSame(sent: string, right: string): boolean {
  const [sentBytes, rightBytes] = [Buffer.from(sent), Buffer.from(right)];
  return sentBytes.length === rightBytes.length && timingSafeEqual(sentBytes, rightBytes);
}
