import { createSecretKey } from 'node:crypto';
import { Redis } from 'ioredis';
import jwt from 'jsonwebtoken';
import { isProblemCode, PROBLEMS } from '../../src/lib/problems';
import { roomKeys } from '../../src/waiting-room';
import { memberOf } from '../../src/waiting-room/members';

/** A request that its baseline answers with this status and code. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(code);
  }
}

export interface Admitted {
  userId: string;
  concertId: string;
}

export interface Guards {
  /** Who is signed in. @throws Refusal */
  user(authorization: string | undefined): string;
  /**
   * Both tokens, of the same user, who is admitted right now to the queue token's concert: one Redis read.
   * @throws Refusal
   */
  admitted(authorization: string | undefined, queueToken: unknown): Promise<Admitted>;
  /** One Redis read, as the cheapest useful request would make. */
  look(userId: string, concertId: string): Promise<boolean>;
  /** Paid: the admission is over. */
  leave(userId: string, concertId: string): Promise<void>;
}

/** The same checks as the service's, with the same keys, by the fastest plain means. */
export function createGuards(env: NodeJS.ProcessEnv): Guards {
  const accessKey = createSecretKey(Buffer.from(env['JWT_SECRET'] ?? ''));
  const queueKey = createSecretKey(Buffer.from(env['QUEUE_TOKEN_SECRET'] ?? ''));
  const redis = new Redis(env['REDIS_URL'] ?? '', { enableAutoPipelining: true });
  redis.on('error', () => undefined); // It comes back, and commands wait for it.
  const activeKey = (concertId: string) => roomKeys(concertId)[2] ?? '';

  function user(authorization = ''): string {
    const claims = verify(authorization.slice('Bearer '.length), accessKey, 'frontrow-api');
    if (claims.sub === undefined) throw new Refusal(401, 'TOKEN_INVALID');
    return claims.sub;
  }

  async function look(userId: string, concertId: string): Promise<boolean> {
    const endMs = await redis.zscore(activeKey(concertId), memberOf(userId));
    return endMs !== null && Number(endMs) > Date.now();
  }

  return {
    user,
    look,
    admitted: async (authorization, queueToken) => {
      const userId = user(authorization);
      if (typeof queueToken !== 'string') throw new Refusal(403, 'QUEUE_TOKEN_MISSING');
      const { sub, concertId }: { sub?: string | undefined; concertId?: unknown } = verify(
        queueToken,
        queueKey,
        'frontrow-queue',
      );
      if (sub !== userId || typeof concertId !== 'string') throw new Refusal(403, 'QUEUE_TOKEN_INVALID');
      if (!(await look(userId, concertId))) throw new Refusal(403, 'QUEUE_EXPIRED');
      return { userId, concertId };
    },
    leave: async (userId, concertId) => {
      const member = memberOf(userId);
      const places = roomKeys(concertId)[3] ?? '';
      await Promise.all([redis.zrem(activeKey(concertId), member), redis.hdel(places, member)]);
    },
  };
}

/** Refusals by code: the service's own statuses. */
export function refusal(code: string): Refusal {
  return new Refusal(isProblemCode(code) ? PROBLEMS[code].status : 500, code);
}

function verify(token: string, key: ReturnType<typeof createSecretKey>, audience: string): jwt.JwtPayload {
  try {
    const claims = jwt.verify(token, key, { algorithms: ['HS256'], issuer: 'frontrow', audience });
    if (typeof claims !== 'string') return claims;
  } catch {
    // Expired, of another key, or no token at all.
  }
  throw new Refusal(401, 'TOKEN_INVALID');
}
