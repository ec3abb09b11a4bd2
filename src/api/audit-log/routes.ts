import { z } from 'zod';
import { isDatabaseId } from '../../lib/ids';
import type { Logger } from '../../lib/logger';
import type { AuditFilter, AuditLog, WrittenEntry } from '../../models/audit-log';
import type { Policies } from '../access';
import { csvAnswer, type CsvColumns, csvReply } from '../csv';
import { endpoint, type Endpoint } from '../endpoint';
import { at } from '../path';
import { pageOf } from '../schemas';
import { AuditFilterQuery, AuditPage, AuditQuery } from './schema';

export interface AuditLogRoutesParts {
  policies: Policies;
  auditLog: AuditLog;
  logger: Logger;
}

const AT_ONCE = 1000;

/** Who did what. For operators: whoever is looked into shall not look over the shoulder. */
export function auditLogRoutes({ policies, auditLog, logger }: AuditLogRoutesParts): Endpoint[] {
  const tag = 'Operators';
  return [
    endpoint({
      name: 'listAudit',
      method: 'get',
      path: at('/api/admin/audit', {}),
      tag,
      summary: 'Who did what, newest first',
      access: policies.operator,
      input: z.object({ query: AuditQuery }),
      answers: { 200: { description: 'A page', schema: AuditPage } },
      handle: async ({ input: { query } }) => {
        const { cursor = null, limit, ...filter } = query;
        // A cursor that this service cannot have given stands behind everything.
        if (cursor !== null && !isDatabaseId(cursor)) return emptyPage();
        const rows = await auditLog.page(filter, limit + 1, cursor);
        const { page, nextCursor } = pageOf(rows, limit, ({ id }) => id);
        return { status: 200, body: { entries: page, nextCursor } };
      },
    }),
    endpoint({
      name: 'exportAudit',
      method: 'get',
      path: at('/api/admin/audit.csv', {}),
      tag,
      summary: 'The same as a table, all of it',
      access: policies.operator,
      input: z.object({ query: AuditFilterQuery }),
      answers: { 200: csvAnswer('Newest first') },
      handle: async ({ input: { query } }) => csvReply('audit', COLUMNS, entries(auditLog, query), logger),
    }),
  ];
}

const emptyPage = () => ({ status: 200, body: { entries: [], nextCursor: null } });

const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

const COLUMNS: CsvColumns<WrittenEntry> = {
  id: ({ id }) => id,
  at: ({ at }) => at,
  who: ({ who }) => (who === null ? 'service' : who.email),
  userId: ({ who }) => who?.id ?? null,
  action: ({ action }) => action,
  subject: ({ subject }) => subject,
  before: ({ before }) => json(before),
  after: ({ after }) => json(after),
  requestId: ({ requestId }) => requestId,
};

async function* entries(auditLog: AuditLog, filter: AuditFilter): AsyncGenerator<WrittenEntry> {
  for (let before: string | null = null; ;) {
    const page: WrittenEntry[] = await auditLog.page(filter, AT_ONCE, before);
    yield* page;
    before = page.at(-1)?.id ?? null;
    if (page.length < AT_ONCE) return;
  }
}
