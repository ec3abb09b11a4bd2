import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from '../lib/logger';
import { Problem, problemDocument } from '../lib/problems';
import { SECURITY_HEADERS } from './middleware/entrance';

// Closing while the client still sends makes its kernel throw away the answer (RST): what comes is read and dropped
// until the client closes, for this long at most.
const LINGER_MS = 2000;

/**
 * Answers what Node's parser refuses, which never reaches the app: headers too large or too slow, or no HTTP at all.
 * Like everything else it gets an id, a line in the log and a problem document; the connection is closed, as nobody knows
 * where the next request begins.
 */
export function answerUnreadable(server: Server, logger: Logger): void {
  const answered = new WeakSet<Duplex>();
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (answered.has(socket)) return; // The parser complains of each further piece.
    answered.add(socket);
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const problem = problemOf(error.code);
    const requestId = randomUUID();
    logger.debug({ requestId, status: problem.status, code: problem.code, err: error }, 'unreadable request');
    socket.end(answerOf(problem, requestId));
    socket.resume();
    const linger = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(linger));
  });
}

function answerOf(problem: Problem, requestId: string): string {
  const body = problemDocument(problem);
  const headers = {
    Connection: 'close',
    'X-Request-Id': requestId,
    ...SECURITY_HEADERS,
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${problem.status} ${problem.title}`, ...lines, '', body].join('\r\n');
}

function problemOf(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW')
    return new Problem('HEADERS_TOO_LARGE', 'The path and the headers may have 16 KiB together.');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new Problem('REQUEST_TIMEOUT', 'The request did not arrive in time. Send it again.');
  return new Problem('INVALID_REQUEST', 'This is not a readable HTTP request.');
}
