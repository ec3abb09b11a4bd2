import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type Koa from 'koa';
import type { Logger } from '../lib/logger';
import type { Settings } from '../lib/settings';
import { TIMES } from '../lib/times';
import { answerUnreadable } from './unreadable';

export interface HttpServer {
  /** Takes no new connections, lets requests under way end, and closes each connection as it falls idle. */
  close(): Promise<void>;
}

// Slow or endless requests must not hold connections for ever.
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: TIMES.keepAliveMs,
  maxHeaderSize: 16_384,
  requireHostHeader: false, // The app asks for it, and answers as it answers everything.
};

// A crowd connects at once. Of those beyond this number (Node's is 511) each tries again a second or three later.
const BACKLOG = 4096;

/** Serves the app. @throws the system's error when the address cannot be listened at */
export async function serveHttp(
  handle: ReturnType<Koa['callback']>,
  settings: Pick<Settings, 'host' | 'port'>,
  logger: Logger,
): Promise<HttpServer> {
  const server = createServer(LIMITS);
  answerUnreadable(server, logger);
  const silent = silentConnections(server);
  await listen(handle, server, settings);
  return { close: async () => closeServer(server, silent) };
}

async function listen(
  handle: ReturnType<Koa['callback']>,
  server: Server,
  { host, port }: Pick<Settings, 'host' | 'port'>,
): Promise<void> {
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    // Stopping: a client that keeps its connection busy would otherwise keep the process for ever.
    if (!server.listening) response.setHeader('Connection', 'close');
    void handle(request, response); // Koa answers by itself, also when something fails: its promise never rejects.
  };
  server.on('request', serve);
  server.on('checkExpectation', serve); // An Expect that means nothing to us is passed over.
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: BACKLOG }, resolve);
  });
}

/** Connections that have not sent a request yet: browsers open some in advance. Node does not count them as idle. */
function silentConnections(server: Server): ReadonlySet<Socket> {
  const silent = new Set<Socket>();
  server.on('connection', (socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  server.on('request', ({ socket }) => silent.delete(socket));
  return silent;
}

// A request may be on its way over a connection that looks idle, or unread in the kernel: closing that one would leave its
// sender without an answer. So idle ones stay for a moment, and whoever uses one is told that it ends.
const LAST_REQUESTS_MS = 250;

/** Takes no new connections, lets requests under way end, and closes each connection as it falls idle. */
async function closeServer(server: Server, silent: ReadonlySet<Socket>): Promise<void> {
  // The one of net: that of http closes idle connections at once.
  const closed = promisify(NetServer.prototype.close.bind(server))();
  await sleep(LAST_REQUESTS_MS);
  for (const socket of silent) socket.destroy();
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  try {
    await closed;
  } finally {
    clearInterval(sweep);
  }
}
