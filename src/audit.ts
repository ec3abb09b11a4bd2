import { createDatabase } from './lib/database';
import { readSettings } from './lib/settings';
import { startOrExplain } from './lib/start';
import { audit, CHECK_LIMIT_MS } from './models/audit';
import { refusePendingMigrations } from './models/migrate';
import { TIMES } from './lib/times';

const USAGE = `
Usage: npm run audit

Checks every invariant on the database at DATABASE_URL, live or not. Ends with status 1 when one is broken.
`;

async function main(): Promise<void> {
  const url = readSettings(process.env).databaseUrl;
  await refusePendingMigrations(url);
  const database = createDatabase({
    url,
    pool: 2,
    name: 'frontrow audit',
    statementLimitMs: CHECK_LIMIT_MS,
  });
  const violations = await audit(database, { graceMs: TIMES.auditGraceMs });
  await database.close();
  for (const { invariant, count, examples } of violations) {
    console.log(`BROKEN  ${invariant}: ${count}\n        such as ${JSON.stringify(examples)}`);
  }
  console.log(
    violations.length === 0 ? 'All invariants hold.' : `${violations.length} invariants are broken.`,
  );
  process.exitCode = violations.length === 0 ? 0 : 1;
}

startOrExplain(USAGE, main);
