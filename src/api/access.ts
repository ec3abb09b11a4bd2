import { Problem, type ProblemCode } from '../lib/problems';
import type { StaffRole } from '../models/roles';
import type { Admission, QueueTokens, WaitingRoom } from '../waiting-room';
import { createHash } from 'node:crypto';
import type { AccessClaims, AccessReading, AccessTokens } from './accounts/access-tokens';
import type { ForeignTokens } from './accounts/foreign-tokens';
import type { HeldRoles } from './accounts/held-roles';
import type { Revocations } from './accounts/revocations';
import type { Access, Context } from './endpoint';
import { isQueueRefusal, QUEUE_PROBLEMS } from './queue-refusals';

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
  /** Who has this role, or is an operator, as of a moment ago. */
  staff(role: StaffRole): Access<AccessClaims>;
  /** What was found on the way goes to the handler: it is not looked up again. */
  admitted<Params, Found extends OfConcert>(find: Find<Params, Found>): Access<AdmittedCaller<Found>, Params>;
  /** The same; and whoever was offered what is found, admitted or not. */
  admittedOrOffered<Params, Found extends OfConcert & { isOffer: boolean }>(
    find: Find<Params, Found>,
  ): Access<AdmittedCaller<Found>, Params>;
  /** The same, while the time for choosing seats lasts. */
  mayHold<Params, Found extends OfConcert>(find: Find<Params, Found>): Access<AdmittedCaller<Found>, Params>;
  /**
   * Who a request counts for: the user of a valid token, else null. For limits, never for access. Of another issuer's token
   * that was not read yet, it is that token: it is to be limited before it is checked, and a crowd behind one address shall
   * not share one stranger's limit.
   */
  whoever(ctx: Context): string | null;
}

export interface PoliciesParts {
  accessTokens: AccessTokens;
  /** null: only our own are taken. */
  foreignTokens: ForeignTokens | null;
  revocations: Revocations;
  roles: HeldRoles;
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
    operator: ofStaff(parts, 'operator'),
    staff: (role) => ofStaff(parts, role),
    admitted: (find) => ofAdmitted(parts, 'admission', find),
    admittedOrOffered: (find) => orOffered(ofAdmitted(parts, 'admission', find), find),
    mayHold: (find) => ofAdmitted(parts, 'admissionToHold', find),
    whoever: (ctx) => {
      const reading = read(parts, ctx);
      if (reading?.ok === true) return reading.claims.userId;
      const token = bearerOf(ctx) ?? '';
      if (parts.foreignTokens?.mayBeOne(token) !== true) return null;
      return `token:${createHash('sha256').update(token).digest('base64url')}`;
    },
  };
}

/** @throws Problem with one of the token codes */
async function authenticate(parts: PoliciesParts, ctx: Context): Promise<AccessClaims> {
  let reading = read(parts, ctx);
  if (reading?.ok === false && parts.foreignTokens?.mayBeOne(bearerOf(ctx) ?? '') === true) {
    reading = await parts.foreignTokens.read(bearerOf(ctx) ?? '');
    ctx.state.accessReading = reading;
  }
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

/** The token says who it is, their row what they may: whoever was dismissed has a token for an hour. */
function ofStaff(parts: PoliciesParts, needs: StaffRole): Access<AccessClaims> {
  const whom = needs === 'operator' ? 'operators' : `operators and ${needs} staff`;
  return {
    needs,
    problems: [...TOKEN_PROBLEMS, 'FORBIDDEN'],
    check: async (ctx) => {
      const claims = await authenticate(parts, ctx);
      const role = await parts.roles.of(claims.userId);
      if (role !== needs && role !== 'operator') throw new Problem('FORBIDDEN', `This is for ${whom} only.`);
      return { ...claims, role };
    },
  };
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
      const { userId } = await authenticate(parts, ctx);
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

/** Seats of the waiting list are nobody's turn in the waiting room: the access token alone proves whose they are. */
function orOffered<Params, Found extends OfConcert & { isOffer: boolean }>(
  admitted: Access<AdmittedCaller<Found>, Params>,
  find: Find<Params, Found>,
): Access<AdmittedCaller<Found>, Params> {
  return {
    ...admitted,
    check: async (ctx, readParams) => {
      try {
        return await admitted.check(ctx, readParams);
      } catch (refusal) {
        const { userId } = ctx.state;
        if (userId === undefined || !isQueueRefusal(refusal)) throw refusal;
        const found = await find(readParams(), userId).catch(orRefusal(refusal));
        if (!found.isOffer) throw refusal;
        return { userId, found };
      }
    },
  };
}

/** Whoever the room refuses is not told what exists. */
const orRefusal =
  (refusal: unknown) =>
  (fault: unknown): never => {
    throw fault instanceof Problem ? refusal : fault;
  };

/** @throws Problem QUEUE_EXPIRED or QUEUE_WAITING unless admitted */
function refuseOutside(admission: Admission | null): void {
  if (admission === null) throw queueExpired();
  if (admission.status === 'WAITING') {
    const { position, pollAfterMs } = admission;
    const place = position === null ? 'Your place is not known yet.' : `You are number ${position}.`;
    throw new Problem('QUEUE_WAITING', `${place} You will be admitted in order.`, {
      members: { position, pollAfterMs },
      headers: { 'Retry-After': String(Math.ceil(pollAfterMs / 1000)) },
    });
  }
}

/** The access token's reading, once per request; null when none was sent. */
function read({ accessTokens, foreignTokens }: PoliciesParts, ctx: Context): AccessReading | null {
  if (ctx.state.accessReading === undefined) {
    const token = bearerOf(ctx);
    ctx.state.accessReading =
      token === undefined ? null : (foreignTokens?.known(token) ?? accessTokens.read(token));
  }
  return ctx.state.accessReading;
}

const bearerOf = (ctx: Context): string | undefined => /^Bearer +(\S+)$/i.exec(ctx.get('authorization'))?.[1];

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
