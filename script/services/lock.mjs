import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine, isProcess, say, stopInTurn } from './child-process.mjs';
import { readIfThere } from './files.mjs';

/**
 * One set of services for one data folder: two servers on the same files would destroy them. The lock file
 * names this process and then each server, so that what a killed predecessor left running is stopped first.
 * @param {string} root
 * @returns {Promise<{ note(pid: number): Promise<void>, release(): Promise<void> }>}
 */
export async function lockFolder(root) {
  await mkdir(root, { recursive: true });
  const file = path.join(root, 'services.lock');
  const [holder, ...servers] = (await readIfThere(file)).split('\n').filter((line) => line !== '');
  if (holder !== undefined && !(await hasEnded(Number(holder)))) {
    throw new Error(`services for ${root} run already (process ${holder}): stop those first`);
  }
  for (const server of servers) await stopLeftBehind(server);
  await rm(file, { force: true });
  // "wx": of two started at the same moment only one gets it.
  await writeFile(file, `${process.pid}\n`, { flag: 'wx', mode: 0o600 });
  return {
    note: async (pid) => appendFile(file, `${pid} ${await commandLine(pid)}\n`),
    release: () => rm(file, { force: true }),
  };
}

/**
 * Waits a little: it may be stopping at this moment, because whoever started it was killed or restarted.
 * @param {number} holder
 */
async function hasEnded(holder) {
  const deadline = Date.now() + 5_000;
  while (await isProcess(holder, 'services.mjs')) {
    if (Date.now() > deadline) return false;
    await sleep(50);
  }
  return true;
}

/** @param {string} server its process id, a space, its command line */
async function stopLeftBehind(server) {
  const [, pid = '', mark = ''] = /^(\d+) (.+)$/.exec(server) ?? [];
  if (mark === '' || !(await isProcess(Number(pid), mark))) return;
  say(`stopping a server that was left running (process ${pid})`);
  await stopInTurn(Number(pid), () => isProcess(Number(pid), mark), ['SIGINT', 'SIGQUIT', 'SIGKILL']);
}
