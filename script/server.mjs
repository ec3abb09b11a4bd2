import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { readArguments } from './arguments.mjs';
import { buildIfNeeded } from './build.mjs';
import { makeReady } from './make-ready.mjs';
import { Parts } from './parts.mjs';
import { say } from './services/child-process.mjs';
import { startGuardian } from './services/guardian.mjs';
import { whyNotFree } from './services/ports.mjs';
import { passSignalsOn, runStep } from './steps.mjs';

/** @typedef {{ databaseUrl: string, redisUrl: string }} Addresses */

const USAGE = `
Usage: script/server [--fresh]

Runs the whole service on this machine: a Postgres and a Redis of its own with their data under .data/,
migrations, demo data on an empty database, one web and one worker process. Ctrl-C stops everything.

  --fresh   deletes the data of earlier runs first

Settings come from the environment and from .env (see .env.example): PORT=4000 script/server
`;

const { values: options } = readArguments(USAGE, {
  options: { fresh: { type: 'boolean', default: false } },
});
process.chdir(path.resolve(import.meta.dirname, '..'));
if (existsSync('.env')) process.loadEnvFile('.env');
const environment = {
  ...process.env,
  HOST: process.env['HOST'] || '127.0.0.1',
  PORT: process.env['PORT'] || '3000',
  OPERATOR_EMAIL: process.env['OPERATOR_EMAIL'] || 'operator@frontrow.test',
  OPERATOR_PASSWORD: process.env['OPERATOR_PASSWORD'] || 'frontrow-operator',
  RATE_LIMIT_PER_MINUTE: process.env['RATE_LIMIT_PER_MINUTE'] || '0',
  LOG_LEVEL: process.env['LOG_LEVEL'] || 'warn',
};
const site = `http://${reachableHost(environment.HOST)}:${environment.PORT}`;
const parts = new Parts(startGuardian());

passSignalsOn();
try {
  await Promise.race([stopAsked(), serve()]);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
await parts.stop();
process.exit(); // what still waits, such as a look at readyz, waits for something that is gone

/** Runs until one of the parts ends, which none should. */
async function serve() {
  await refuseBadAddress(environment);
  if (!(await makeReady())) throw new Error('This checkout cannot be made able to run: see above.');
  if (!(await buildIfNeeded())) throw new Error('The build failed: see above.');
  const { databaseUrl, redisUrl } = await startServices();
  const env = { ...environment, DATABASE_URL: databaseUrl, REDIS_URL: redisUrl };
  await prepare('dist/migrate.js', 'Migrating the database', env);
  await prepare('dist/seed.js', 'Demo data, if the database is empty', env);
  parts.start('web', 'bin/web', [], env);
  parts.start('worker', 'bin/worker', [], env);
  const ended = parts.anyEnded();
  const failure = await Promise.race([ended, untilReady()]);
  if (failure === undefined) printAddresses(env);
  throw new Error(failure ?? (await ended));
}

/**
 * Before anything is installed, built or started for it.
 * @param {{ HOST: string, PORT: string }} address
 */
async function refuseBadAddress({ HOST, PORT }) {
  const port = /^\d{1,5}$/.test(PORT) ? Number(PORT) : 0;
  if (port < 1 || port > 65_535) throw new Error(`PORT must be a number from 1 to 65535, not "${PORT}".`);
  const fault = await whyNotFree(port, HOST);
  if (fault === 'EADDRINUSE') {
    throw new Error(
      `Port ${port} is taken. Another one: PORT=${port === 65_535 ? 3000 : port + 1} script/server`,
    );
  }
  if (fault === 'EACCES') throw new Error(`Port ${port} is not for every user: one above 1023 is.`);
  if (fault !== undefined)
    throw new Error(`HOST must be an address of this machine, not "${HOST}" (${fault}).`);
}

/**
 * @param {string} host where the web process listens: perhaps on all addresses, which is none to go to
 * @returns {string} as it stands in a URL
 */
function reachableHost(host) {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

/** @returns {Promise<Addresses>} of the Postgres and Redis under .data/, or of those that the environment names */
async function startServices() {
  say('==> Starting Postgres and Redis (data in .data/)');
  const args = ['--data', '.data', ...(options.fresh ? ['--fresh'] : [])];
  const { child } = parts.start('services', 'script/services.mjs', args, environment, [
    'pipe',
    'pipe',
    'inherit',
  ]);
  if (child.stdout === null) throw new Error('the services have no stdout to read from');
  for await (const line of createInterface({ input: child.stdout })) {
    /** @type {unknown} */
    const answer = JSON.parse(line);
    if (hasAddresses(answer)) return answer;
  }
  throw new Error('Postgres and Redis did not start: see above.');
}

/**
 * @param {unknown} answer
 * @returns {answer is Addresses}
 */
function hasAddresses(answer) {
  return typeof answer === 'object' && answer !== null && 'databaseUrl' in answer && 'redisUrl' in answer;
}

/**
 * @param {string} program
 * @param {string} title
 * @param {NodeJS.ProcessEnv} env
 */
async function prepare(program, title, env) {
  say(`==> ${title}`);
  const code = await runStep(process.execPath, [program], { env });
  if (code !== 0) throw new Error(`${program} ended with code ${code}.`);
}

/** @returns {Promise<string | undefined>} nothing once the service answers; else why it does not */
async function untilReady() {
  const deadline = Date.now() + 60_000;
  let answer = 'none';
  while (Date.now() < deadline) {
    try {
      const response = await fetch(`${site}/readyz`);
      if (response.ok) return undefined;
      answer = `${response.status} ${await response.text()}`;
    } catch (error) {
      answer = String(error); // not listening yet
    }
    await sleep(100);
  }
  return `${site}/readyz is not ready after a minute; last answer: ${answer}`;
}

/** @param {NodeJS.ProcessEnv} env */
function printAddresses(env) {
  process.stdout.write(`
frontrow is running.

  Demo page     ${site}/
  API docs      ${site}/docs
  Queue board   ${site}/admin/queues
  Operator      ${env['OPERATOR_EMAIL']} / ${env['OPERATOR_PASSWORD']}

  DATABASE_URL=${env['DATABASE_URL']}
  REDIS_URL=${env['REDIS_URL']}

Ctrl-C stops it.
`);
}

/** @returns {Promise<void>} when somebody wants it to stop. A second signal leaves the rest to the guardian. */
function stopAsked() {
  let asked = false;
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => {
        if (asked) process.exit(130);
        asked = true;
        say('==> Stopping');
        resolve();
      });
    }
  });
}
