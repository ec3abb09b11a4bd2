import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { answerUnreadable } from '../../src/api/unreadable';
import { createLogger } from '../../src/lib/logger';
import { Problem } from '../support/contract';

let server: Server;
beforeEach(async () => {
  server = createServer({ maxHeaderSize: 16_384, connectionsCheckingInterval: 50 }, (_request, response) =>
    response.end('read'),
  );
  answerUnreadable(server, createLogger('test', 'silent'));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => void server.close(resolve));
});

/** Sends bytes as they are. @returns all that came back until the server closed; rejects when it reset instead */
async function exchange(bytes: string): Promise<string> {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server does not listen');
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(address.port, '127.0.0.1', () => socket.write(bytes));
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (text += chunk));
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
}

function read(answer: string): { status: number; headers: string; problem: unknown } {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), headers: head, problem: Problem.parse(JSON.parse(body)) };
}

const withFiller = (length: number): string =>
  `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Filler: ${'x'.repeat(length)}\r\n\r\n`;

describe('a request that cannot be read', () => {
  test('is refused for headers over 16 KiB, and read just below', async () => {
    expect(await exchange(withFiller(16_000))).toContain('HTTP/1.1 200');
    const { status, headers, problem } = read(await exchange(withFiller(16_500)));
    expect(status).toBe(431);
    expect(headers).toMatch(/^Connection: close$/m);
    expect(headers).toMatch(/^Content-Type: application\/problem\+json/m);
    expect(problem).toMatchObject({ status: 431, code: 'HEADERS_TOO_LARGE' });
    expect(headers).toMatch(/^X-Request-Id: [0-9a-f-]{36}$/m);
    expect(headers).toMatch(/^X-Content-Type-Options: nosniff$/m);
  });

  test.each(['no HTTP at all\r\n\r\n', 'GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n', '\0\0\0\0'])(
    'is refused as not readable: %j',
    async (bytes) => {
      expect(read(await exchange(bytes)).problem).toMatchObject({ status: 400, code: 'INVALID_REQUEST' });
    },
  );

  test('is refused when its headers take too long', async () => {
    server.headersTimeout = 100;
    const answer = await exchange('GET / HTTP/1.1\r\nHost: a\r\n');
    expect(read(answer).problem).toMatchObject({ status: 408, code: 'REQUEST_TIMEOUT' });
  });
});
