import { Pool } from 'undici';
import type { FanTokens } from '../stage/fans';
import type { PlannedRequest } from './plan';

export interface Answer {
  status: number;
  body: string;
  etag: string | null;
}

/** A number of keep-alive connections that many fans share: whoever finds none free waits for one. */
export class FanClient {
  readonly #pool: Pool;
  requests = 0;

  constructor(
    url: string,
    connections: number,
    readonly tokens: FanTokens,
  ) {
    this.#pool = new Pool(url, { connections, pipelining: 1, headersTimeout: 30_000, bodyTimeout: 30_000 });
  }

  /** @param queueToken instead of one of the bench's own making */
  async send(request: PlannedRequest, queueToken?: string): Promise<Answer> {
    this.requests += 1;
    const { method, path, fan, concertId, body } = request;
    const queue = queueToken ?? (concertId === undefined ? undefined : this.tokens.admitted(fan, concertId));
    const headers = {
      ...request.headers,
      authorization: `Bearer ${this.tokens.access(fan)}`,
      ...(queue === undefined ? {} : { 'x-queue-token': queue }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    return new Promise<Answer>((resolve, reject) => {
      let status = 0;
      let etag: string | null = null;
      const chunks: Buffer[] = [];
      // Not request(): its body streams would cost this process more than all the rest.
      this.#pool.dispatch(
        { method, path, headers, body: body ?? null },
        {
          onRequestStart: () => undefined,
          onResponseStart: (_controller, code, answered) => {
            status = code;
            etag = typeof answered['etag'] === 'string' ? answered['etag'] : null;
          },
          onResponseData: (_controller, chunk) => void chunks.push(chunk),
          onResponseEnd: () => resolve({ status, etag, body: Buffer.concat(chunks).toString() }),
          onResponseError: (_controller, error) => reject(error),
        },
      );
    });
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
