import type { components } from './contract';

type Body = components['schemas']['Problem'];

/** What the service answered instead of what was asked for (RFC 9457). Ask `code`: it is stable, the words are not. */
export class FrontrowProblem extends Error {
  override readonly name = 'FrontrowProblem';
  readonly code: string;
  readonly status: number;

  /**
   * @param body with the members that its code brings: `seatIds`, `position`, `balance` …
   * @param requestId by which operators find the request
   */
  constructor(
    readonly body: Partial<Body>,
    status: number,
    readonly requestId: string | null,
  ) {
    super(`${body.code ?? status}: ${body.detail ?? body.title ?? 'The service answered no more than that'}`);
    this.code = body.code ?? 'UNKNOWN';
    this.status = body.status ?? status;
  }
}

/** The service could not be reached, or answered nothing, for as long as it was tried. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** The queue did not come to an end in time. The command is not lost: ask for its job again. */
export class StillQueuedError extends Error {
  override readonly name = 'StillQueuedError';

  constructor(readonly jobId: string) {
    super(`Job ${jobId} is still queued. It will end: ask again.`);
  }
}
