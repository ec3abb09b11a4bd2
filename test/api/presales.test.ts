import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { PresaleMade, Presales } from '../support/contract';
import type { Fan } from '../support/fan';
import { type Answer, send } from '../support/http';
import { Stack } from '../support/stack';

let stack: Stack;
let concertId: string;
beforeAll(async () => {
  stack = await Stack.start({
    webs: 2,
    workers: 1,
    env: { TRUST_PROXY: '1', RATE_LIMIT_ADDRESS_FACTOR: '2' },
  });
});
afterAll(async () => stack.stop());
beforeEach(async () => {
  concertId = await stack.room({ opensAt: inMs(3_600_000) });
});

const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
const anywhere = (): string => Array.from({ length: 4 }, () => randomInt(1, 255)).join('.');
const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
const presaleBody = (changes: object = {}) => ({
  name: 'Fan club',
  startsAt: inMs(-1000),
  endsAt: inMs(600_000),
  codes: { count: 20 },
  ...changes,
});
const post = async (body: object, of = concertId): Promise<Answer> =>
  send(stack.origin(), 'POST', `/api/admin/concerts/${of}/presales`, {
    token: await stack.operatorToken(),
    body,
  });
const list = async () =>
  (
    await send(stack.origin(1), 'GET', `/api/admin/concerts/${concertId}/presales`, {
      token: await stack.operatorToken(),
    })
  ).as(Presales, 200).presales;
const made = async (changes: object = {}): Promise<string[]> =>
  (await post(presaleBody(changes))).as(PresaleMade, 201).codes;
const said = async (fan: Fan, code: string | undefined, address = anywhere()): Promise<string> => {
  const answer = await fan.tryJoin(concertId, code, {
    body: { concertId, accessCode: code },
    ...from(address),
  });
  return answer.status < 300 ? 'in' : answer.said;
};

describe('making a presale', () => {
  const faults = (answer: Answer): string[] => {
    expect(answer.said).toBe('400 INVALID_REQUEST');
    const { errors } = answer.problem;
    if (!Array.isArray(errors)) throw new Error('no errors');
    return errors.map(({ path }: { path: string }) => path);
  };

  test.each([
    ['no codes', { codes: { count: 0 } }, 'body.codes.count'],
    ['too many', { codes: { count: 100_001 } }, 'body.codes.count'],
    ['half a code', { codes: { count: 1.5 } }, 'body.codes'],
    ['both', { codes: { count: 1, list: ['ABCDEF'] } }, 'body.codes'],
    ['an empty list', { codes: { list: [] } }, 'body.codes.list'],
    ['a list of numbers', { codes: { list: [123456] } }, 'body.codes'],
    ['a weak code', { codes: { list: ['GOODCODE', '12345'] } }, 'body.codes'],
    ['the same code twice', { codes: { list: ['ABCDEF', 'abc-def'] } }, 'body.codes'],
    ['a code of signs', { codes: { list: ['🎟🎟🎟🎟🎟🎟🎟'] } }, 'body.codes'],
    ['an end before the start', { startsAt: inMs(9000), endsAt: inMs(8000) }, 'body.endsAt'],
    ['an end after the opening', { endsAt: inMs(7_200_000) }, 'body.endsAt'],
    ['a past', { startsAt: inMs(-9000), endsAt: inMs(-8000) }, 'body.endsAt'],
    ['a date of nobody', { scheduleIds: ['999999'] }, 'body.scheduleIds'],
    ['no date', { scheduleIds: [] }, 'body.scheduleIds'],
    ['what can be no date', { scheduleIds: ["1'; DROP"] }, 'body.scheduleIds.0'],
    ['no seats', { seatLimit: 0 }, 'body.seatLimit'],
    ['no name', { name: ' ' }, 'body.name'],
    ['NUL in its name', { name: 'a\u0000b' }, 'body.name'],
  ])('with %s is refused in words, where it stands', async (_what, changes, path) => {
    expect(faults(await post(presaleBody(changes)))).toContain(path);
    expect(await list()).toEqual([]);
  });

  test('tells a few of very many faults in a list, and which entries they are', async () => {
    const codes = Array.from({ length: 5000 }, (_, i) => (i < 4000 ? 'x' : `GOOD${i}CODE`));
    const answer = await post(presaleBody({ codes: { list: codes } }));
    expect(answer.said).toBe('400 INVALID_REQUEST');
    expect(answer.text.length).toBeLessThan(10_000);
  });

  test('takes a hundred thousand, made or brought along, and tells them once; one more is refused', async () => {
    const codes = await made({ codes: { count: 100_000 } });
    expect(new Set(codes).size).toBe(100_000);
    const { codes: brought } = (await post(presaleBody({ name: 'Again', codes: { list: codes } }))).as(
      PresaleMade,
      201,
    );
    expect(brought).toEqual(codes);
    const more = await post(presaleBody({ codes: { list: [...codes, 'ONEMORE'] } }));
    expect(more.said).toBe('400 INVALID_REQUEST');
    const huge = await post(
      presaleBody({ codes: { list: Array.from({ length: 100_000 }, (_, i) => `${i}${'A'.repeat(120)}`) } }),
    );
    expect(huge.said).toBe('413 BODY_TOO_LARGE');
    expect((await list()).map(({ count, claimed }) => [count, claimed])).toEqual([
      [100_000, 0],
      [100_000, 0],
    ]);
    const fan = await stack.fan();
    expect(await said(fan, codes[77_777])).toBe('in');
  }, 60_000);

  test('a body as large is not taken by other calls', async () => {
    const fan = await stack.fan();
    const answer = await fan.send('POST', '/api/users/queue', {
      body: { concertId, accessCode: 'A'.repeat(70_000) },
    });
    expect(answer.said).toBe('413 BODY_TOO_LARGE');
  });
});

describe('joining while it runs', () => {
  test.each([
    ['nothing', undefined, '403 ACCESS_CODE_REQUIRED'],
    ['an empty field', '  ', '403 ACCESS_CODE_REQUIRED'],
    ['a wrong code', 'ABCD-EFGH-2345-6789-ABCD', '403 ACCESS_CODE_INVALID'],
    ['signs', '🎟\u0000\u202e%00', '403 ACCESS_CODE_INVALID'],
    ['an SQL wildcard', '%', '403 ACCESS_CODE_INVALID'],
    ['a long text', 'A'.repeat(200), '403 ACCESS_CODE_INVALID'],
    ['a longer one', 'A'.repeat(201), '400 INVALID_REQUEST'],
  ])('with %s is refused', async (_what, code, refusal) => {
    await made();
    expect(await said(await stack.fan(), code)).toBe(refusal);
  });

  test.each([[123456], [['ABCDEF']], [{ $ne: '' }], [true]])(
    'with what is no text is refused: %j',
    async (accessCode) => {
      await made();
      const answer = await (
        await stack.fan()
      ).send('POST', '/api/users/queue', { body: { concertId, accessCode } });
      expect(answer.said).toBe('400 INVALID_REQUEST');
    },
  );

  test('says what runs, and until when', async () => {
    await made({ endsAt: inMs(600_000) });
    const answer = await (await stack.fan()).tryJoin(concertId);
    expect(answer.problem).toMatchObject({
      presale: { name: 'Fan club', endsAt: expect.stringMatching(/Z$/) },
    });
  });

  test('codes of another concert, and of a presale that does not run now, are none; before one nobody needs one', async () => {
    const here = concertId;
    concertId = await stack.room({ opensAt: inMs(3_600_000) });
    const [other] = await made();
    concertId = here;
    const [early] = await made({ startsAt: inMs(300_000) });
    expect(await said(await stack.fan(), early)).toBe('in');
    await made();
    const fan = await stack.fan();
    expect(await said(fan, other)).toBe('403 ACCESS_CODE_INVALID');
    expect(await said(fan, early)).toBe('403 ACCESS_CODE_INVALID');
  });
});

describe('wrong codes', () => {
  test('are tried ten times a minute by a user, from anywhere; then not even the right one is looked at', async () => {
    const [code, another] = await made();
    const fan = await stack.fan();
    for (let i = 0; i < 10; i += 1) expect(await said(fan, `WRONG${i}`)).toBe('403 ACCESS_CODE_INVALID');
    const refused = await fan.tryJoin(concertId, code, from(anywhere()));
    expect(refused.said).toBe('429 RATE_LIMITED');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect((await list())[0]?.claimed).toBe(0);
    // Others are not locked out by it, nor by the code that was refused.
    expect(await said(await stack.fan(), code)).toBe('in');
    expect(await said(await stack.fan(), another)).toBe('in');
  });

  test('of one user do not keep others at the same address out', async () => {
    const [code] = await made();
    const address = anywhere();
    const fan = await stack.fan();
    for (let i = 0; i < 10; i += 1)
      expect(await said(fan, `WRONG${i}`, address)).toBe('403 ACCESS_CODE_INVALID');
    expect(await said(fan, code, address)).toBe('429 RATE_LIMITED');
    expect(await said(await stack.fan(), code, address)).toBe('in');
  });

  test('are tried so many times as often a minute from an address, whoever asks, and at once no more often', async () => {
    const [code] = await made();
    const address = anywhere();
    const fans = await stack.fans(25);
    const answers = await Promise.all(fans.map(async (fan, i) => said(fan, `WRONG${i}`, address)));
    expect(answers.filter((each) => each === '403 ACCESS_CODE_INVALID')).toHaveLength(20);
    expect(answers.filter((each) => each === '429 RATE_LIMITED')).toHaveLength(5);
    const fan = await stack.fan();
    expect(await said(fan, code, address)).toBe('429 RATE_LIMITED');
    expect(await said(fan, code)).toBe('in');
  });

  test('count, right ones do not: a crowd behind one address comes in, one with a used code does not', async () => {
    const codes = await made({ codes: { count: 40 } });
    const address = anywhere();
    const fans = await stack.fans(40);
    const answers = await Promise.all(fans.map(async (fan, i) => said(fan, codes[i], address)));
    expect(new Set(answers)).toEqual(new Set(['in']));
    const late = await stack.fan();
    for (let i = 0; i < 10; i += 1) expect(await said(late, codes[i], address)).toBe('403 ACCESS_CODE_USED');
    expect(await said(late, codes[0], address)).toBe('429 RATE_LIMITED');
  });
});
