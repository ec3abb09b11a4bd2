import type { PassThrough } from 'node:stream';
import { z } from 'zod';
import { TIMES } from '../lib/times';
import type { Answer } from './endpoint';

export const STREAM_HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  // nginx would otherwise hold events back until its buffer is full.
  'X-Accel-Buffering': 'no',
};

/** Of what a client has not read: one that reads nothing must not fill this process. */
export const UNREAD_LIMIT_BYTES = 65_536;

/** Server-sent events, as the OpenAPI document tells of them. */
export function eventsOf(description: string, example: string): Answer {
  return {
    description: 'Server-sent events, until the stream ends',
    type: 'text/event-stream',
    schema: z.string().meta({ description, examples: [example] }),
    headers: ['Cache-Control'],
  };
}

/** Ends a stream; a client that does not take its last bytes soon is cut off. */
export function endSoon(out: PassThrough): void {
  if (out.writableEnded) return;
  out.end();
  const timer = setTimeout(() => out.destroy(), TIMES.streamEndMs);
  timer.unref();
  out.once('close', () => clearTimeout(timer));
}
