import { createHash, timingSafeEqual } from 'node:crypto';
import type { Metrics } from './metrics';
import { Problem } from './problems';

/** What /metrics shows to somebody with this Authorization header; empty when there was none. */
export type MetricsPage = (authorization: string) => Promise<{ type: string; text: string }>;

/**
 * The figures as Prometheus reads them.
 * @param token what the reader must send as `Authorization: Bearer …`; null: anybody may read
 * @returns a page that throws Problem TOKEN_MISSING or TOKEN_INVALID
 */
export function createMetricsPage({ registry }: Metrics, token: string | null): MetricsPage {
  return async (authorization) => {
    if (token !== null) expectToken(authorization, token);
    return { type: registry.contentType, text: await registry.metrics() };
  };
}

function expectToken(authorization: string, token: string): void {
  const sent = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  if (sent !== undefined && timingSafeEqual(digest(sent), digest(token))) return;
  throw new Problem(
    sent === undefined ? 'TOKEN_MISSING' : 'TOKEN_INVALID',
    'The figures are shown to whoever sends METRICS_TOKEN as a Bearer token.',
    { headers: { 'WWW-Authenticate': 'Bearer realm="frontrow metrics"' } },
  );
}

// Of one length, so that comparing tells nothing of it.
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
