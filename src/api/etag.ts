import type { Context } from './endpoint';

/** Whether the client has this version already: an answer without its body will do. */
export function hasEtag(ctx: Context, etag: string): boolean {
  const strip = (tag: string): string => tag.trim().replace(/^W\//, '');
  const sent = ctx.get('if-none-match');
  return sent !== '' && sent.split(',').some((tag) => strip(tag) === '*' || strip(tag) === strip(etag));
}
