import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { Agent, createServer, get, IncomingMessage, type Server } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { validate } from 'dockerfile-utils';
import { z } from 'zod';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { freePort } from '../support/ports';
import { testRedisUrl } from '../support/redis';
import { untilIs } from '../support/until';
import { ROOT, textOf } from '../support/files';
import { run } from './run';

const dockerfile = textOf('Dockerfile');
/** The stage that is the image. */
const image = dockerfile.split(/^(?=FROM )/m).at(-1) ?? '';

describe('the Dockerfile', () => {
  test('has no fault that a linter knows', () => {
    expect(validate(dockerfile).map(({ message }) => message)).toEqual([]);
  });

  test('makes an image that has no need of a shell, nor of root', () => {
    expect(image).not.toMatch(/^RUN|^ENTRYPOINT/m);
    expect(image.match(/^(?:HEALTHCHECK .*)?CMD .*$/gm)).toEqual([
      expect.stringMatching(/^HEALTHCHECK .*CMD \["bin\/healthcheck"\]$/),
      'CMD ["bin/web"]',
    ]);
    // By number: Kubernetes cannot tell from a name that it is not root.
    expect(image).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
  });

  test('copies what is there and let through, and all that the programs read', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, names = '']) =>
      names.split(' '),
    );
    const through = textOf('.dockerignore').match(/^!.*$/gm) ?? [];
    expect(copied.filter((name) => !existsSync(path.join(ROOT, name)))).toEqual([]);
    expect(new Set(copied.map((name) => `!${name}`))).toEqual(new Set(through));
    for (const name of ['bin', 'migrations', 'public']) expect(image).toContain(`\nCOPY ${name} ${name}\n`);
  });
});

describe('the version of Node', () => {
  const recommended = textOf('.nvmrc').trim();

  test('that the image has is the one that is recommended', () => {
    expect(recommended).toMatch(/^\d+$/);
    expect(dockerfile.match(/^FROM \S+/gm)).toEqual([
      `FROM node:${recommended}-slim`,
      `FROM node:${recommended}-slim`,
    ]);
    expect(textOf('README.md')).toMatch(new RegExp(`^Node ${recommended} is recommended`, 'm'));
  });

  test('that is needed at least is said alike everywhere', () => {
    const { engines } = z
      .object({ engines: z.object({ node: z.string() }) })
      .parse(JSON.parse(textOf('package.json')));
    const least = engines.node.replace('>=', '');
    expect(least).toMatch(/^\d+\.\d+$/);
    expect(textOf('README.md')).toContain(`${least} or later`);
    expect(textOf('script/require-node')).toContain(`Node ${least} or newer`);
  });
});

/** Every file of ours below a folder. */
function filesBelow(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder)).flatMap((name) => {
    const file = path.join(folder, name);
    if (/^(\.git|\.data|coverage|node_modules|dist|bench\/dist)$/.test(file)) return [];
    return statSync(path.join(ROOT, file)).isDirectory() ? filesBelow(file) : [file];
  });
}

describe('the flags of the runtime', () => {
  test('stand once, in the programs that start web and worker; pages tell of them', () => {
    const files = filesBelow('.').filter(
      (file) => !file.endsWith('.md') && /semi-space-size=\d/.test(textOf(file)),
    );
    expect(files).toEqual(['bin/web', 'bin/worker']);
  });

  test.each(['bin/web', 'bin/worker', 'bin/healthcheck'])('%s is a program by itself', (program) => {
    accessSync(path.join(ROOT, program), constants.X_OK);
    expect(textOf(program)).toMatch(/^#!\/usr\/bin\/env (-S node( --[a-z-]+=\d+)+|node)\n/);
  });
});

describe('bin/web', () => {
  let database: TestDatabase;
  let web: ChildProcess;
  let port: string;
  beforeAll(async () => {
    database = await createTestDatabase();
    port = String(await freePort());
    const env = {
      DATABASE_URL: database.url,
      REDIS_URL: await testRedisUrl(),
      PORT: port,
      LOG_LEVEL: 'error',
    };
    const { PATH = '' } = process.env;
    web = spawn(path.join(ROOT, 'bin/web'), { cwd: ROOT, env: { PATH, ...env }, stdio: 'ignore' });
  });
  afterAll(async () => {
    web.kill('SIGKILL');
    await database.drop();
  });

  test('becomes node itself, with its flags in force, and stops in good order when told', async () => {
    const isAlive = async (): Promise<boolean> =>
      (await run('bin/healthcheck', [], { PORT: port })).code === 0;
    await untilIs('web is alive', isAlive, true);
    const figures = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const nursery = /^nodejs_heap_space_size_total_bytes\{space="new".*\} (\d+)$/m.exec(figures)?.[1];
    expect(Number(nursery)).toBeGreaterThanOrEqual(1024 ** 2 * flagOf('bin/web', 'min-semi-space-size'));
    const agent = new Agent({ keepAlive: true });
    const ask = async (): Promise<number | undefined> => {
      const request = get({ agent, host: '127.0.0.1', port, path: '/healthz' });
      const [answer] = z.tuple([z.instanceof(IncomingMessage)]).parse(await once(request, 'response'));
      await once(answer.resume(), 'end');
      return answer.statusCode;
    };
    const crowd = Array.from({ length: 20 }, () => ask);
    await Promise.all(crowd.map(async (each) => each()));
    const idle = (): number => Object.values(agent.freeSockets).flat().length;
    await untilIs('all connections are idle', async () => idle(), crowd.length);
    const exit = once(web, 'exit');
    web.kill('SIGTERM');
    // Over connections that are idle to the service when it hears that it ends.
    expect(new Set(await Promise.all(crowd.map(async (each) => each())))).toEqual(new Set([200]));
    expect(await exit).toEqual([0, null]);
    expect(await isAlive()).toBe(false);
  });
});

function flagOf(program: string, name: string): number {
  return Number(new RegExp(`--${name}=(\\d+)`).exec(textOf(program))?.[1]);
}

describe('bin/healthcheck', () => {
  let server: Server;
  let answer: number | null;
  let env: Record<string, string>;
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (answer !== null) response.writeHead(request.url === '/healthz' ? answer : 404).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port was given');
    env = { WORKER_PORT: String(address.port), PORT: String(await freePort()) };
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test.each([
    ['finds a worker alive where no web process is', 200, 0],
    ['does not take an error for a sign of life', 503, 1],
    ['gives up on one that hangs', null, 1],
  ])('%s', async (_name, status, code) => {
    answer = status;
    const ran = await run('bin/healthcheck', [], env);
    expect(ran).toMatchObject({ code, stdout: '', stderr: '' });
    // The image gives it five seconds.
    expect(ran.ms).toBeLessThan(5000);
  });

  test('finds nothing where no port is named', async () => {
    expect((await run('bin/healthcheck')).code).toBe(1);
  });
});
