import jws from 'jws';

/** The only algorithm of our own tokens. */
export const ALGORITHM = 'HS256';

// Every token of ours has this header, and no other is looked at: no token chooses its own algorithm.
const HEADER = { alg: ALGORITHM, typ: 'JWT' } as const;
const WRITTEN_HEADER = `${Buffer.from(JSON.stringify(HEADER)).toString('base64url')}.`;

// By the library that `jsonwebtoken` stands on, which by itself checks its own options with each token that it signs, and takes
// each that it reads apart twice: a good part of what a busy request would cost.

/** A JWT of these claims, all of which the caller names. */
export const sign = (claims: object, secret: Buffer): string =>
  jws.sign({ header: HEADER, payload: claims, secret });

/**
 * What a token says that was signed with this secret; nothing of it is checked but header and signature.
 * @param secret a Buffer: from a string the key would be made anew for every token
 * @returns undefined when it was not
 */
export function readSigned(token: string, secret: Buffer): unknown {
  const payload = token.slice(WRITTEN_HEADER.length, token.lastIndexOf('.'));
  // The library looks at the first three parts, however many there are.
  const isOurs = token.startsWith(WRITTEN_HEADER) && payload !== '' && !payload.includes('.');
  if (!isOurs || !jws.verify(token, ALGORITHM, secret)) return undefined;
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString());
  } catch {
    return undefined; // Signed with our secret, and yet none of ours.
  }
}

/** Whether a token's end has come. @param exp as RFC 7519 has it: seconds since 1970 */
export const isOver = (exp: number): boolean => Math.floor(Date.now() / 1000) >= exp;
