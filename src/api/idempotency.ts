import { createHash } from 'node:crypto';
import { Problem } from '../lib/problems';
import type { Context } from './endpoint';

export const IDEMPOTENCY_HEADER = {
  'Idempotency-Key':
    'Optional, 1 to 255 visible ASCII characters: the same key and request get the same answer',
};

export const REPLAYED = { 'Idempotency-Replayed': 'true' };

export const hasIdempotencyKey = (ctx: Context): boolean => ctx.headers['idempotency-key'] !== undefined;

/**
 * The request's idempotency key with a hash of what it is used for; null when none was sent.
 * @throws Problem INVALID_REQUEST for a key that is too long or has other characters
 */
export function idempotencyOf(ctx: Context, body: unknown): { key: string; requestHash: string } | null {
  const key = ctx.get('idempotency-key');
  if (!hasIdempotencyKey(ctx)) return null;
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new Problem('INVALID_REQUEST', 'Idempotency-Key must be 1 to 255 visible ASCII characters.', {
      members: {
        errors: [{ path: 'headers.idempotency-key', message: 'must be 1 to 255 visible ASCII characters' }],
      },
    });
  }
  const request = `${ctx.method} ${ctx.path}\n${JSON.stringify(body ?? null)}`;
  return { key, requestHash: createHash('sha256').update(request).digest('base64url') };
}
