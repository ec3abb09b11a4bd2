import { z } from 'zod';

/** One request to send. `fan` signs in; `concertId` adds that fan's queue token for it. */
export const PlannedRequestSchema = z.object({
  method: z.enum(['GET', 'POST']),
  path: z.string(),
  fan: z.number(),
  concertId: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.string().optional(),
});
export type PlannedRequest = z.infer<typeof PlannedRequestSchema>;

/** An answer that counts: of this status and with this text in its body. Anything else is an error. */
const AcceptedSchema = z.object({ name: z.string(), status: z.number(), contains: z.string() });
export type Accepted = z.infer<typeof AcceptedSchema>;

/** Requests to send over keep-alive connections, each connection one after the other, as fast as they are answered. */
export const VolleySchema = z.object({
  url: z.string(),
  connections: z.number(),
  requests: z.array(PlannedRequestSchema),
  accepted: z.array(AcceptedSchema),
});
export type Volley = z.infer<typeof VolleySchema>;

/** What came of a volley. Times are in milliseconds. */
export const VolleyResultSchema = z.object({
  /** Accepted answers per second, without the first and the last tenth. */
  perSecond: z.number(),
  p50: z.number(),
  p99: z.number(),
  /** With the beginning, where all connections are opened at once. */
  p99OfAll: z.number(),
  /** Accepted answers by name. */
  counts: z.record(z.string(), z.number()),
  /** Everything else, by status and the start of the body. */
  errors: z.record(z.string(), z.number()),
  /** From the first request, before its connection was open, to the last accepted answer. */
  elapsedMs: z.number(),
  /** Processor time of this process. */
  cpuMs: z.number(),
  /** Whatever else was to be known of this one. */
  figures: z.record(z.string(), z.number()).optional(),
});
export type VolleyResult = z.infer<typeof VolleyResultSchema>;
