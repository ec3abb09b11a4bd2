import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PolicyAnswer, Problem, type State } from '../support/contract';
import { type Answer, send } from '../support/http';
import { Stack } from '../support/stack';
import { until } from '../support/until';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(async () => stack.stop());

const QUICK = { admitIntervalMs: 100 };
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

async function change(concertId: string, body: object): Promise<Answer> {
  const token = await stack.operatorToken();
  return send(stack.origin(1), 'PATCH', `/api/admin/concerts/${concertId}/queue`, { token, body });
}

describe('an opening', () => {
  test('lets nobody in before, everybody wait, and tells those who poll and those with a stream when it comes', async () => {
    const opensAt = inMs(3000);
    const concertId = await stack.room({ ...QUICK, opensAt, message: 'Doors at eight' });
    const fans = await stack.fans(10);
    for (const fan of fans) {
      expect(await fan.join(concertId)).toMatchObject({
        phase: 'BEFORE_OPENING',
        opensAt,
        message: 'Doors at eight',
        estimatedWaitSeconds: null,
      });
    }
    const isIn = ({ status }: State): boolean => status === 'ACTIVE';
    const look = async (fan: (typeof fans)[number]) =>
      until('in', async () => fan.look(concertId), isIn, { everyMs: 50 }).then(() => Date.now());
    const inAtMs = await Promise.all(fans.map(look));
    expect(Math.min(...inAtMs)).toBeGreaterThanOrEqual(Date.parse(opensAt));
    expect(Math.max(...inAtMs)).toBeLessThan(Date.parse(opensAt) + 2000);
  });

  test('is moved and taken back by the policy, which tells it', async () => {
    const concertId = await stack.room(QUICK);
    const opensAt = inMs(60_000);
    const { policy } = (await change(concertId, { opensAt, message: 'Later' })).as(PolicyAnswer, 200);
    expect(policy).toMatchObject({ opensAt, message: 'Later', order: 'arrival' });
    const fan = await stack.fan();
    expect(await fan.join(concertId)).toMatchObject({ phase: 'BEFORE_OPENING', opensAt });
    await change(concertId, { opensAt: null, message: null });
    expect(await fan.admitted(concertId)).toMatchObject({ phase: 'OPEN', opensAt: null, message: null });
  });

  test('in the past is refused in words, where it stands', async () => {
    const concertId = await stack.room(QUICK);
    const refused = await change(concertId, { opensAt: inMs(-1000) });
    expect(refused.said).toBe('400 INVALID_REQUEST');
    expect(refused.as(Problem, 400)).toMatchObject({
      errors: [{ path: 'body.opensAt', message: expect.stringContaining('must lie in the future') }],
    });
    const made = await send(stack.origin(), 'POST', '/api/admin/concerts', {
      token: await stack.operatorToken(),
      body: { title: 'A test', queue: { opensAt: inMs(-1000) } },
    });
    expect(made.as(Problem, 400)).toMatchObject({ errors: [{ path: 'body.queue.opensAt' }] });
  });
});
