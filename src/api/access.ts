import { Problem, type ProblemCode } from '../lib/problems';
import type { Admission, QueueTokens, WaitingRoom } from '../waiting-room';
import type { AccessClaims, AccessReading, AccessTokens } from './accounts/access-tokens';
import type { Revocations } from './accounts/revocations';
import type { Access, Context } from './endpoint';
import { QUEUE_PROBLEMS } from './queue-refusals';

/** Somebody admitted right now to the concert of what was found. */
export interface AdmittedCaller<Found> {
  userId: string;
  found: Found;
}

/** Finds what a path is about, and so its concert. @throws Problem with the thing's own not-found code */
export type Find<Params, Found extends OfConcert> = (params: Params, userId: string) => Promise<Found>;

export interface OfConcert {
  concertId: string;
}

export interface Policies {
  anybody: Access<null>;
  user: Access<AccessClaims>;
  operator: Access<AccessClaims>;
  /** What was found on the way goes to the handler: it is not looked up again. */
  admitted<Params, Found extends OfConcert>(find: Find<Params, Found>): Access<AdmittedCaller<Found>, Params>;
  /** The same, while the time for choosing seats lasts. */
  mayHold<Params, Found extends OfConcert>(find: Find<Params, Found>): Access<AdmittedCaller<Found>, Params>;
  /** The signed-in caller if there is a valid token, else null: for limits, never for access. */
  whoever(ctx: Context): AccessClaims | null;
}

export interface PoliciesParts {
  accessTokens: AccessTokens;
  revocations: Revocations;
  queueTokens: QueueTokens;
  room: WaitingRoom;
}

const TOKEN_PROBLEMS = ['TOKEN_MISSING', 'TOKEN_INVALID', 'TOKEN_EXPIRED', 'TOKEN_REVOKED'] as const;
/** Who may call what: every endpoint names one of these. */
export function createPolicies(parts: PoliciesParts): Policies {
  const checkUser = async (ctx: Context): Promise<AccessClaims> => authenticate(parts, ctx);
  return {
    anybody: { needs: 'nothing', problems: [], check: async () => null },
    user: { needs: 'user', problems: TOKEN_PROBLEMS, check: checkUser },
    operator: {
      needs: 'operator',
      problems: [...TOKEN_PROBLEMS, 'FORBIDDEN'],
      check: async (ctx) => {
        const claims = authenticate(parts, ctx);
        if (claims.role !== 'operator') throw new Problem('FORBIDDEN', 'This is for operators only.');
        return claims;
      },
    },
    admitted: (find) => ofAdmitted(parts, 'admission', find),
    mayHold: (find) => ofAdmitted(parts, 'admissionToHold', find),
    whoever: (ctx) => {
      const reading = read(parts, ctx);
      return reading?.ok === true ? reading.claims : null;
    },
  };
}

/** @throws Problem with one of the token codes */
function authenticate(parts: PoliciesParts, ctx: Context): AccessClaims {
  const reading = read(parts, ctx);
  if (reading === null)
    throw unauthorized('TOKEN_MISSING', 'Send Authorization: Bearer with an access token.');
  if (!reading.ok) {
    if (reading.reason === 'EXPIRED') throw unauthorized('TOKEN_EXPIRED', 'Sign in again.');
    throw unauthorized('TOKEN_INVALID', 'This is not an access token of this service.');
  }
  if (parts.revocations.has(reading.claims.tokenId)) throw unauthorized('TOKEN_REVOKED', 'Sign in again.');
  ctx.state.userId = reading.claims.userId;
  return reading.claims;
}

/** Both tokens, same user, same concert, and admitted right now. */
function ofAdmitted<Params, Found extends OfConcert>(
  parts: PoliciesParts,
  asked: 'admission' | 'admissionToHold',
  find: Find<Params, Found>,
): Access<AdmittedCaller<Found>, Params> {
  return {
    needs: 'admitted',
    problems: [...TOKEN_PROBLEMS, ...QUEUE_PROBLEMS],
    check: async (ctx, readParams) => {
      const { userId } = authenticate(parts, ctx);
      const token = ctx.get('x-queue-token');
      if (token === '')
        throw new Problem('QUEUE_TOKEN_MISSING', 'Join the waiting room and send X-Queue-Token.');
      const reading = parts.queueTokens.read(token);
      if (!reading.ok && reading.reason === 'INVALID') throw invalidQueueToken();
      const found = await find(readParams(), userId);
      if (!reading.ok) throw queueExpired();
      const { claims } = reading;
      if (claims.userId !== userId || claims.concertId !== found.concertId) throw invalidQueueToken();
      refuseOutside(await parts.room[asked](found.concertId, userId, claims));
      return { userId, found };
    },
  };
}

/** @throws Problem QUEUE_EXPIRED or QUEUE_WAITING unless admitted */
function refuseOutside(admission: Admission | null): void {
  if (admission === null) throw queueExpired();
  if (admission.status === 'WAITING') {
    const { position, pollAfterMs } = admission;
    const place = position === null ? 'A draw will give you your place.' : `You are number ${position}.`;
    throw new Problem('QUEUE_WAITING', `${place} You will be admitted in order.`, {
      members: { position, pollAfterMs },
      headers: { 'Retry-After': String(Math.ceil(pollAfterMs / 1000)) },
    });
  }
}

/** The access token's reading, once per request; null when none was sent. */
function read({ accessTokens }: PoliciesParts, ctx: Context): AccessReading | null {
  if (ctx.state.accessReading === undefined) {
    const token = /^Bearer +(\S+)$/i.exec(ctx.get('authorization'))?.[1];
    ctx.state.accessReading = token === undefined ? null : accessTokens.read(token);
  }
  return ctx.state.accessReading;
}

function unauthorized(code: ProblemCode, detail: string): Problem {
  return new Problem(code, detail, { headers: { 'WWW-Authenticate': 'Bearer realm="frontrow"' } });
}

const invalidQueueToken = (): Problem =>
  new Problem('QUEUE_TOKEN_INVALID', 'This queue token is not yours, or not for this concert.');

const queueExpired = (): Problem =>
  new Problem(
    'QUEUE_EXPIRED',
    'The admission, or its time for choosing, was used up, timed out or given up. Join the waiting room again.',
  );
