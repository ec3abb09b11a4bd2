import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { startDaemon, waitUntilReady, say } from './child-process.mjs';
import { dockerAnswers, startContainer } from './docker.mjs';
import { findFreePort } from './ports.mjs';
import { fetchRedisBinary, findRedisBinary, redisEnvironment } from './redis-binary.mjs';

/** @typedef {import('./child-process.mjs').Service} Service */
/** @typedef {{ root: string, durable: boolean, port?: number, guardian: import('./guardian.mjs').Guardian }} RedisPlan */

/** @type {NodeJS.Signals[]} */
const SIGNALS = ['SIGTERM', 'SIGKILL'];

/**
 * @param {RedisPlan} plan
 * @returns {Promise<Service>}
 */
export async function startRedis(plan) {
  const found = await findRedisBinary();
  if (!found && (await dockerAnswers())) return startInDocker(plan);
  const binary = found ?? (await fetchRedisBinary());
  const folder = path.join(plan.root, 'redis');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOn(await findFreePort(plan.port), binary, folder, plan);
    } catch (error) {
      // Somebody may bind the port between our look and Redis' own bind.
      if (attempt >= 5 || !String(error).includes('Address already in use')) throw error;
    }
  }
}

/**
 * @param {number} port
 * @param {import('./redis-binary.mjs').RedisBinary} binary
 * @param {string} folder
 * @param {RedisPlan} plan
 * @returns {Promise<Service>}
 */
async function startOn(port, binary, folder, plan) {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...settings(plan.durable)];
  const daemon = await startDaemon(binary.command, args, {
    logFile: path.join(plan.root, 'redis.log'),
    env: redisEnvironment(binary),
  });
  plan.guardian.stop(daemon.pid, SIGNALS, String(port));
  await waitUntilReady(daemon, 'Redis', () => answers(port, daemon.pid));
  return {
    name: 'Redis',
    url: `redis://127.0.0.1:${port}`,
    docker: false,
    pid: daemon.pid,
    exited: daemon.exited,
    stop: () => daemon.stop(SIGNALS),
  };
}

/** @param {boolean} durable */
function settings(durable) {
  const keeping = durable ? ['--appendonly', 'yes', '--appendfsync', 'everysec'] : ['--appendonly', 'no'];
  // hz 100: delayed jobs fire within milliseconds instead of up to a tenth of a second late.
  return [...keeping, '--save', '', '--maxmemory-policy', 'noeviction', '--databases', '64', '--hz', '100'];
}

/**
 * Asks for the process id too: another Redis on the same port must not pass for ours.
 * @param {number} port
 * @param {number} [pid]
 * @returns {Promise<boolean>} whether it has loaded its data and serves
 */
function answers(port, pid) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let answer = '';
    const settle = () => {
      socket.destroy();
      resolve(answer.startsWith('+PONG') && (pid === undefined || answer.includes(`process_id:${pid}\r\n`)));
    };
    socket.setTimeout(2_000, settle);
    socket.once('error', settle);
    socket.once('close', settle);
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.write('PING\r\nINFO server\r\nQUIT\r\n');
  });
}

/**
 * @param {RedisPlan} plan
 * @returns {Promise<Service>}
 */
async function startInDocker({ root, durable, port, guardian }) {
  say('no Redis on the path: using Docker');
  const container = await startContainer({
    image: 'redis:7-alpine',
    containerPort: 6379,
    port: await findFreePort(port),
    args: settings(durable),
    ...(durable ? { volume: `${path.join(root, 'redis-docker')}:/data` } : {}),
  });
  guardian.stopContainer(container.name);
  while (!(await answers(container.port))) await new Promise((resolve) => setTimeout(resolve, 50));
  return {
    name: 'Redis',
    url: `redis://127.0.0.1:${container.port}`,
    docker: true,
    exited: container.exited,
    stop: () => container.stop(),
  };
}
