import { randomBytes } from 'node:crypto';
import { run } from './child-process.mjs';

/**
 * @typedef {{ image: string, containerPort: number, port?: number, environment?: string[], volume?: string, args?: string[] }} ContainerPlan
 * @typedef {{ name: string, port: number, exited: Promise<string>, stop(): Promise<void> }} Container
 */

/** @returns {Promise<boolean>} whether a Docker engine answers; the client alone is not enough */
export async function dockerAnswers() {
  const { code, stdout } = await run('docker', ['info', '--format', '{{.ServerVersion}}'], {
    timeout: 5_000,
  });
  return code === 0 && stdout.trim() !== '';
}

/**
 * Starts one container with its port published on loopback only; it is removed when it stops.
 * @param {ContainerPlan} plan
 * @returns {Promise<Container>}
 */
export async function startContainer(plan) {
  const name = `frontrow-${plan.image.split(':')[0]}-${randomBytes(4).toString('hex')}`;
  const publish = `127.0.0.1:${plan.port ?? ''}:${plan.containerPort}`;
  const environment = (plan.environment ?? []).flatMap((pair) => ['-e', pair]);
  const volume = plan.volume === undefined ? [] : ['-v', plan.volume];
  const started = await run('docker', [
    'run',
    '--rm',
    '--detach',
    `--name=${name}`,
    `--publish=${publish}`,
    ...environment,
    ...volume,
    plan.image,
    ...(plan.args ?? []),
  ]);
  if (started.code !== 0) throw new Error(`docker run ${plan.image} failed: ${started.stderr.trim()}`);
  const mapping = await run('docker', ['port', name, String(plan.containerPort)]);
  const port = Number(mapping.stdout.trim().split('\n')[0]?.split(':').at(-1));
  return {
    name,
    port,
    exited: run('docker', ['wait', name]).then(({ stdout }) => `container ended with code ${stdout.trim()}`),
    stop: async () => {
      const stopped = await run('docker', ['stop', name]);
      if (stopped.code !== 0) throw new Error(`docker stop ${name} failed: ${stopped.stderr.trim()}`);
    },
  };
}
