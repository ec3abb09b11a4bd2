import { chown, chmod, lstat, mkdir, stat } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { run, say } from './child-process.mjs';
import { hasCode } from './files.mjs';

/**
 * @typedef {{ uid?: number, gid?: number }} Account empty: whoever runs this
 * @typedef {{ folder: string, account: Account }} Place where the data lives, and whose it is
 */

const CHECKOUT = path.resolve(import.meta.dirname, '..', '..');

/**
 * Postgres refuses to run as root. It then runs as the owner of the data that exists, else as the system's
 * `postgres` user, else as `nobody`; no user is added to the system.
 * @param {string} dataFolder
 * @returns {Promise<Account>}
 */
async function postgresAccount(dataFolder) {
  if (process.getuid?.() !== 0) return {};
  const owner = await stat(dataFolder).catch(() => undefined); // none yet: the first start
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    if (uid.code === 0 && gid.code === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw new Error('Postgres does not run as root, and there is neither a user "postgres" nor "nobody"');
}

/**
 * The folder for Postgres' data below `root`; or, when the account cannot get there (a checkout in a private
 * folder of root's), one below /var/tmp that belongs to this checkout alone.
 * @param {string} root
 * @returns {Promise<Place>}
 */
export async function postgresFolder(root) {
  const elsewhere = path.join(folderElsewhere(root), 'postgres');
  const usual = path.join(root, 'postgres');
  const account = await postgresAccount((await exists(elsewhere)) ? elsewhere : usual);
  if (await reaches(account, root)) return { folder: await ownedFolder(usual, account), account };
  await makeSharedFolder();
  await mkdir(path.dirname(elsewhere), { recursive: true, mode: 0o711 });
  say(`other users cannot enter ${root}: Postgres, which never runs as root, keeps its data in ${elsewhere}`);
  return { folder: await ownedFolder(elsewhere, account), account };
}

/**
 * @param {string} root
 * @returns {string} where the data is when Postgres' account cannot reach `root`
 */
export function folderElsewhere(root) {
  return path.join(sharedFolder(), path.basename(root));
}

/** @returns {string} where root puts what another account must reach, one for each checkout */
function sharedFolder() {
  const hash = createHash('sha256').update(CHECKOUT).digest('hex').slice(0, 12);
  return `/var/tmp/frontrow-${hash}`;
}

/**
 * The name can be guessed, and anybody may write to /var/tmp: a folder laid there by somebody else could
 * hold programs of theirs, so only our own is accepted.
 */
export async function makeSharedFolder() {
  const folder = sharedFolder();
  await mkdir(folder, { mode: 0o711 }).catch((error) => {
    if (!hasCode(error, 'EEXIST')) throw error;
  });
  const found = await lstat(folder);
  const ours = found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
  if (!ours) throw new Error(`${folder} belongs to somebody else: remove it and try again`);
  return folder;
}

/**
 * Found out by trying: no reading of permission bits knows about access lists and mounts.
 * @param {Account} account
 * @param {string} folder
 * @returns {Promise<boolean>}
 */
async function reaches(account, folder) {
  if (account.uid === undefined) return true;
  return (await run('ls', ['-d', `${folder}/.`], { ...account, cwd: '/' })).code === 0;
}

/**
 * @param {string} folder
 * @param {Account} account
 */
async function ownedFolder(folder, { uid, gid }) {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (uid === undefined || gid === undefined) return folder;
  await chown(folder, uid, gid);
  await chmod(folder, 0o700);
  return folder;
}

/** @param {string} folder */
function exists(folder) {
  return stat(folder).then(
    () => true,
    () => false,
  );
}
