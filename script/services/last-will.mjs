// Runs beside the services and outlives whoever started them, even after kill -9: when its stdin closes it
// carries out what it was told line by line, so that no server and no temporary folder stays behind.
//   stop <pid> <signal,signal,…> <mark in its command line>
//   container <name>
//   remove <folder>
//   cancel
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { isProcess, isSignal, run, stopInTurn } from './child-process.mjs';

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);

/** @type {string[]} */
const lines = [];
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'cancel') process.exit(0);
  lines.push(line);
}

/** @param {string} verb */
const wished = (verb) =>
  lines.flatMap((line) => (line.startsWith(`${verb} `) ? [line.slice(verb.length + 1)] : []));

/** @param {string} wish */
async function stop(wish) {
  const [, pid = '', signals = '', mark = ''] = /^(\d+) (\S+) (.*)$/.exec(wish) ?? [];
  await stopInTurn(Number(pid), () => isProcess(Number(pid), mark), signals.split(',').filter(isSignal));
}

await Promise.allSettled([
  ...wished('stop').map(stop),
  ...wished('container').map((name) => run('docker', ['stop', name])),
]);
for (const folder of wished('remove')) await rm(folder, { recursive: true, force: true });
