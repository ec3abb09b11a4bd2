import type { Middleware } from 'koa';
import { isJson } from '../answer-at-once';
import { codingFor, compress, WORTH_COMPRESSING_BYTES } from '../compression';
import type { RequestState } from '../endpoint';

/**
 * Compresses JSON answers. They are small mostly: koa-compress would make each answer's text twice to find that out. (No
 * answer holds a secret beside something that an attacker may choose, so their lengths give nothing away.)
 */
export const compressAnswers: Middleware<RequestState> = async (ctx, next) => {
  await next();
  if (ctx.headers['accept-encoding'] === undefined || ctx.res.hasHeader('Content-Encoding')) return;
  const text = textOf(ctx.body);
  if (text === null) return;
  ctx.body = text;
  if (text.length < WORTH_COMPRESSING_BYTES) return;
  ctx.vary('Accept-Encoding');
  const coding = codingFor(ctx);
  if (coding === null) return;
  ctx.body = await compress(Buffer.from(text), coding);
  ctx.set('Content-Encoding', coding);
};

/** null for what is no JSON, such as streams: those of events must never wait for a compressor. */
function textOf(body: unknown): string | null {
  if (typeof body === 'string') return body;
  return isJson(body) ? JSON.stringify(body) : null;
}
