import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDatabase } from '../../src/lib/database';
import { audit } from '../../src/models/audit';
import { migrate } from '../../src/models/migrate';
import { Concerts } from '../support/contract';
import { makeTemplate } from '../support/database';
import { send } from '../support/http';
import { Stack } from '../support/stack';
import { until } from '../support/until';
import { type PostgresPair, startPostgresPair } from './postgres-pair';
import { TIMES } from '../../src/lib/times';

let pair: PostgresPair;
let stack: Stack;
let databaseName: string;
beforeAll(async () => {
  pair = await startPostgresPair();
  process.env['TEST_DATABASE_URL'] = pair.primaryUrl;
  await makeTemplate(migrate);
  const env: Record<string, string> = {};
  stack = await Stack.start({
    webs: 1,
    workers: 1,
    env,
    throughProxy: async (databaseUrl) => {
      const { pathname } = new URL(databaseUrl);
      databaseName = pathname.slice(1);
      env['DATABASE_READ_URL'] = Object.assign(new URL(pair.standbyUrl), { pathname }).toString();
      return databaseUrl;
    },
  });
}, 120_000);
afterAll(async () => {
  await stack.stop();
  await pair.stop();
});

async function titles(): Promise<string[]> {
  const answer = await send(stack.origin(), 'GET', '/api/concerts');
  return answer.as(Concerts, 200).concerts.map(({ title }) => title);
}

/** What the service has asked the standby for. */
async function askedThere(): Promise<string> {
  const rows = await pair.onStandby<{ query: string }>(
    `SELECT query FROM pg_stat_activity WHERE datname = '${databaseName}' AND application_name = 'frontrow web'`,
  );
  return rows.map(({ query }) => query).join('\n');
}

test('the list of concerts is read from a standby that keeps up, and from no other', async () => {
  await stack.concert({ title: 'First' });
  await until(
    'read there',
    async () => [await titles(), await askedThere()].join(),
    (all) => /First.*"?concerts"?/s.test(all),
  );

  await pair.onStandby('SELECT pg_wal_replay_pause()');
  await stack.concert({ title: 'Second' });
  // It falls behind by that, is found to, and the primary is asked.
  const isThere = (all: string[]): boolean => all.includes('Second');
  await until('told although the standby stands still', titles, isThere, { withinMs: 5000 });
  expect(
    await pair.onStandby("SELECT 1 FROM pg_get_wal_replay_pause_state() s WHERE s = 'paused'"),
  ).toHaveLength(1);

  await pair.onStandby('SELECT pg_wal_replay_resume()');
  const seenThere = async (): Promise<string> =>
    [await titles(), stack.webs[0]?.log.match(/keeps up/g)?.length].join();
  await until('read there again', seenThere, (all) => /Second.*,2$/.test(all));
});

test('the audit runs on a standby', async () => {
  const url = Object.assign(new URL(pair.standbyUrl), { pathname: `/${databaseName}` }).toString();
  const database = createDatabase({ url, pool: 1, name: 'audit' });
  try {
    expect(await audit(database, { graceMs: TIMES.auditGraceMs })).toEqual([]);
  } finally {
    await database.close();
  }
});
