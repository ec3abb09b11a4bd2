import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { QueryTypes } from 'sequelize';
import { UUID, uuidv7 } from 'uuidv7';
import { createRetentionStore, type RetentionStore } from '../../src/models/retention-store';
import { Shop } from '../jobs/shop';
import { DAY_MS } from '../support/times';

const SECOND_MS = 1000;

let shop: Shop;
let retention: RetentionStore;
beforeAll(async () => {
  shop = await Shop.open({ seats: 5 });
  retention = createRetentionStore(shop.database);
});
afterEach(async () => {
  await shop.clear();
  await shop.database.query('TRUNCATE revoked_tokens, given_up_places');
});
afterAll(async () => shop.close());

const query = async (sql: string, bind: unknown[] = []): Promise<{ id: string }[]> =>
  shop.database.query<{ id: string }>(sql, { bind, type: QueryTypes.SELECT });

/** A command made so long ago, and ended so long ago: null: it is queued still. @returns its id */
async function command(madeMsAgo: number, endedMsAgo: number | null, key: string | null = null) {
  const id = UUID.fromFieldsV7(Date.now() - madeMsAgo, 0, 0, Math.floor(Math.random() * 2 ** 32)).toString();
  await query(
    `INSERT INTO commands (id, user_id, schedule_id, kind, payload, status, idempotency_key, request_hash, created_at, finished_at)
     VALUES ($1, $2, $3, 'hold', '{"seatNumbers": [1]}', CASE WHEN $5::float8 IS NULL THEN 'queued' ELSE 'rejected' END, $6, $7,
             now() - $4 * interval '1 millisecond', now() - $5::float8 * interval '1 millisecond') RETURNING id`,
    [id, shop.user(1), shop.scheduleId, madeMsAgo, endedMsAgo, key, key === null ? null : 'h'],
  );
  return id;
}
const commands = async (): Promise<string[]> => (await shop.rows()).map(({ id }) => id);

describe('commands', () => {
  test('are kept for as long as was said after their end, however old they are, and queued ones for ever', async () => {
    const kept = [
      await command(2 * DAY_MS, DAY_MS - 5 * SECOND_MS),
      await command(30 * DAY_MS, null),
      await command(30 * DAY_MS, SECOND_MS),
      await command(SECOND_MS, SECOND_MS),
    ];
    await command(2 * DAY_MS, DAY_MS + 5 * SECOND_MS);
    await command(DAY_MS + 5 * SECOND_MS, DAY_MS + 5 * SECOND_MS);
    expect(await retention.forgetCommands(DAY_MS, 500)).toBe(2);
    expect((await commands()).toSorted()).toEqual(kept.toSorted());
    expect(await retention.forgetCommands(DAY_MS, 500)).toBe(0);
  });

  test('go oldest first, so many at a time, and each once though two processes remove them', async () => {
    const ids: string[] = [];
    for (let age = 9; age > 2; age -= 1) ids.push(await command(age * DAY_MS, age * DAY_MS));
    expect(await retention.forgetCommands(DAY_MS, 3)).toBe(3);
    expect(await commands()).toEqual(ids.slice(3));
    const both = await Promise.all([
      retention.forgetCommands(DAY_MS, 3),
      retention.forgetCommands(DAY_MS, 3),
    ]);
    expect((both[0] ?? 0) + (both[1] ?? 0) + (await commands()).length).toBe(4);
    await retention.forgetCommands(DAY_MS, 3);
    expect(await commands()).toEqual([]);
  });

  test('that must stay do not keep the younger ones behind them', async () => {
    for (let i = 0; i < 4; i += 1) await command(20 * DAY_MS, i % 2 === 0 ? null : SECOND_MS);
    await command(10 * DAY_MS, 10 * DAY_MS);
    expect(await retention.forgetCommands(DAY_MS, 2)).toBe(1);
  });

  test('answer to their key as long as they are kept; after that the key is a new one', async () => {
    const old = await command(3 * DAY_MS, DAY_MS - 5 * SECOND_MS, 'k');
    const again = () => shop.hold(1, { idempotency: { key: 'k', requestHash: 'h' } });
    await retention.forgetCommands(DAY_MS, 500);
    const replayed = again();
    expect((await shop.store.record([replayed])).get(replayed.command.id)).toMatchObject({ id: old });
    await query(`UPDATE commands SET finished_at = now() - interval '25 hours' WHERE id = $1 RETURNING id`, [
      old,
    ]);
    await retention.forgetCommands(DAY_MS, 500);
    const anew = again();
    expect((await shop.store.record([anew])).get(anew.command.id)).toBeNull();
    expect(await commands()).toEqual([anew.command.id]);
  });

  test('are recorded, though the earlier one of their key is forgotten between its being met and being read', async () => {
    await command(3 * DAY_MS, 3 * DAY_MS, 'k');
    const [keyed, other] = [shop.hold(1, { idempotency: { key: 'k', requestHash: 'h' } }), shop.hold(2)];
    await shop.database.query(
      `CREATE FUNCTION forget_old() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN DELETE FROM commands WHERE finished_at < now() - interval '1 day'; RETURN NULL; END $$;
       CREATE TRIGGER forget_old AFTER INSERT ON commands EXECUTE FUNCTION forget_old()`,
    );
    try {
      const recorded = await shop.store.record([keyed, other]);
      expect([recorded.get(keyed.command.id), recorded.get(other.command.id)]).toEqual([null, null]);
      expect((await commands()).toSorted()).toEqual([keyed.command.id, other.command.id].toSorted());
    } finally {
      await shop.database.query('DROP FUNCTION forget_old CASCADE');
    }
  });
});

describe('revoked tokens', () => {
  test('are kept until they have expired, by every clock', async () => {
    const [valid, justExpired, old] = [uuidv7(), uuidv7(), uuidv7()];
    await query(
      `INSERT INTO revoked_tokens (token_id, expires_at) VALUES ($1, now() + interval '1 second'),
         ($2, now() - interval '59 minutes'), ($3, now() - interval '61 minutes') RETURNING token_id AS id`,
      [valid, justExpired, old],
    );
    expect(await retention.forgetRevokedTokens(500)).toBe(1);
    const left = await query('SELECT token_id AS id FROM revoked_tokens');
    expect(left.map(({ id }) => id).toSorted()).toEqual([valid, justExpired].toSorted());
  });

  test('go so many at a time', async () => {
    await query(
      `INSERT INTO revoked_tokens (token_id, expires_at) SELECT gen_random_uuid(), now() - interval '1 day'
         FROM generate_series(1, 5) RETURNING token_id AS id`,
    );
    const removed: number[] = [];
    for (let step = 0; step < 3; step += 1) removed.push(await retention.forgetRevokedTokens(2));
    expect(removed).toEqual([2, 2, 1]);
  });
});

describe('places given up', () => {
  test('are kept as long as a token of theirs is valid', async () => {
    const [entry] = await query('SELECT min(id)::text AS id FROM concerts');
    const { records } = shop.workerParts();
    const concertId = entry?.id ?? '';
    for (const user of [1, 2]) await records.giveUp(concertId, shop.user(user), '1000');
    const age = `UPDATE given_up_places SET given_up_at = now() - $2 * interval '1 hour' WHERE user_id = $1 RETURNING user_id`;
    await query(age, [shop.user(1), 24.5]);
    await query(age, [shop.user(2), 25.5]);
    expect(await retention.forgetGivenUpPlaces(500)).toBe(1);
    expect(await records.isUsedUp(concertId, shop.user(1), '1000')).toBe(true);
    expect(await records.isUsedUp(concertId, shop.user(2), '1000')).toBe(false);
  });
});
