import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type Ran, run } from '../script/run';
import { ROOT } from '../support/files';
import { OPERATOR, Stack } from '../support/stack';

let stack: Stack;
beforeAll(async () => {
  expect(await run('npm', ['run', '--silent', 'build:clients'])).toMatchObject({ code: 0 });
  stack = await Stack.start({ webs: 1, workers: 1 });
});
afterAll(async () => stack.stop());

const cli = async (args: string[], env: Record<string, string> = {}): Promise<Ran> =>
  run(process.execPath, [path.join(ROOT, 'clients/cli/dist/main.js'), ...args], {
    FRONTROW_URL: stack.origin(),
    FRONTROW_EMAIL: OPERATOR.email,
    FRONTROW_PASSWORD: OPERATOR.password,
    ...env,
  });

const Json = z.record(z.string(), z.unknown());
const jsonOf = ({ code, stdout, stderr }: Ran): Record<string, unknown> => {
  if (code !== 0) throw new Error(`It ended with ${String(code)}: ${stderr}`);
  return Json.parse(JSON.parse(stdout));
};

test('a concert is made, its room steered, and a crowd buys it out', async () => {
  const made = jsonOf(
    await cli(['concert', 'create', 'From the command line', '--seat-limit', '2', '--json']),
  );
  expect(made).toMatchObject({ title: 'From the command line', seatLimit: 2 });
  const concertId = String(made['id']);
  await stack.date(concertId, { seats: 6 });
  expect(jsonOf(await cli(['room', 'limits', concertId, '--admit', '50', '--json']))).toMatchObject({
    admitPerInterval: 50,
  });
  expect(jsonOf(await cli(['room', 'pause', concertId, '--json']))).toMatchObject({ paused: true });
  expect(jsonOf(await cli(['room', 'status', concertId, '--json']))).toMatchObject({
    policy: { paused: true },
    waiting: 0,
  });
  expect((await cli(['room', 'resume', concertId])).stdout).toMatch(/^paused +false$/m);
  const crowd = jsonOf(
    await cli(['fans', 'simulate', '--concert', concertId, '--count', '8', '--seats', '2', '--json']),
  );
  expect(crowd).toMatchObject({ fans: 8, tickets: 6, faults: {} });
  expect(await stack.query('SELECT id FROM tickets')).toHaveLength(6);
  expect(await stack.violations()).toEqual([]);
});

describe('what goes wrong has an exit code, and is said where results are not', () => {
  const cases: [string, string[], Record<string, string>, number, RegExp][] = [
    ['an unknown command', ['sell'], {}, 2, /unknown command 'sell'/],
    ['a missing argument', ['room', 'status'], {}, 2, /missing required argument 'concert'/],
    ['a number that is none', ['room', 'limits', '1', '--admit', 'ten'], {}, 2, /whole number/],
    ['an address that is none', ['--url', 'ftp://x', 'room', 'status', '1'], {}, 2, /such as http/],
    ['no limit named', ['room', 'limits', '1'], {}, 2, /name a limit/],
    [
      'nobody there',
      ['concert', 'list'],
      { FRONTROW_URL: 'http://127.0.0.1:9' },
      3,
      /No answer from http:\/\/127.0.0.1:9/,
    ],
    ['a concert that is not', ['room', 'status', '999999'], {}, 4, /CONCERT_NOT_FOUND.*\(request /],
    [
      'a moment that is none',
      ['concert', 'create', 'x', '--opens-at', 'soon'],
      {},
      4,
      /body\.queue\.opensAt/,
    ],
    ['a wrong password', ['concert', 'list'], { FRONTROW_PASSWORD: 'not this one' }, 5, /BAD_CREDENTIALS/],
    ['no account', ['concert', 'list'], { FRONTROW_EMAIL: '' }, 5, /FRONTROW_EMAIL/],
  ];
  test.each(cases)('%s', async (_name, args, env, code, said) => {
    const ran = await cli(args, env);
    expect(ran).toMatchObject({ code, stdout: '' });
    expect(ran.stderr).toMatch(said);
  });

  test('every level has its help', async () => {
    for (const args of [
      [],
      ['concert'],
      ['concert', 'create'],
      ['room'],
      ['room', 'limits'],
      ['fans', 'simulate'],
    ])
      expect(await cli([...args, '--help'])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('Usage: frontrow'),
      });
  });
});
