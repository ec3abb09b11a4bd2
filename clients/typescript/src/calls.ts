import createFetchClient, { type Client } from 'openapi-fetch';
import type { paths } from './contract';
import { patientFetch, type Patience } from './patient-fetch';
import { FrontrowProblem } from './problem';

/** Every call of the contract, with its types. */
export type Calls = Client<paths>;

export interface CallsOptions extends Partial<Patience> {
  /** Asked before each request: tokens change. */
  headers?: () => Record<string, string>;
  /** For a proxy, or a test. */
  fetch?: typeof fetch;
}

const PATIENCE: Patience = { patienceMs: 30_000, tryMs: 15_000 };

export function createCalls(
  origin: string,
  { headers, fetch: send = fetch, ...patience }: CallsOptions,
): Calls {
  const patient = patientFetch({ ...PATIENCE, ...patience }, send);
  const calls = createFetchClient<paths>({ baseUrl: origin, fetch: patient });
  calls.use({
    onRequest: ({ request }) => {
      for (const [name, value] of Object.entries(headers?.() ?? {}))
        if (!request.headers.has(name)) request.headers.set(name, value);
    },
  });
  return calls;
}

interface Result<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** What was asked for. @throws FrontrowProblem */
export async function answered<Data>(result: Promise<Result<Data>>): Promise<NonNullable<Data>> {
  const { data, error, response } = await result;
  if (data !== undefined && data !== null) return data;
  const body = typeof error === 'object' && error !== null ? error : {};
  throw new FrontrowProblem(body, response.status, response.headers.get('x-request-id'));
}
