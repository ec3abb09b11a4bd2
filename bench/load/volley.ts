import autocannon from 'autocannon';
import { percentile, steadyRate } from '../figures';
import type { FanTokens } from '../stage/fans';
import type { Accepted, PlannedRequest, Volley, VolleyResult } from './plan';

// Longer than any request that asked to wait may take.
const TIMEOUT_SECONDS = 30;
const SHOWN_OF_AN_ERROR = 160;

/** Sends a volley with autocannon and looks at every answer. */
export async function fire(volley: Volley, tokens: FanTokens): Promise<VolleyResult> {
  const connections = Math.min(volley.connections, volley.requests.length);
  const tally = new Tally(volley.accepted);
  const shares = split(volley.requests, connections).map((share) =>
    share.map((request) => asSent(request, tokens)),
  );
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
      tally.answer(status, String(body));
      return true;
    },
  });
  const used = process.cpuUsage(before);
  if (result.errors > 0) tally.errors.set(`connection errors or timeouts`, result.errors);
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

/** Sorts the answers. */
class Tally {
  readonly latencies: number[] = [];
  readonly errors = new Map<string, number>();
  readonly #times: number[] = [];
  readonly #counts = new Map<string, number>();

  constructor(readonly accepted: readonly Accepted[]) {}

  answer(status: number, body: string): void {
    const kind = this.accepted.find((kind) => kind.status === status && body.includes(kind.contains));
    if (kind === undefined) {
      add(this.errors, `${status} ${body.slice(0, SHOWN_OF_AN_ERROR)}`);
      return;
    }
    this.#times.push(performance.now());
    add(this.#counts, kind.name);
  }

  result(cpuMs: number): VolleyResult {
    return {
      perSecond: steadyRate(this.#times),
      p50: percentile(this.latencies, 0.5),
      p99: percentile(this.latencies, 0.99),
      counts: Object.fromEntries(this.#counts),
      errors: Object.fromEntries(this.errors),
      cpuMs,
    };
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
