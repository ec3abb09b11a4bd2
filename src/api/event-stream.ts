import { z } from 'zod';
import type { Answer } from './endpoint';

export const STREAM_HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  // nginx would otherwise hold events back until its buffer is full.
  'X-Accel-Buffering': 'no',
};

/** Server-sent events, as the OpenAPI document tells of them. */
export function eventsOf(description: string, example: string): Answer {
  return {
    description: 'Server-sent events, until the stream ends',
    type: 'text/event-stream',
    schema: z.string().meta({ description, examples: [example] }),
    headers: ['Cache-Control'],
  };
}
