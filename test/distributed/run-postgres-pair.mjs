// A Postgres and its streaming standby, for as long as stdin stays open. Prints one line of JSON once both answer:
// {"primary": {"url", "pid"}, "standby": {"url", "pid"}}. A commit on the primary waits for the standby's disk.
import { appendFile, chmod, chown, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run, say } from '../../script/services/child-process.mjs';
import { startGuardian } from '../../script/services/guardian.mjs';
import { startPostgres } from '../../script/services/postgres.mjs';
import { folderElsewhere, postgresFolder } from '../../script/services/postgres-account.mjs';

const guardian = startGuardian();

/** @returns {Promise<string>} a folder that is gone with this process */
async function temporaryFolder() {
  const folder = await mkdtemp(path.join(tmpdir(), 'frontrow-pair-'));
  await chmod(folder, 0o711); // root's Postgres runs as another user, who must pass through
  for (const each of [folder, folderElsewhere(folder)]) guardian.remove(each);
  return folder;
}

/**
 * Makes the cluster, and lets the second one be a copy of it that follows.
 * @param {string} from
 * @param {string} to
 */
async function makeStandby(from, to) {
  const made = await startPostgres({ root: from, durable: true, guardian });
  await made.stop();
  const [original, copy] = [await postgresFolder(from), await postgresFolder(to)];
  const copied = await run('cp', ['-a', path.join(original.folder, 'data'), copy.folder]);
  if (copied.code !== 0) throw new Error(copied.stderr);
  await copyFile(path.join(from, 'postgres-password'), path.join(to, 'postgres-password'));
  const signal = path.join(copy.folder, 'data', 'standby.signal');
  await writeFile(signal, '');
  const { uid, gid } = copy.account;
  if (uid !== undefined && gid !== undefined) await chown(signal, uid, gid);
  return path.join(copy.folder, 'data', 'postgresql.auto.conf');
}

async function main() {
  const folders = [await temporaryFolder(), await temporaryFolder()];
  const [primaryRoot = '', standbyRoot = ''] = folders;
  const configuration = await makeStandby(primaryRoot, standbyRoot);
  const settings = { synchronous_standby_names: '*', wal_keep_size: '256MB' };
  const primary = await startPostgres({ root: primaryRoot, durable: true, settings, guardian });
  const { hostname, port, username, password } = new URL(primary.url);
  await appendFile(
    configuration,
    `primary_conninfo = 'host=${hostname} port=${port} user=${username} password=${password}'\n`,
  );
  const standby = await startPostgres({ root: standbyRoot, durable: true, guardian });
  /** @param {import('../../script/services/child-process.mjs').Service} service */
  const ofService = ({ url, pid }) => ({ url, pid });
  process.stdout.write(`${JSON.stringify({ primary: ofService(primary), standby: ofService(standby) })}\n`);
  await new Promise((resolve) => {
    process.stdin.once('close', resolve);
    process.stdin.resume();
  });
  for (const server of [primary, standby]) await server.stop();
  for (const folder of folders) {
    for (const each of [folder, folderElsewhere(folder)]) await rm(each, { recursive: true, force: true });
  }
  guardian.cancel();
}

main().then(
  () => process.exit(0),
  (/** @type {unknown} */ error) => {
    say(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
