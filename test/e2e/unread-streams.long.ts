import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Fan } from '../support/fan';
import { send } from '../support/http';
import { followSeats } from '../support/seat-events';
import { Stack } from '../support/stack';
import { until } from '../support/until';

// The map of so many seats is more than what the kernel takes for a client that does not read.
const SEATS = 60_000;
const POOL = 2;

let stack: Stack;
const sockets: Socket[] = [];
beforeAll(async () => {
  // Few connections to the database, which are counted with the rest.
  stack = await Stack.start({ webs: 1, workers: 1, env: { DATABASE_POOL: String(POOL) } });
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await stack.stop();
});

/** Asks for a stream of seats on the second web process, and never reads a byte of it. */
async function neverRead(fan: Fan, scheduleId: string): Promise<void> {
  const socket = connect({
    port: Number(new URL(stack.origin(1)).port),
    host: '127.0.0.1',
    onread: { buffer: Buffer.alloc(1), callback: () => false },
  });
  sockets.push(socket);
  const lines = [
    `GET /api/concerts/schedules/${scheduleId}/seats/events HTTP/1.1`,
    'Host: a',
    `Authorization: Bearer ${fan.token}`,
    `X-Queue-Token: ${fan.queueToken ?? ''}`,
  ];
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => socket.write(`${lines.join('\r\n')}\r\n\r\n`, () => resolve()));
  });
}

/** Connections that the second web process has open, whatever for. */
async function connections(): Promise<number> {
  const headers = { connection: 'close' };
  const { text } = await send(stack.origin(1), 'GET', '/metrics', { headers });
  return Number(/^nodejs_active_resources\{type="TCPSocketWrap"[^}]*\} (\d+)/m.exec(text)?.[1] ?? 0);
}

test('streams that nobody reads end as others do: beyond the fifth, with the admission, and with the process', async () => {
  const web = await stack.addWeb();
  const { concertId, scheduleId } = await stack.house({ seats: SEATS });
  const [greedy, leaving] = [await stack.admitted(concertId), await stack.admitted(concertId)];
  const events = await followSeats(leaving, scheduleId, stack.origin(1));
  await events.next();
  events.close();
  const before = await connections();
  for (let n = 0; n < 12; n += 1) await neverRead(greedy, scheduleId);
  await neverRead(leaving, scheduleId);
  await until('streams', connections, (count) => count >= before + 8);
  await leaving.leave(concertId);
  const isFive = (count: number): boolean => count <= before + 5 + POOL;
  await until('five streams left', connections, isFive, { withinMs: 40_000, everyMs: 200 });
  expect(await connections()).toBeGreaterThan(before);

  const { code, ms } = await web.stop();
  expect(code).toBe(0);
  expect(ms).toBeLessThan(8000);
});
