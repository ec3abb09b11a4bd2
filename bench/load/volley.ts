import autocannon from 'autocannon';
import type { FanTokens } from '../stage/fans';
import type { PlannedRequest, Volley, VolleyResult } from './plan';
import { Tally } from './tally';

// Longer than any request that asked to wait may take.
const TIMEOUT_SECONDS = 30;

/** Sends a volley with autocannon and looks at every answer. */
export async function fire(volley: Volley, tokens: FanTokens): Promise<VolleyResult> {
  const connections = Math.min(volley.connections, volley.requests.length);
  const shares = split(volley.requests, connections).map((share) =>
    share.map((request) => asSent(request, tokens)),
  );
  const tally = new Tally();
  const before = process.cpuUsage();
  let status = 0;
  const result = await autocannon({
    url: volley.url,
    connections,
    amount: volley.requests.length,
    timeout: TIMEOUT_SECONDS,
    // How often it looks whether all is done.
    sampleInt: 20,
    setupClient: (client) => {
      // Built before its connection opens: building a request as it is due would cost more than sending it.
      client.setRequests(shares.pop() ?? []);
      client.on('response', (code, _bytes, milliseconds) => {
        status = code;
        tally.latencies.push(milliseconds);
      });
    },
    // Called right after that answer's own 'response', with nothing in between.
    verifyBody: (body) => {
      const text = String(body);
      const kind = volley.accepted.find((kind) => kind.status === status && text.includes(kind.contains));
      if (kind === undefined) tally.refuse(status, text);
      else tally.accept(kind.name);
      return true;
    },
  });
  const used = process.cpuUsage(before);
  if (result.errors > 0) tally.refuse(0, 'connection errors or timeouts', result.errors);
  return tally.result((used.user + used.system) / 1000);
}

/** Deals the requests out, one to each connection in turn: the first ones of all are sent first. */
function split(requests: readonly PlannedRequest[], connections: number): PlannedRequest[][] {
  const shares: PlannedRequest[][] = Array.from({ length: connections }, () => []);
  requests.forEach((request, index) => shares[index % connections]?.push(request));
  // autocannon gives the first connections one request more; ours are taken from the end.
  return shares.reverse();
}

function asSent(request: PlannedRequest, tokens: FanTokens): autocannon.Request {
  return {
    method: request.method,
    path: request.path,
    headers: {
      ...request.headers,
      authorization: `Bearer ${tokens.access(request.fan)}`,
      ...(request.concertId === undefined
        ? {}
        : { 'x-queue-token': tokens.admitted(request.fan, request.concertId) }),
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(request.body === undefined ? {} : { body: request.body }),
  };
}
