import { migrate } from './models/migrate';
import { readSettings } from './lib/settings';
import { startOrExplain } from './lib/start';

const USAGE = `
Usage: npm run migrate

Brings the database at DATABASE_URL up to date: forward only, safe to run from several places at once. The role in
that URL gets the settings that the service needs, for this database alone (see README.md, "Postgres").
`;

async function main(): Promise<void> {
  const applied = await migrate(readSettings(process.env).databaseUrl);
  if (applied.length === 0) console.log('The database is up to date.');
  for (const name of applied) console.log(`Applied ${name}`);
}

startOrExplain(USAGE, main);
