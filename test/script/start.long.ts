import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { freePort } from '../support/ports';
import { testRedisUrl } from '../support/redis';
import { DIST } from '../support/service-process';
import { type Ran, run } from './run';

const PROGRAMS = ['server', 'worker', 'migrate', 'seed', 'audit'];
const SERVICES = ['server', 'worker'];

let database: TestDatabase;
let taken: Server;
let takenPort: string;
let env: Record<string, string>;
beforeAll(async () => {
  database = await createTestDatabase();
  env = { DATABASE_URL: database.url, REDIS_URL: await testRedisUrl(), LOG_LEVEL: 'error' };
  taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  takenPort = String(address.port);
});
afterAll(async () => {
  taken.close();
  await database.drop();
});

const start = async (program: string, more: Record<string, string>): Promise<Ran> =>
  run(process.execPath, [path.join(DIST, `${program}.js`)], { ...env, ...more });

/** Ends with 1 and these very words, without a stack. */
function expectOneLine(ran: Ran, line: RegExp): void {
  expect(ran.stderr).toMatch(/^[^\n]+\n$/);
  expect(ran.stderr).toMatch(line);
  expect(ran.code).toBe(1);
}

function urlWith(change: (url: URL) => void): string {
  const url = new URL(database.url);
  change(url);
  return url.toString();
}

describe('a start that fails says why in one line:', () => {
  test.each(PROGRAMS)('%s, when Postgres does not answer', async (program) => {
    const port = String(await freePort());
    const ran = await start(program, { DATABASE_URL: urlWith((url) => (url.port = port)) });
    expectOneLine(ran, /^Postgres cannot be used at 127\.0\.0\.1:\d+.*ECONNREFUSED.*DATABASE_URL/);
    expect(ran.stderr).toContain(`:${port}`);
  });

  test('also where the host has several addresses, and an error has no text of its own', async () => {
    const port = String(await freePort());
    const ran = await start('migrate', { DATABASE_URL: `postgres://localhost:${port}/frontrow` });
    expectOneLine(ran, /^Postgres cannot be used at localhost:\d+.*ECONNREFUSED/);
  });

  test.each(PROGRAMS)('%s, when Postgres has no such database', async (program) => {
    const ran = await start(program, { DATABASE_URL: urlWith((url) => (url.pathname = '/none')) });
    expectOneLine(ran, /^Postgres cannot be used .*database "none" does not exist/);
  });

  test('a password that is wrong, without showing it', async () => {
    const ran = await start('server', { DATABASE_URL: urlWith((url) => (url.password = 'mistaken-word')) });
    expectOneLine(ran, /^Postgres cannot be used .*password authentication failed/);
    expect(ran.stderr).not.toContain('mistaken-word');
  });

  test.each(['server', 'worker', 'seed', 'audit'])('%s, when migrations are pending', async (program) => {
    const ran = await start(program, { DATABASE_URL: urlWith((url) => (url.pathname = '/postgres')) });
    expectOneLine(ran, /^Migrations are pending \(0001_initial\.sql.*Run: npm run migrate/);
  });

  test('web and worker, when Redis does not answer for a while', async () => {
    const away = { REDIS_URL: `redis://127.0.0.1:${await freePort()}` };
    for (const ran of await Promise.all(SERVICES.map(async (program) => start(program, away))))
      expectOneLine(ran, /^Redis cannot be used at 127\.0\.0\.1:\d+ .*ECONNREFUSED.*REDIS_URL/);
  });

  test.each(SERVICES)('%s, when its port is taken', async (program) => {
    const ran = await start(program, { PORT: takenPort, WORKER_PORT: takenPort });
    expectOneLine(ran, new RegExp(`^Port ${takenPort} is taken: .*PORT`));
  });

  test.each(['203.0.113.1', 'nowhere.invalid'])('HOST=%s is none of this machine', async (host) => {
    const ran = await start('server', { HOST: host, PORT: String(await freePort()) });
    expectOneLine(ran, new RegExp(`^Cannot listen at ${host}: set HOST`));
  });
});

test.each(PROGRAMS)('%s lists every wrong setting', async (program) => {
  const ran = await start(program, { PORT: 'abc', SEAT_LIMIT: '0' });
  expect(ran.stderr).toMatch(/^The settings are wrong:\n {2}- PORT: [^\n]+\n {2}- SEAT_LIMIT: [^\n]+\n$/);
  expect(ran.code).toBe(1);
});
