import { createServer, type Server } from 'node:http';
import type { Metrics } from './metrics';

/** A worker has no API, but monitoring asks it all the same: /healthz and /metrics, nothing else. */
export async function serveProbe(host: string, port: number, metrics: Metrics): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = async (): Promise<string> => {
      if (request.url === '/metrics') {
        response.setHeader('Content-Type', metrics.registry.contentType);
        return metrics.registry.metrics();
      }
      if (request.url !== '/healthz') response.statusCode = 404;
      return response.statusCode === 200 ? 'ok\n' : 'not found\n';
    };
    answer().then(
      (text) => response.end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return server;
}
