import jws from 'jws';

/** The only algorithm of our own tokens. */
export const ALGORITHM = 'HS256';

// Whoever issues tokens here gives them this header, and no other is looked at: no token chooses its own algorithm.
const HEADER = `${Buffer.from(JSON.stringify({ alg: ALGORITHM, typ: 'JWT' })).toString('base64url')}.`;

/**
 * What a token says that was signed with this secret; nothing of it is checked but header and signature. `jsonwebtoken`,
 * which signs them, takes each apart twice to check it: a good part of what a busy request would cost.
 * @param secret a Buffer: from a string the key would be made anew for every token
 * @returns undefined when it was not
 */
export function readSigned(token: string, secret: Buffer): unknown {
  const payload = token.slice(HEADER.length, token.lastIndexOf('.'));
  // The library looks at the first three parts, however many there are.
  const isOurs = token.startsWith(HEADER) && payload !== '' && !payload.includes('.');
  if (!isOurs || !jws.verify(token, ALGORITHM, secret)) return undefined;
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString());
  } catch {
    return undefined; // Signed with our secret, and yet none of ours.
  }
}

/** Whether a token's end has come. @param exp as RFC 7519 has it: seconds since 1970 */
export const isOver = (exp: number): boolean => Math.floor(Date.now() / 1000) >= exp;
