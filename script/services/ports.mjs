import { createServer } from 'node:net';

const LOOPBACK = '127.0.0.1';
// Below the range from which kernels hand out ports for outgoing connections, so that a port found free
// is not taken by somebody's client before the server has bound it.
const FIRST = 20_000;
const COUNT = 10_000;

/**
 * @param {number} port
 * @returns {Promise<boolean>} whether a server could listen on this loopback port now
 */
export function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: LOOPBACK, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/**
 * @param {number} [preferred] taken when it is free
 * @returns {Promise<number>} a loopback port that is free now
 */
export async function findFreePort(preferred) {
  if (preferred !== undefined && (await isFree(preferred))) return preferred;
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port found between ${FIRST} and ${FIRST + COUNT}`);
}
