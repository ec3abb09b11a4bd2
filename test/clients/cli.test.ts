import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type Ran, run } from '../script/run';
import { ROOT } from '../support/files';
import { OPERATOR, Stack } from '../support/stack';
import { hoursFromNow } from '../support/times';

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

/** The same before a terminal of its own, where somebody types this. Both outputs are one there. */
async function atTerminal(args: string[], typed: string): Promise<{ code: number | null; stdout: string }> {
  const words = [process.execPath, path.join(ROOT, 'clients/cli/dist/main.js'), ...args];
  const line = words.map((word) => `'${word}'`).join(' ');
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    env: {
      PATH,
      HOME,
      FRONTROW_URL: stack.origin(),
      FRONTROW_EMAIL: OPERATOR.email,
      FRONTROW_PASSWORD: OPERATOR.password,
    },
  });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    if (/go on: /.test(stdout)) child.stdin.end(typed);
  });
  const [code] = z.tuple([z.number().nullable(), z.unknown()]).parse(await once(child, 'close'));
  return { code, stdout };
}

const Entries = z.array(z.looseObject({ action: z.string(), who: z.string() }));
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

const at = (hours: number): string => hoursFromNow(hours).toISOString();
const TIMES = { 'booking-starts': at(-1), 'booking-ends': at(5), starts: at(6), ends: at(8) };
const DATE = Object.entries(TIMES).flatMap(([name, moment]) => [`--${name}`, moment]);
const withPlan = async <T>(plan: string | Uint8Array, work: (file: string) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'frontrow-plan-'));
  try {
    const file = path.join(folder, 'hall.csv');
    await writeFile(file, plan);
    return await work(file);
  } finally {
    await rm(folder, { recursive: true });
  }
};

test('a date is made of a plan, sold, and called off once it is meant', async () => {
  const concertId = await stack.concert({ title: 'Called off' });
  const plan = 'section,row,number,price\nStalls,A,1,500\nStalls,A,2,500\n';
  const made = jsonOf(
    await withPlan(plan, async (file) =>
      cli(['date', 'create', concertId, '--plan', file, ...DATE, '--refuse-single-seats', '--json']),
    ),
  );
  expect(made).toMatchObject({ concertId, seats: 2 });
  const scheduleId = String(made['id']);
  const fan = await stack.admitted(concertId);
  const booking = await fan.held(scheduleId, [1, 2]);
  await fan.paid(booking.id);
  const shown = jsonOf(await cli(['command', 'show', booking.id.toUpperCase(), '--json']));
  expect(shown).toMatchObject({ id: booking.id, kind: 'hold', status: 'completed', userId: fan.id });

  const cancel = ['show', 'cancel', scheduleId, '--reason', 'a flood'];
  expect(await cli(cancel)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/--yes/) });
  const asked = await atTerminal(cancel, 'no\n');
  expect(asked).toMatchObject({ code: 2, stdout: expect.stringMatching(/“Called off”.* 1 that are paid end.* 1000 points/s) }); // prettier-ignore
  expect(asked.stdout).toMatch(/Left as it is/);
  const stands = await stack.query('SELECT id FROM schedules WHERE cancelled_at IS NOT NULL');
  expect(stands).toEqual([]);
  const ended = { bookings: 1, done: 1, refunded: 1000, reason: 'a flood', doneAt: expect.any(String) };
  const called = await cli([...cancel, '--yes', '--json']);
  expect(jsonOf(called)).toMatchObject(ended);
  expect(called.stderr).toMatch(/^1 of 1 bookings ended, 1000 points paid back$/m);
  expect(jsonOf(await cli(['show', 'cancel', scheduleId, '--reason', 'x', '--yes', '--json']))).toMatchObject(
    ended,
  );

  const log = await cli(['log', '--subject', `schedule:${scheduleId}`, '--who', OPERATOR.email, '--json']);
  expect(Entries.parse(JSON.parse(log.stdout)).map(({ action, who }) => [action, who])).toEqual([
    ['schedule.cancel', OPERATOR.email],
    ['schedule.create', OPERATOR.email],
  ]);
  const one = await cli(['log', '--action', 'schedule.cancel', '--limit', '1']);
  expect(one.stdout.trim().split('\n')).toHaveLength(2);
});

test('what others have written cannot steer the terminal', async () => {
  await stack.concert({ title: 'A\u001b[2Jtitle\nof two lines' });
  const listed = await cli(['concert', 'list']);
  expect(listed).toMatchObject({ code: 0, stdout: expect.stringContaining('A\uFFFD[2Jtitle\uFFFDof') });
});

test('a plan with faults is told line by line, and makes nothing', async () => {
  const concertId = await stack.concert();
  const create = async (plan: string | Uint8Array): Promise<Ran> =>
    withPlan(plan, async (file) => cli(['date', 'create', concertId, '--plan', file, ...DATE]));
  const ran = await create('section,row,number,price\nA,1,1,free\nA,1,1,5\nA,1,2,5,6\n');
  expect(ran).toMatchObject({ code: 4, stdout: '' });
  expect(ran.stderr).toMatch(/line 2, price: must be a whole number.*\n.*line 3, number.*\n.*line 4: has 5/);
  const latin = await create(Uint8Array.from([0xe9]));
  expect(latin).toMatchObject({ code: 2, stderr: expect.stringMatching(/not in UTF-8/) });
  expect(await stack.query('SELECT id FROM schedules WHERE concert_id = $1', [concertId])).toEqual([]);
});

describe('what goes wrong has an exit code, and is said where results are not', () => {
  const cases: [string, string[], Record<string, string>, number, RegExp][] = [
    ['an unknown command', ['sell'], {}, 2, /unknown command 'sell'/],
    [
      'no plan there',
      ['date', 'create', '1', '--plan', '/nowhere/hall.csv', ...DATE],
      {},
      2,
      /plan cannot be read.*ENOENT/,
    ],
    ['no reason', ['show', 'cancel', '1', '--yes'], {}, 2, /--reason/],
    ['no such date', ['show', 'cancel', '999999', '--reason', 'x', '--yes'], {}, 4, /SCHEDULE_NOT_FOUND/],
    ['an id that is none', ['command', 'show', 'fan@x.test'], {}, 2, /must be an id/],
    ['no such command', ['command', 'show', '019a0000-0000-7000-8000-000000000000'], {}, 4, /JOB_NOT_FOUND/],
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
      ['date', 'create'],
      ['show', 'cancel'],
      ['command', 'show'],
      ['log'],
    ])
      expect(await cli([...args, '--help'])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('Usage: frontrow'),
      });
  });
});
