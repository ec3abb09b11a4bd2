import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Readiness } from './health';
import type { Logger } from './logger';
import type { MetricsPage } from './metrics-page';
import { Problem, problemDocument } from './problems';

export interface ProbeParts {
  host: string;
  port: number;
  readiness: Readiness;
  metricsPage: MetricsPage;
  logger: Logger;
}

/** A worker has no API, but monitoring asks it all the same: /healthz, /readyz and /metrics, nothing else. */
export async function serveProbe(parts: ProbeParts): Promise<Server> {
  const { host, port, readiness, metricsPage, logger } = parts;
  async function answer(path: string, authorization: string): Promise<{ type: string; text: string }> {
    switch (path) {
      case '/healthz':
        return { type: 'text/plain', text: 'ok\n' };
      case '/readyz':
        return { type: 'application/json', text: JSON.stringify(await readiness()) };
      case '/metrics':
        return metricsPage(authorization);
      default:
        throw new Problem('NOT_FOUND', 'A worker serves /healthz, /readyz and /metrics.');
    }
  }

  const server = createServer((request, response) => {
    answer(request.url ?? '', request.headers.authorization ?? '').then(
      ({ type, text }) => response.writeHead(200, { 'Content-Type': type }).end(text),
      (error: unknown) => refuse(response, problemOf(error, logger)),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return server;
}

function problemOf(error: unknown, logger: Logger): Problem {
  if (error instanceof Problem) return error;
  logger.error({ err: error }, 'the probe cannot answer');
  return new Problem('INTERNAL', 'This is our fault and has been logged.');
}

function refuse(response: ServerResponse, problem: Problem): void {
  const type = { 'Content-Type': 'application/problem+json; charset=utf-8' };
  response.writeHead(problem.status, { ...problem.headers, ...type }).end(problemDocument(problem));
}
