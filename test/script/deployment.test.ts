import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ROOT, textOf } from '../support/files';
import { run } from './run';

describe('the Procfile', () => {
  const lines = new Map(
    textOf('Procfile')
      .trim()
      .split('\n')
      .map((line): [string, string] => [
        line.slice(0, line.indexOf(':')),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
  );

  test('has its web process listen on all addresses: a platform cannot reach loopback', () => {
    expect([...lines.keys()]).toEqual(['release', 'web', 'worker']);
    expect(lines.get('web')).toBe('env HOST=0.0.0.0 bin/web');
    expect(lines.get('web')).not.toContain('PORT='); // the platform's to say
  });

  // Some runners hand the line to a shell, some split it at blanks.
  test.each([...lines])(
    'has a line for %s that a shell and a plain start understand',
    async (_name, line) => {
      const [command = '', ...args] = line.split(' ');
      for (const ran of [
        await run('sh', ['-c', `${line} --help`]),
        await run(command, [...args, '--help']),
      ]) {
        expect(ran).toMatchObject({ code: 0, stderr: '' });
        expect(ran.stdout).toMatch(/^Usage: npm run /);
      }
    },
  );
});

describe('the compose file', () => {
  const compose = textOf('docker-compose.yml');
  const services = new Map(
    (compose.split(/^services:\n/m)[1] ?? '')
      .split(/^volumes:/m)[0]
      ?.split(/^ {2}(?=\w+:\n)/m)
      .filter((text) => text.trim() !== '')
      .map((text): [string, string] => [text.slice(0, text.indexOf(':')), text]),
  );

  test('builds its image in one service, which the others wait for: side by side they fail', () => {
    expect(compose.match(/^\s*build:/gm)).toHaveLength(1);
    expect(services.get('migrate')).toContain('build: .');
    expect(compose).toContain('migrate: { condition: service_completed_successfully }');
    expect(compose).toMatch(/image: frontrow\n {2}pull_policy: never/);
  });

  test('is for development until told otherwise, and has no secret of its own', () => {
    expect(compose).toContain('NODE_ENV: ${NODE_ENV:-development}');
    expect(compose.match(/(SECRET|OPERATOR_\w+): .*/g)).toEqual([
      'SECRET: ${JWT_SECRET:-}',
      'SECRET: ${QUEUE_TOKEN_SECRET:-}',
      'OPERATOR_EMAIL: ${OPERATOR_EMAIL:-}',
      'OPERATOR_PASSWORD: ${OPERATOR_PASSWORD:-}',
    ]);
  });

  test('limits the memory of every service, and has those that last start again', () => {
    expect([...services.keys()]).toEqual(['postgres', 'redis', 'migrate', 'web', 'worker']);
    for (const text of services.values()) expect(text).toMatch(/^ {4}mem_limit: \d+[mg]$/m);
    for (const name of ['web', 'worker']) expect(services.get(name)).toContain(`command: bin/${name}\n`);
    for (const name of ['postgres', 'redis']) expect(services.get(name)).toContain('restart: unless-stopped');
    expect(services.get('redis')).toMatch(/--maxmemory 512mb --maxmemory-policy noeviction[^]*mem_limit: 1g/);
  });
});

describe('a checkout that was never built', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'frontrow-unbuilt-'));
    for (const name of ['package.json', 'script'])
      cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(['migrate', 'seed', 'web', 'worker', 'audit'])('npm run %s says what to do', async (name) => {
    const ran = await run('npm', ['run', '--silent', '--prefix', folder, name]);
    expect(ran.stderr).toMatch(/^Not built yet\. Run: npm run build\n$/m);
    expect(ran.stderr).not.toContain('MODULE_NOT_FOUND');
    expect(ran.code).toBe(1);
  });
});
