import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Draw, DrawOrder, PolicyAnswer, RoomStats, type State } from '../support/contract';
import type { Fan } from '../support/fan';
import { type Answer, send } from '../support/http';
import { Stack } from '../support/stack';
import { inTurns, until, untilIs } from '../support/until';

const VERIFY = path.resolve(__dirname, '../../script/verify-draw.mjs');
const DRAW = { order: 'draw', admitIntervalMs: 100 };

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(async () => stack.stop());

const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
const asOperator = async (method: string, of: string, body?: object): Promise<Answer> =>
  send(stack.origin(1), method, of, {
    token: await stack.operatorToken(),
    ...(body && { body }),
  });
const change = async (concertId: string, body: object): Promise<Answer> =>
  asOperator('PATCH', `/api/admin/concerts/${concertId}/queue`, body);
const drawOf = async (concertId: string) =>
  (await send(stack.origin(), 'GET', `/api/concerts/${concertId}/draw`)).as(Draw, 200);
const drawn = async (concertId: string) =>
  until(
    'drawn',
    async () => drawOf(concertId),
    ({ status }) => status === 'DRAWN',
  );

async function orderOf(concertId: string, limit = 1000): Promise<string[]> {
  const order: string[] = [];
  for (let cursor: string | null = '0'; cursor !== null;) {
    const page = `/api/concerts/${concertId}/draw/order?limit=${limit}&cursor=${cursor}`;
    const answer: { order: string[]; nextCursor: string | null } = (
      await send(stack.origin(), 'GET', page)
    ).as(DrawOrder, 200);
    order.push(...answer.order);
    cursor = answer.nextCursor;
  }
  return order;
}

const verify = async (concertId: string): Promise<{ stdout: string }> =>
  promisify(execFile)(process.execPath, [VERIFY, stack.origin(), concertId]);

describe('a draw', () => {
  test('gives those who are there a random order that anybody can recompute, and later ones the places behind', async () => {
    const opensAt = inMs(4000);
    const concertId = await stack.room({ ...DRAW, opensAt, maxActive: 5, admitPerInterval: 5 });
    const announced = await drawOf(concertId);
    expect(announced).toMatchObject({ status: 'ANNOUNCED', seed: null, entrants: null, drawnAt: null });
    expect(await orderOf(concertId)).toEqual([]);
    const fans = await stack.fans(30);
    const joined = await inTurns(fans, 10, async (fan) => fan.join(concertId));
    for (const state of joined)
      expect(state).toMatchObject({ position: null, phase: 'BEFORE_OPENING', opensAt });
    const nameOf = new Map(joined.map(({ drawPseudonym }, i) => [fans[i], drawPseudonym]));

    const draw = await drawn(concertId);
    expect(Date.now()).toBeGreaterThan(Date.parse(opensAt));
    expect(draw).toMatchObject({ commitment: announced.commitment, entrants: 30, beacon: null });
    expect(
      createHash('sha256')
        .update(Buffer.from(draw.seed ?? '', 'hex'))
        .digest('hex'),
    ).toBe(draw.commitment);
    const order = await orderOf(concertId, 7);
    expect(new Set(order)).toEqual(new Set(nameOf.values()));
    expect((await verify(concertId)).stdout).toContain('Right: 30 entrants');

    const stats = `/api/admin/concerts/${concertId}/queue`;
    const active = async () => (await asOperator('GET', stats)).as(RoomStats, 200).active;
    await untilIs('five are in', active, 5);
    const isTold = ({ phase }: State): boolean => phase === 'OPEN';
    const late = await stack.fan();
    await late.join(concertId);
    const placeOf = async (fan: Fan) => until('told', async () => fan.look(concertId), isTold);
    const states = await inTurns(fans, 10, placeOf);
    for (const [index, { status, position }] of states.entries()) {
      const place = order.indexOf(nameOf.get(fans[index]) ?? '');
      if (place < 5) expect(status).toBe('ACTIVE');
      else expect({ status, position }).toEqual({ status: 'WAITING', position: place - 4 });
    }
    expect((await placeOf(late)).position).toBe(26);
    expect(await stack.violations()).toEqual([]);
  });

  test('is found wrong where its order was changed, by the audit and by whoever recomputes it', async () => {
    const concertId = await stack.room({ ...DRAW, opensAt: inMs(1500) });
    await inTurns(await stack.fans(4), 4, async (fan) => fan.join(concertId));
    await drawn(concertId);
    const swap = `UPDATE draw_places SET pseudonym = (SELECT pseudonym FROM draw_places p
       WHERE p.concert_id = draw_places.concert_id AND p.position = 3 - draw_places.position)
     WHERE concert_id = $1 AND position <= 2`;
    await stack.query(swap, [concertId]);
    await expect(verify(concertId)).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining('WRONG  Number 1 of the order should be'),
    });
    expect(await stack.violations()).toMatchObject([
      { invariant: expect.stringContaining('published order') },
    ]);
    await stack.query(swap, [concertId]);
    expect(await stack.violations()).toEqual([]);
  });

  test('waits for a beacon that was promised, shows it, and survives the worker that draws', async () => {
    const concertId = await stack.room({ ...DRAW, opensAt: inMs(1500) });
    const path = `/api/admin/concerts/${concertId}/draw/beacon`;
    const source = 'round 4711 of a public beacon';
    const promised = (await asOperator('POST', path, { source })).as(Draw, 200);
    expect(promised.beacon).toMatchObject({ source, value: null, givenAt: null });
    const fans = await stack.fans(10);
    await inTurns(fans, 10, async (fan) => fan.join(concertId));
    const closed = await until(
      'closed',
      async () => drawOf(concertId),
      ({ entrants }) => entrants === 10,
    );
    expect(closed).toMatchObject({ status: 'ANNOUNCED', seed: null, entrantsHash: expect.any(String) });
    expect((await asOperator('POST', path, { source: 'mine', value: '1' })).said).toBe('400 INVALID_REQUEST');
    for (const worker of stack.workers) await worker.kill();
    await asOperator('POST', path, { source, value: 'cafe' });
    await stack.addWorker();
    await stack.addWorker();
    expect(await drawn(concertId)).toMatchObject({
      entrantsHash: closed.entrantsHash,
      beacon: { source, value: 'cafe' },
    });
    await Promise.all(fans.map(async (fan) => fan.admitted(concertId)));
    expect((await verify(concertId)).stdout).toContain('cafe');
  });

  test('by the moment of its first date, when it has none of its own', async () => {
    const concertId = await stack.concert({ queue: DRAW });
    const fan = await stack.fan();
    expect(await fan.join(concertId)).toMatchObject({ position: null, opensAt: null });
    await stack.date(concertId);
    expect(await drawn(concertId)).toMatchObject({ entrants: 1 });
    await fan.admitted(concertId);
  });

  test('is refused where it comes too late, and cannot be taken back or moved to earlier', async () => {
    const concertId = await stack.room({ admitIntervalMs: 100 });
    expect((await change(concertId, { order: 'draw' })).said).toBe('400 INVALID_REQUEST');
    expect((await send(stack.origin(), 'GET', `/api/concerts/${concertId}/draw`)).said).toBe('404 NO_DRAW');
    const opensAt = inMs(60_000);
    const { policy } = (await change(concertId, { order: 'draw', opensAt })).as(PolicyAnswer, 200);
    expect(policy).toMatchObject({ order: 'draw', opensAt });
    const { commitment } = await drawOf(concertId);
    expect((await change(concertId, { order: 'arrival' })).said).toBe('400 INVALID_REQUEST');
    expect((await change(concertId, { opensAt: inMs(30_000) })).said).toBe('400 INVALID_REQUEST');
    expect((await change(concertId, { opensAt: inMs(90_000), order: 'draw' })).status).toBe(200);
    expect((await drawOf(concertId)).commitment).toBe(commitment);
    for (const [query, status] of [
      ['limit=0', 400],
      ['limit=10001', 400],
      ['cursor=x', 400],
      ['limit=10000', 200],
    ])
      expect(
        (await send(stack.origin(), 'GET', `/api/concerts/${concertId}/draw/order?${query}`)).status,
      ).toBe(status);
  });
});
