/**
 * Every error that a client can meet: its stable code, HTTP status and title. The one catalogue:
 * the API answers with these, job outcomes carry these codes, the OpenAPI document lists them.
 */
export const PROBLEMS = {
  INVALID_REQUEST: { status: 400, title: 'The request is not valid' },
  TOKEN_MISSING: { status: 401, title: 'Sign in first' },
  TOKEN_INVALID: { status: 401, title: 'The access token is not valid' },
  TOKEN_EXPIRED: { status: 401, title: 'The access token has expired' },
  TOKEN_REVOKED: { status: 401, title: 'The access token was signed out' },
  BAD_CREDENTIALS: { status: 401, title: 'Wrong email or password' },
  INSUFFICIENT_POINTS: { status: 402, title: 'Not enough points' },
  FORBIDDEN: { status: 403, title: 'Not allowed' },
  ACCESS_CODE_REQUIRED: { status: 403, title: 'A presale runs: send its code' },
  ACCESS_CODE_INVALID: { status: 403, title: 'Not a code of a presale that runs' },
  ACCESS_CODE_USED: { status: 403, title: 'This code belongs to somebody else' },
  QUEUE_TOKEN_MISSING: { status: 403, title: 'Join the waiting room first' },
  QUEUE_TOKEN_INVALID: { status: 403, title: 'The queue token is not valid here' },
  QUEUE_WAITING: { status: 403, title: 'Still waiting to be admitted' },
  QUEUE_EXPIRED: { status: 403, title: 'The admission is over' },
  NOT_FOUND: { status: 404, title: 'No such page' },
  NO_DRAW: { status: 404, title: 'No draw' },
  NOT_QUEUED: { status: 404, title: 'Not in the waiting room' },
  CONCERT_NOT_FOUND: { status: 404, title: 'No such concert' },
  SCHEDULE_NOT_FOUND: { status: 404, title: 'No such date' },
  SEAT_NOT_FOUND: { status: 404, title: 'No such seat' },
  BOOKING_NOT_FOUND: { status: 404, title: 'No such booking' },
  TICKET_NOT_FOUND: { status: 404, title: 'No such ticket' },
  USER_NOT_FOUND: { status: 404, title: 'No such user' },
  ENTRY_NOT_FOUND: { status: 404, title: 'No such entry on a waiting list' },
  JOB_NOT_FOUND: { status: 404, title: 'No such job' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'Method not allowed' },
  REQUEST_TIMEOUT: { status: 408, title: 'The request took too long to arrive' },
  EMAIL_TAKEN: { status: 409, title: 'This email has an account already' },
  SEAT_TAKEN: { status: 409, title: 'Seat taken' },
  SEAT_LIMIT: { status: 409, title: 'Too many seats' },
  NOT_SOLD_OUT: { status: 409, title: 'Such seats are free' },
  ALREADY_WAITING: { status: 409, title: 'On the waiting list already' },
  NOT_TOGETHER: { status: 409, title: 'Not side by side' },
  SOLD_OUT: { status: 409, title: 'Sold out' },
  LEAVES_SINGLE_SEAT: { status: 409, title: 'Leaves a single seat' },
  STANDING_AREA: { status: 409, title: 'Places to stand are not chosen' },
  BOOKING_WINDOW_CLOSED: { status: 409, title: 'Booking is not open' },
  HOLD_EXPIRED: { status: 409, title: 'The hold has ended' },
  ALREADY_PAID: { status: 409, title: 'Already paid' },
  ALREADY_CANCELLED: { status: 409, title: 'Already cancelled' },
  NOT_CANCELLABLE: { status: 409, title: 'Cannot be cancelled any more' },
  ALREADY_USED: { status: 409, title: 'The ticket was used already' },
  TICKET_VOID: { status: 409, title: 'The ticket is void' },
  TICKET_FOR_ANOTHER_DATE: { status: 409, title: 'The ticket is for another date' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'Send application/json' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'This idempotency key belongs to another request' },
  RATE_LIMITED: { status: 429, title: 'Too many requests' },
  HEADERS_TOO_LARGE: { status: 431, title: 'The headers are too large' },
  INTERNAL: { status: 500, title: 'Something went wrong' },
  COMMAND_FAILED: { status: 500, title: 'The command could not be carried out' },
  OVERLOADED: { status: 503, title: 'Too busy to take this now' },
  UNAVAILABLE: { status: 503, title: 'Not available right now' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Whether a text read from elsewhere (a stored outcome) is one of the catalogue's codes. */
export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}

export interface ProblemExtra {
  /** Response headers, such as Retry-After. */
  headers?: Record<string, string>;
  /** Further members of the problem document, such as `seatIds`. */
  members?: Record<string, unknown>;
  /** What really happened: for the log only, never for the client. */
  cause?: unknown;
}

/** Thrown anywhere below the API to answer with an entry of the catalogue. `detail` is shown to the client. */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly headers: Record<string, string>;
  readonly members: Record<string, unknown>;

  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    extra: ProblemExtra = {},
  ) {
    const { stackTraceLimit } = Error;
    // A refusal is an answer, not a fault: whoever refuses a sold-out crowd has no use for where from. Faults have a cause.
    if (PROBLEMS[code].status < 500) Error.stackTraceLimit = 0;
    super(`${code}: ${detail}`, { cause: extra.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.name = 'Problem';
    this.status = PROBLEMS[code].status;
    this.title = PROBLEMS[code].title;
    this.headers = extra.headers ?? {};
    this.members = extra.members ?? {};
  }
}

/** The body of application/problem+json (RFC 9457). */
export function problemDocument({ title, status, detail, code, members }: Problem): string {
  return JSON.stringify({ type: 'about:blank', title, status, detail, code, ...members });
}
