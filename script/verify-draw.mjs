// Recomputes a draw from what the service publishes, with nothing of the service's own code: only what Node brings.
import { createHash } from 'node:crypto';

const USAGE = `
Usage: npm run verify:draw -- <address> <concertId>

Reads a draw and its order from a running service, such as http://127.0.0.1:3000, and recomputes the order. Ends with status 1
when something is not as published.
`;

const PAGE = 10_000;

/**
 * @typedef {{ value: string | null, promisedAt: string, source: string }} Beacon
 * @typedef {{
 *   status: string, commitment: string, seed: string, entrants: number, entrantsHash: string, beacon: Beacon | null,
 *   announcedAt: string, drawnAt: string
 * }} Draw
 * @typedef {{ order: string[], nextCursor: string | null }} Page
 */

/** @param {(string | Buffer)[]} parts */
function sha256(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/**
 * What it says is not believed but recomputed, so nothing is checked here.
 * @template Said
 * @param {string} address
 * @returns {Promise<Said>}
 */
async function ask(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answers ${response.status}: ${await response.text()}`);
  // oxlint-disable-next-line typescript/no-unsafe-return
  return response.json();
}

/** @param {string} draw its address */
async function readOrder(draw) {
  /** @type {string[]} */
  const order = [];
  /** @type {string | null} */
  let cursor = '0';
  while (cursor !== null) {
    /** @type {Page} */
    const page = await ask(`${draw}/order?limit=${PAGE}&cursor=${cursor}`);
    order.push(...page.order);
    cursor = page.nextCursor;
  }
  return order;
}

/**
 * What is wrong with a published draw and order; nothing: anybody comes to the same order.
 * @param {Draw} draw
 * @param {string[]} order
 */
function faultsOf(draw, order) {
  const seed = Buffer.from(draw.seed, 'hex');
  const entrantsHash = sha256([...order].sort().join('\n'));
  const head = Buffer.concat([seed, Buffer.from(entrantsHash, 'hex'), Buffer.from(draw.beacon?.value ?? '')]);
  const drawn = order
    .map((pseudonym) => ({ pseudonym, key: sha256(head, pseudonym) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const displaced = drawn.findIndex(({ pseudonym }, index) => pseudonym !== order[index]);
  const faults = [];
  if (sha256(seed) !== draw.commitment) faults.push('The seed is not the one that was committed to.');
  if (order.length !== draw.entrants)
    faults.push(`The order has ${order.length} entrants, not ${draw.entrants}.`);
  if (new Set(order).size !== order.length) faults.push('Somebody is in the order twice.');
  if (entrantsHash !== draw.entrantsHash) faults.push('The entrants are not those whose hash was published.');
  if (displaced >= 0)
    faults.push(`Number ${displaced + 1} of the order should be ${drawn[displaced]?.pseudonym}.`);
  return faults;
}

/**
 * @param {string} draw its address
 * @returns {Promise<number>} the status to end with
 */
async function verify(draw) {
  /** @type {Draw} */
  const said = await ask(draw);
  if (said.status !== 'DRAWN') {
    console.log(`Not drawn yet. Committed to ${said.commitment} at ${said.announcedAt}: keep that.`);
    return 1;
  }
  const faults = faultsOf(said, await readOrder(draw));
  for (const fault of faults) console.log(`WRONG  ${fault}`);
  if (faults.length > 0) return 1;
  const { beacon } = said;
  const named =
    beacon === null
      ? 'none'
      : `${beacon.value}, promised at ${beacon.promisedAt}; compare it with ${beacon.source}`;
  console.log(`Right: ${said.entrants} entrants, drawn at ${said.drawnAt}, in the order that all this gives:
  commitment     ${said.commitment}
  seed           ${said.seed}
  entrants' hash ${said.entrantsHash}
  beacon         ${named}`);
  return 0;
}

const [address, concertId] = process.argv.slice(2);
if (address === undefined || concertId === undefined || !/^\d+$/.test(concertId)) {
  console.log(USAGE);
  process.exitCode = 2;
} else {
  process.exitCode = await verify(new URL(`/api/concerts/${concertId}/draw`, address).href);
}
