import { createServer } from 'node:net';
import { codeOf } from './files.mjs';

const LOOPBACK = '127.0.0.1';
// Below the range from which kernels hand out ports for outgoing connections, so that a port found free
// is not taken by somebody's client before the server has bound it.
const FIRST = 20_000;
const COUNT = 10_000;

/**
 * @param {number} port
 * @param {string} [host]
 * @returns {Promise<string | undefined>} why no server could listen there now, such as EADDRINUSE; nothing when one could
 */
export function whyNotFree(port, host = LOOPBACK) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error) => resolve(codeOf(error)));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(undefined)));
  });
}

/** @param {number} port */
async function isFree(port) {
  return (await whyNotFree(port)) === undefined;
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
