import { Stream } from 'node:stream';
import { WORTH_COMPRESSING_BYTES } from './compression';
import type { Context } from './endpoint';

/** Whether a body is sent as JSON. */
export const isJson = (body: unknown): body is object =>
  typeof body === 'object' && body !== null && !(body instanceof Stream) && !Buffer.isBuffer(body);

/** Whether it may leave at once: nobody would compress it. */
export function leavesAsItIs(ctx: Context, text: string): boolean {
  if (ctx.res.headersSent || !ctx.writable) return false;
  return ctx.req.headers['accept-encoding'] === undefined || text.length < WORTH_COMPRESSING_BYTES;
}

/** Writes a JSON answer in one go. Koa would put it together setter by setter, which is much of what a small one costs. */
export function answerAtOnce(
  ctx: Context,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  const fields = [...(ctx.state.fields ?? [])];
  for (const name in headers) fields.push(name, headers[name] ?? '');
  fields.push('Content-Type', 'application/json; charset=utf-8');
  fields.push('Content-Length', String(Buffer.byteLength(text)));
  ctx.res.writeHead(status, fields);
  ctx.res.end(text);
  // Last: had the above failed, Koa must still answer.
  ctx.respond = false;
}
