import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { GenericContainer, Wait } from 'testcontainers';
import type { Services } from './services';

/** Whether a Docker engine answers; the client alone is not enough. */
export async function dockerAnswers(): Promise<boolean> {
  try {
    await promisify(execFile)('docker', ['info', '--format', '{{.ServerVersion}}'], { timeout: 5_000 });
    return true;
  } catch {
    return false; // no client, or no engine behind it: both mean "not here"
  }
}

/** The same services as the embedded ones, in containers. */
export async function startContainers(): Promise<Services> {
  const password = 'frontrow-test';
  const [postgres, redis] = await Promise.all([
    new GenericContainer('postgres:18-alpine')
      .withEnvironment({ POSTGRES_USER: 'frontrow', POSTGRES_PASSWORD: password, POSTGRES_DB: 'frontrow' })
      .withCommand([
        'postgres',
        '-c',
        'fsync=off',
        '-c',
        'synchronous_commit=off',
        '-c',
        'max_connections=300',
      ])
      .withExposedPorts(5432)
      // The image starts once to set itself up and a second time to serve.
      .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
      .start(),
    new GenericContainer('redis:7-alpine')
      .withCommand(['redis-server', '--save', '', '--databases', '64', '--hz', '100'])
      .withExposedPorts(6379)
      .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/))
      .start(),
  ]);
  const databaseHost = `${postgres.getHost()}:${postgres.getMappedPort(5432)}`;
  return {
    databaseUrl: `postgres://frontrow:${password}@${databaseHost}/frontrow`,
    redisUrl: `redis://${redis.getHost()}:${redis.getMappedPort(6379)}`,
    stop: async () => void (await Promise.all([postgres.stop(), redis.stop()])),
  };
}
