import { fstatSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { say } from './child-process.mjs';
import { startGuardian } from './guardian.mjs';
import { lockFolder } from './lock.mjs';
import { startPostgres } from './postgres.mjs';
import { folderElsewhere } from './postgres-account.mjs';
import { startRedis } from './redis.mjs';

/** @typedef {import('./child-process.mjs').Service} Service */
/** @typedef {{ root: string, durable: boolean, temporary: boolean, fresh: boolean }} Plan */

/**
 * Starts what is needed, prints where it is, and keeps it running until told to stop or until one of the
 * servers dies by itself.
 * @param {Plan} plan
 */
export async function serve(plan) {
  const asked = stopAsked();
  const lock = plan.temporary ? undefined : await lockFolder(plan.root);
  const guardian = startGuardian();
  const folders = [plan.root, folderElsewhere(plan.root)];
  if (plan.temporary) for (const folder of folders) guardian.remove(folder);
  if (plan.fresh) await deleteData(plan.root);
  /** @type {Service[]} */
  const services = [];
  try {
    services.push(...(await startAll(plan, guardian)));
    for (const { pid } of services) if (pid !== undefined) await lock?.note(pid);
    process.stdout.write(`${JSON.stringify(addresses(services))}\n`);
    const died = services.map(({ name, exited }) => exited.then((how) => `${name} ${how}`));
    const reason = await Promise.race([asked, ...died]);
    if (services.some((service) => reason.startsWith(`${service.name} `))) throw new Error(reason);
  } finally {
    await Promise.all(services.map((service) => service.stop()));
    if (plan.temporary) for (const folder of folders) await rm(folder, { recursive: true, force: true });
    await lock?.release();
    guardian.cancel();
  }
}

/**
 * @param {Plan} plan
 * @param {import('./guardian.mjs').Guardian} guardian
 */
async function startAll(plan, guardian) {
  const { root, durable, temporary } = plan;
  const starts = [];
  // Tests never touch the developer's data, whatever the environment says.
  if (temporary || !process.env['DATABASE_URL']) {
    starts.push(startPostgres({ root, durable, guardian, ...(temporary ? {} : { port: 54_329 }) }));
  }
  if (temporary || !process.env['REDIS_URL']) {
    starts.push(startRedis({ root, durable, guardian, ...(temporary ? {} : { port: 63_799 }) }));
  }
  const settled = await Promise.allSettled(starts);
  const started = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = settled.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
  if (failed.length === 0) return started;
  await Promise.all(started.map((service) => service.stop()));
  throw new Error(failed.join('\n'));
}

/** @param {Service[]} services */
function addresses(services) {
  const find = (/** @type {string} */ name) => services.find((service) => service.name === name);
  return {
    databaseUrl: find('Postgres')?.url ?? process.env['DATABASE_URL'],
    redisUrl: find('Redis')?.url ?? process.env['REDIS_URL'],
    docker: services.some((service) => service.docker),
  };
}

/**
 * @returns {Promise<string>} why to stop. A second signal does not wait for the orderly way: the guardian
 *   cleans up.
 */
function stopAsked() {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => {
        if (asked) process.exit(130);
        asked = true;
        resolve(signal);
      });
    }
    const stdin = fstatSync(0);
    if (!stdin.isFIFO() && !stdin.isSocket()) return; // a terminal or /dev/null says nothing about a parent
    process.stdin.once('close', () => resolve('stdin closed'));
    process.stdin.resume();
  });
}

/** @param {string} root */
async function deleteData(root) {
  say(`deleting the data in ${root}`);
  const names = ['postgres', 'postgres-docker', 'postgres-password', 'redis', 'redis-docker'];
  const folders = [...names.map((name) => path.join(root, name)), folderElsewhere(root)];
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
}
