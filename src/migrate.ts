import { migrate } from './models/migrate';
import { readSettings, SettingsError } from './lib/settings';

/** `npm run migrate`: brings the database at DATABASE_URL up to date. Safe to run from several places at once. */
async function main(): Promise<void> {
  const applied = await migrate(readSettings(process.env).databaseUrl);
  if (applied.length === 0) console.log('The database is up to date.');
  for (const name of applied) console.log(`Applied ${name}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof SettingsError ? error.message : error);
  process.exitCode = 1;
});
