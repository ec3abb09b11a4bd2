import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

// What OpenSSL says of a text that it cannot read helps nobody, so nothing of it is passed on.
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^-]+-----END \1-----/g;

/** A private key of the curve P-256. @throws Error saying what is wrong with the text, without any of it */
export function readPrivateKey(text: string): KeyObject {
  const blocks = blocksOf(text);
  const [block = ''] = blocks;
  if (blocks.length !== 1 || !/^-----BEGIN (EC )?PRIVATE KEY-----/.test(block))
    throw new Error('must be one private key in PEM, not encrypted (openssl genpkey -algorithm EC …)');
  return ofP256(() => createPrivateKey(block));
}

/** Public keys of the curve P-256, one after another. @throws Error as above */
export function readPublicKeys(text: string): KeyObject[] {
  const blocks = blocksOf(text);
  if (blocks.length === 0 || blocks.some((block) => !block.startsWith('-----BEGIN PUBLIC KEY-----')))
    throw new Error('must be public keys in PEM, one after another (openssl pkey -pubout)');
  return blocks.map((block) => ofP256(() => createPublicKey(block)));
}

/** Most ways to set an environment variable have no room for a line's end: `\n` is one, too. */
function blocksOf(text: string): string[] {
  const lines = text.replaceAll('\\n', '\n');
  const blocks = [...lines.matchAll(BLOCK)].map(([block]) => block);
  return lines.replaceAll(BLOCK, '').trim() === '' ? blocks : [];
}

function ofP256(read: () => KeyObject): KeyObject {
  const key = readOr(read, 'must be a key in PEM: this one is damaged');
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new Error('must be a key of the curve P-256');
  return key;
}

function readOr(read: () => KeyObject, otherwise: string): KeyObject {
  try {
    return read();
  } catch {
    throw new Error(otherwise);
  }
}
