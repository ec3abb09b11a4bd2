import { createHash } from 'node:crypto';
import type { Middleware } from 'koa';
import { type Coding, codingFor, compressForGood, WORTH_COMPRESSING_BYTES } from '../compression';
import type { RequestState } from '../endpoint';

/** What stays as it is while the process runs. */
export interface Fixed {
  body: Buffer;
  /** A media type, or a file's extension. */
  type: string;
  lastModified?: Date;
  cacheControl?: string;
}

/**
 * Answers from memory, compressed once per coding however many ask: what is outside the rate limit must cost next to
 * nothing, or asking for a large file again and again would keep the threads that hash passwords. Whoever has it gets 304.
 */
export function fromMemory({ body, type, lastModified, cacheControl }: Fixed): Middleware<RequestState> {
  // Weak: it stands for the content in any coding.
  const etag = `W/"${createHash('sha256').update(body).digest('base64url')}"`;
  const compressed = new Map<Coding, Promise<Buffer>>();

  async function bodyIn(coding: Coding): Promise<Buffer> {
    const known = compressed.get(coding);
    if (known !== undefined) return known;
    const started = compressForGood(body, coding);
    compressed.set(coding, started);
    return started;
  }

  return async (ctx) => {
    ctx.status = 200;
    ctx.etag = etag;
    ctx.vary('Accept-Encoding');
    if (lastModified !== undefined) ctx.lastModified = lastModified;
    if (cacheControl !== undefined) ctx.set('Cache-Control', cacheControl);
    if (ctx.fresh) {
      ctx.status = 304;
      return;
    }
    const coding = body.length < WORTH_COMPRESSING_BYTES ? null : codingFor(ctx);
    if (coding !== null) ctx.set('Content-Encoding', coding);
    ctx.type = type;
    ctx.body = coding === null ? body : await bodyIn(coding);
  };
}
