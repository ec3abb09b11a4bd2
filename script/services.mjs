#!/usr/bin/env node
// A Postgres and a Redis of our own, for as long as this process runs: see USAGE.
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readArguments, refuse } from './arguments.mjs';
import { say } from './services/child-process.mjs';
import { dockerAnswers } from './services/docker.mjs';
import { fetchRedisBinary, findRedisBinary } from './services/redis-binary.mjs';
import { serve } from './services/serve.mjs';

const USAGE = `
Usage: node script/services.mjs --ephemeral | --data <folder>

A Postgres and a Redis of our own, for as long as this process runs.

  --ephemeral             temporary data, free ports, tuned for tests
  --ephemeral --durable   temporary data, but every commit reaches the disk
  --data <folder>         data that stays; DATABASE_URL and REDIS_URL come first
  --data <folder> --fresh deletes that data before starting
  --check                 makes sure that a Redis can be started
  --redis-binary          the same, and prints {"command", "libraryPath"}

Once both answer it prints one line of JSON: {"databaseUrl", "redisUrl", "docker"}. They stop on SIGTERM,
SIGINT, SIGHUP, and when stdin is a pipe that closes: the process that started this one is gone.
`;

const { values: options } = readArguments(USAGE, {
  options: {
    ephemeral: { type: 'boolean', default: false },
    durable: { type: 'boolean', default: false },
    data: { type: 'string' },
    fresh: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    'redis-binary': { type: 'boolean', default: false },
  },
});

async function main() {
  if (options.check) return checkRedis();
  if (options['redis-binary']) return printRedisBinary();
  if (options.ephemeral) {
    const root = await temporaryFolder();
    return serve({ root, durable: options.durable, temporary: true, fresh: false });
  }
  if (!options.data) return refuse(USAGE, 'Say --ephemeral or --data <folder>');
  return serve({ root: path.resolve(options.data), durable: true, temporary: false, fresh: options.fresh });
}

async function checkRedis() {
  if (process.env['REDIS_URL'] || (await findRedisBinary()) || (await dockerAnswers())) return;
  await fetchRedisBinary();
}

async function printRedisBinary() {
  const binary = (await findRedisBinary()) ?? (await fetchRedisBinary());
  process.stdout.write(`${JSON.stringify(binary)}\n`);
}

async function temporaryFolder() {
  const folder = await mkdtemp(path.join(tmpdir(), 'frontrow-'));
  await chmod(folder, 0o711); // root's Postgres runs as another user, who must pass through
  return folder;
}

// Ends by force: an open stdin would keep the process alive.
main().then(
  () => process.exit(0),
  (/** @type {unknown} */ error) => {
    say(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
