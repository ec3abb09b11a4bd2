import { once } from 'node:events';
import { createServer } from 'node:http';
import Koa from 'koa';
import { pino } from 'pino';
import { describe, expect, test } from '@jest/globals';
import { problems } from '../../src/api/middleware/problems';
import type { RequestState } from '../../src/api/endpoint';
import { Problem } from '../../src/lib/problems';
import { RoomUnsettledError } from '../../src/waiting-room';

/** How a request is answered in which this is thrown. */
async function answered(error: Error): Promise<[number, string | null]> {
  const app = new Koa<RequestState>().use(problems(pino({ level: 'silent' }))).use(() => {
    throw error;
  });
  const handle = app.callback();
  const server = createServer((request, response) => void handle(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const { status, headers } = await fetch(`http://127.0.0.1:${address.port}/`);
    return [status, headers.get('retry-after')];
  } finally {
    server.close();
  }
}

describe('a refusal says when to try again', () => {
  test.each([
    ['of a service that is overloaded', new Problem('OVERLOADED', 'D'), [503, '1']],
    ['of a part that is away', new Problem('UNAVAILABLE', 'D'), [503, '1']],
    ['of a room that keeps changing hands', new RoomUnsettledError('1'), [503, '1']],
    [
      'by whoever knows better when that is',
      new Problem('OVERLOADED', 'D', { headers: { 'Retry-After': '2' } }),
      [503, '2'],
    ],
    ['but not of what is decided', new Problem('SEAT_TAKEN', 'D'), [409, null]],
    ['and not of a fault of ours', new Error('boom'), [500, null]],
  ])('%s', async (_name, error, expected) => {
    expect(await answered(error)).toEqual(expected);
  });
});
