import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Context } from './endpoint';

export type Coding = 'br' | 'gzip';

/** Smaller bodies fit into a packet or two as they are. */
export const WORTH_COMPRESSING_BYTES = 1024;

// The fastest levels: JSON repeats the same names again and again, and shrinks enough by these.
const COMPRESS: Record<Coding, (body: Buffer) => Promise<Buffer>> = {
  br: async (body) =>
    promisify(brotliCompress)(body, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 1,
        [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
      },
    }),
  gzip: async (body) => promisify(gzip)(body, { level: constants.Z_BEST_SPEED }),
};

/** Off the event loop. */
export async function compress(body: Buffer, coding: Coding): Promise<Buffer> {
  return COMPRESS[coding](body);
}

const COMPRESS_FOR_GOOD: typeof COMPRESS = {
  br: async (body) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } }),
  gzip: async (body) => promisify(gzip)(body),
};

/** For what is compressed once and sent many times: smaller, and slower to make. */
export async function compressForGood(body: Buffer, coding: Coding): Promise<Buffer> {
  return COMPRESS_FOR_GOOD[coding](body);
}

/** What `Accept-Encoding` allows of what we have; null: as it is. */
export function codingFor(ctx: Context): Coding | null {
  for (const coding of ['br', 'gzip'] as const)
    if (ctx.acceptsEncodings(coding, 'identity') === coding) return coding;
  return null;
}
