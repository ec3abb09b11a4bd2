import path from 'node:path';
import { Client } from 'pg';
import { say, startDaemon, waitUntilReady } from './child-process.mjs';
import { dockerAnswers, startContainer } from './docker.mjs';
import { findFreePort } from './ports.mjs';
import { postgresFolder } from './postgres-account.mjs';
import { findPostgresBinaries } from './postgres-binaries.mjs';
import { clearStalePidFile, initialise, passwordOf, readPidFile } from './postgres-data.mjs';
import {
  asFlags,
  cleanEnvironment,
  DURABLE,
  FAST,
  settingsFor,
  SIGNALS,
  USER,
} from './postgres-settings.mjs';

/** @typedef {import('./child-process.mjs').Service} Service */
/**
 * @typedef {{
 *   root: string,
 *   durable: boolean,
 *   port?: number,
 *   settings?: Record<string, string>,
 *   guardian: import('./guardian.mjs').Guardian,
 * }} PostgresPlan
 */
/** @typedef {import('./postgres-account.mjs').Place} Place */

const DATABASE = 'frontrow';

/**
 * @param {PostgresPlan} plan
 * @returns {Promise<Service>} its URL names an empty or grown database of our own
 */
export async function startPostgres(plan) {
  const place = await postgresFolder(plan.root);
  const binaries = await findPostgresBinaries(place.account);
  if (!binaries) return startInDocker(plan);
  const password = await passwordOf(plan.root);
  const data = path.join(place.folder, 'data');
  await initialise(binaries.initdb, place, data, password, plan.durable);
  await clearStalePidFile(data);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const port = await findFreePort(plan.port);
      return await startOn(port, binaries.postgres, place, { ...plan, data, password });
    } catch (error) {
      // The port may be bound between our look and its own; and after a kill -9 the last processes of the
      // previous server need a moment before their shared memory is free.
      const passing = /Address already in use|could not create any TCP|shared memory block/.test(
        String(error),
      );
      if (attempt >= 8 || !passing) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

/**
 * @param {number} port
 * @param {string} postgres
 * @param {Place} place
 * @param {PostgresPlan & { data: string, password: string }} plan
 * @returns {Promise<Service>}
 */
async function startOn(port, postgres, place, plan) {
  const settings = [...settingsFor({ durable: plan.durable, port }), ...asFlags(plan.settings ?? {})];
  const daemon = await startDaemon(postgres, ['-D', plan.data, ...settings], {
    ...place.account,
    cwd: place.folder, // the checkout may be closed to the account
    env: cleanEnvironment(),
    logFile: path.join(plan.root, 'postgres.log'),
  });
  plan.guardian.stop(daemon.pid, SIGNALS, plan.data);
  await waitUntilReady(daemon, 'Postgres', async () => {
    const pidFile = await readPidFile(plan.data);
    return pidFile.pid === daemon.pid && pidFile.status === 'ready';
  });
  return {
    name: 'Postgres',
    url: await withDatabase(`postgres://${USER}:${plan.password}@127.0.0.1:${port}`),
    docker: false,
    pid: daemon.pid,
    exited: daemon.exited,
    stop: () => daemon.stop(SIGNALS),
  };
}

/**
 * @param {string} server
 * @returns {Promise<string>} the URL of our database on that server, made if need be
 */
async function withDatabase(server) {
  const client = new Client({ connectionString: `${server}/postgres` });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
  return `${server}/${DATABASE}`;
}

/**
 * @param {PostgresPlan} plan
 * @returns {Promise<Service>}
 */
async function startInDocker({ root, durable, port, settings = {}, guardian }) {
  const platform = `${process.platform}-${process.arch}`;
  if (!(await dockerAnswers())) {
    throw new Error(
      `no embedded Postgres for ${platform}: start Docker, or set DATABASE_URL (script/server only)`,
    );
  }
  say(`no embedded Postgres for ${platform}: using Docker`);
  const password = await passwordOf(root);
  const container = await startContainer({
    image: 'postgres:18-alpine',
    containerPort: 5432,
    port: await findFreePort(port),
    environment: [`POSTGRES_USER=${USER}`, `POSTGRES_PASSWORD=${password}`, `POSTGRES_DB=${DATABASE}`],
    args: asFlags({ ...(durable ? DURABLE : FAST), ...settings }),
    ...(durable ? { volume: `${path.join(root, 'postgres-docker')}:/var/lib/postgresql` } : {}),
  });
  guardian.stopContainer(container.name);
  const server = `postgres://${USER}:${password}@127.0.0.1:${container.port}`;
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      const url = await withDatabase(server);
      return { name: 'Postgres', url, docker: true, exited: container.exited, stop: () => container.stop() };
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
