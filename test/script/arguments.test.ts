import { describe, expect, test } from '@jest/globals';
import { run, type Ran } from './run';

// A step (installing, building, a server) says so on a line of its own, or goes on until it is ended. The rest is npm's
// own start on a busy machine.
const AT_ONCE_MS = 10_000;

const COMMANDS: [string, string[]][] = [
  ['script/server', []],
  ['script/test', []],
  ['script/bootstrap', []],
  ['node', ['script/services.mjs']],
  ['npm', ['run', '--silent', 'bench', '--']],
  ['npm', ['run', '--silent', 'migrate', '--']],
  ['npm', ['run', '--silent', 'seed', '--']],
  ['npm', ['run', '--silent', 'audit', '--']],
  ['npm', ['run', '--silent', 'web', '--']],
  ['npm', ['run', '--silent', 'worker', '--']],
];

/** One line that names the culprit, and nothing done. */
function expectRefused(ran: Ran, status: number, culprit: string): void {
  expect(withoutNpm(ran.stderr)).toMatch(/^[^\n]+\n$/);
  expect(ran.stderr).toContain(culprit);
  expect(ran.stdout).toBe('');
  expect(ran.code).toBe(status);
  expect(ran.ms).toBeLessThan(AT_ONCE_MS);
}

/** What npm says about its own settings is not about ours. */
function withoutNpm(text: string): string {
  return text.replaceAll(/^npm warn .*\n/gm, '');
}

describe.each(COMMANDS)('%s %j', (command, before) => {
  test('tells its usage and does nothing', async () => {
    const ran = await run(command, [...before, '--help']);
    expect(ran.stdout).toMatch(/^Usage: /);
    expect(withoutNpm(ran.stderr)).toBe('');
    expect(ran.code).toBe(0);
    expect(ran.ms).toBeLessThan(AT_ONCE_MS);
  });

  test('refuses an option that it does not know, before it does anything', async () => {
    expectRefused(await run(command, [...before, '--frehs']), 2, 'frehs');
  });
});

describe('script/server', () => {
  test.each(['abc', '0', '70000', '-1', '80.5'])('with PORT=%s says what is wrong with it', async (port) => {
    expectRefused(await run('script/server', [], { PORT: port }), 1, `"${port}"`);
  });

  test('says that its port is taken, and names another', async () => {
    const { port } = new URL(process.env['TEST_DATABASE_URL'] ?? '');
    expectRefused(
      await run('script/server', [], { PORT: port }),
      1,
      `Port ${port} is taken. Another one: PORT=`,
    );
  });

  test('says that HOST is no address of this machine', async () => {
    const ran = await run('script/server', [], { HOST: '203.0.113.1' });
    expectRefused(ran, 1, 'HOST must be an address of this machine, not "203.0.113.1"');
  });

  test('knows -h as well', async () => {
    expect(await run('script/server', ['-h'])).toMatchObject({ code: 0, stderr: '' });
  });

  test('refuses a word', async () => {
    expectRefused(await run('script/server', ['now']), 2, "'now'");
  });
});

describe('the services', () => {
  test.each([[[]], [['--data']], [['--data', '--fresh']], [['--ephemeral', 'now']]])(
    'are not started by %j',
    async (args) =>
      expectRefused(await run('node', ['script/services.mjs', ...args]), 2, 'services.mjs --help'),
  );
});
