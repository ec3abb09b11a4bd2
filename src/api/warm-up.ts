import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer, request, type RequestListener, type Server } from 'node:http';
import { Histogram } from 'prom-client';
import { within } from '../lib/deadline';
import { createLogger } from '../lib/logger';
import type { QueueTokens } from '../waiting-room';
import type { AppParts } from './app';
import type { AccessTokens } from './accounts/access-tokens';

/** The same app with nobody's traffic: it spends no limit, and is neither logged nor counted, however late it ends. */
export function rehearsalOf(parts: AppParts): AppParts {
  const labelNames = ['method', 'route', 'status'] as const;
  const httpSeconds = new Histogram({ name: 'rehearsal', help: 'Read by nobody', labelNames, registers: [] });
  return {
    ...parts,
    metrics: { ...parts.metrics, httpSeconds },
    logger: createLogger('web', 'silent'),
    limits: { ...parts.limits, rateLimitPerMinute: 0 },
  };
}

export interface WarmUpParts {
  accessTokens: Pick<AccessTokens, 'issue'>;
  queueTokens: Pick<QueueTokens, 'issue'>;
}

interface Asked {
  method: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
  body?: string;
}

// By then the compiler has seen most of what a request goes through: more would make a deployment wait for little.
const REQUESTS = 1000;
const AT_A_TIME = 50;
const MOST_MS = 1500;
// There is no such concert: it is looked for and not found, and nothing is written for its sake.
const NO_CONCERT = '999999999999999999';

/**
 * Has a fresh process answer itself before anybody else may ask, since its first requests, which a whole crowd may send,
 * would meet code that was never compiled. Nobody is kept from starting by it: it never rejects, takes no longer than a
 * bound, and ends with the first answer that blames Postgres or Redis.
 * @param handle serves an app of this process' parts, beside the one for everybody: without limits, and with no log
 */
export async function warmUp(handle: RequestListener, parts: WarmUpParts): Promise<void> {
  const server = createServer(handle);
  const agent = new Agent({ keepAlive: true, maxSockets: AT_A_TIME });
  try {
    const port = await listen(server);
    await within<void>(MOST_MS, askAll(agent, port, parts), () => undefined);
  } catch {
    // It stays cold, and is as good as any other.
  } finally {
    agent.destroy();
    server.closeAllConnections();
    server.close();
  }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port to warm up on');
  return address.port;
}

async function askAll(agent: Agent, port: number, parts: WarmUpParts): Promise<void> {
  let left = REQUESTS;
  const goOn = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const status = await ask(agent, port, requestOf(left, parts));
      if (status >= 500) left = 0;
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, goOn));
}

/** What a sale is made of: joins, polls and holds. Each of a new fan, as a token that was read before is only looked up. */
function requestOf(n: number, { accessTokens, queueTokens }: WarmUpParts): Asked {
  const userId = randomUUID();
  const place = { userId, concertId: NO_CONCERT, sequence: '1', epoch: 1, position: 0, choosesUntilMs: 1 };
  const headers = {
    authorization: `Bearer ${accessTokens.issue(userId, 'user')}`,
    'x-queue-token': queueTokens.issue(place),
  };
  switch (n % 5) {
    case 0:
      return {
        method: 'POST',
        path: '/api/users/queue',
        headers,
        body: JSON.stringify({ concertId: NO_CONCERT }),
      };
    case 1:
    case 2:
      return { method: 'GET', path: `/api/users/queue?concertId=${NO_CONCERT}`, headers };
    default:
      return { method: 'POST', path: `/api/concerts/seats/${NO_CONCERT}-1/book`, headers };
  }
}

async function ask(agent: Agent, port: number, { body, headers, ...asked }: Asked): Promise<number> {
  const media = body === undefined ? {} : { 'content-type': 'application/json' };
  const sent = request({ ...asked, agent, port, host: '127.0.0.1', headers: { ...headers, ...media } });
  return new Promise((resolve, reject) => {
    sent.once('error', reject);
    sent.once('response', (answer) => {
      answer.once('error', reject);
      answer.once('end', () => resolve(answer.statusCode ?? 0));
      answer.resume();
    });
    sent.end(body);
  });
}
