import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { say } from '../../script/services/child-process.mjs';
import { runStep } from '../../script/steps.mjs';

/** @typedef {{ name: string, hash: string }} Commit */

/**
 * @param {string} root the repository's folder
 * @param {string} name a hash, a branch, `HEAD~3`
 * @returns {Commit | null} null when there is no such commit
 */
export function findCommit(root, name) {
  const asked = spawnSync(
    'git',
    ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  const hash = asked.status === 0 ? asked.stdout.trim() : '';
  return hash === '' ? null : { name, hash };
}

/** A folder for another commit's checkout: whoever makes it removes it. */
export const temporaryFolder = () => mkdtempSync(path.join(tmpdir(), 'frontrow-pairs-'));

/**
 * Clones the repository into the folder, installs what the commit's own lock file says, and builds it: the repository
 * and its node_modules stay as they are.
 * @param {{ root: string, folder: string, commit: Commit, onStart(child: import('node:child_process').ChildProcess): void }} plan
 * @returns {Promise<boolean>} false when a step failed, or was ended
 */
export async function buildCommit({ root, folder, commit, onStart }) {
  const short = commit.hash.slice(0, 10);
  /** @type {[what: string, command: string, args: string[]][]} */
  const steps = [
    [
      `Cloning the repository into ${folder}`,
      'git',
      ['clone', '--quiet', '--shared', '--no-checkout', root, '.'],
    ],
    [`Checking out ${commit.name} (${short})`, 'git', ['checkout', '--quiet', '--detach', commit.hash]],
    [
      'Installing what its lock file says (npm ci)',
      'npm',
      ['ci', '--include=dev', '--no-audit', '--no-fund'],
    ],
    ['Building it', 'npm', ['run', '--silent', 'build']],
  ];
  for (const [what, command, args] of steps) {
    say(`==> ${what}`);
    if ((await runStep(command, args, { cwd: folder, stdoutToStderr: true, onStart })) !== 0) return false;
  }
  return true;
}
