import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Sequelize } from 'sequelize';
import { createDatabase } from '../../src/lib/database';
import { type AccountStore, createAccountStore } from '../../src/models/account-store';
import { createAuditLog } from '../../src/models/audit-log';
import type { Role } from '../../src/models/roles';
import { createStaffStore, type StaffMember, type StaffStore } from '../../src/models/staff-store';
import { initModels, User } from '../../src/models/tables';
import { createTestDatabase, type TestDatabase } from '../support/database';

let testDatabase: TestDatabase;
let database: Sequelize;
let accounts: AccountStore;
let staff: StaffStore;
let boss: StaffMember;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = createDatabase({ url: testDatabase.url, pool: 8, name: 'test' });
  initModels(database);
  accounts = createAccountStore(database);
  staff = createStaffStore(database);
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});
beforeEach(async () => {
  await User.update({ role: 'user' }, { where: {} });
  boss = await somebody('operator');
});

async function somebody(role: Role): Promise<StaffMember> {
  const made = await accounts.create({ email: `${randomUUID()}@x.test`, name: 'N', passwordHash: 'h' });
  if (made === null) throw new Error('not made');
  await User.update({ role }, { where: { id: made.id } });
  return { ...made, role };
}
const by = ({ id }: { id: string }) => ({ userId: id, requestId: 'r' });
const written = async ({ id }: { id: string }) =>
  (await createAuditLog(database).page({ subject: `user:${id}` }, 10, null))
    .reverse()
    .map(({ who, action, before, after }) => [who?.id ?? null, action, before, after]);

describe('a role', () => {
  test('is given and taken, by e-mail in any case, and written down each time', async () => {
    const fan = await somebody('user');
    const given = await staff.giveRole(fan.email.toUpperCase(), 'door', by(boss));
    expect(given).toEqual({ id: fan.id, email: fan.email, name: 'N', role: 'door' });
    expect(await staff.list()).toEqual([given, boss]);
    expect(await accounts.role(fan.id)).toBe('door');
    await staff.giveRole(fan.email, 'door', by(boss));
    await staff.giveRole(fan.email, 'user', by(boss));
    expect(await staff.list()).toEqual([boss]);
    const { email } = fan;
    expect(await written(fan)).toEqual([
      [boss.id, 'staff.role', { email, role: 'user' }, { email, role: 'door' }],
      [boss.id, 'staff.role', { email, role: 'door' }, { email, role: 'user' }],
    ]);
  });

  test('is given by operators only, as they are at that moment', async () => {
    const [fan, support] = [await somebody('user'), await somebody('support')];
    expect(await staff.giveRole(fan.email, 'operator', by(fan))).toBe('NO_OPERATOR');
    expect(await staff.giveRole(support.email, 'operator', by(support))).toBe('NO_OPERATOR');
    expect(await staff.giveRole(fan.email, 'door', { userId: null, requestId: null })).toBe('NO_OPERATOR');
    expect(await written(fan)).toEqual([]);
  });

  test('is nobody’s whom another issuer sends, whatever e-mail it tells', async () => {
    const subject = randomUUID();
    const foreign = { issuer: 'https://elsewhere.test', subject, email: 'them@elsewhere.test', name: 'F' };
    const id = await accounts.putForeign(foreign);
    expect(await staff.giveRole('them@elsewhere.test', 'operator', by(boss))).toBe('NO_USER');
    await expect(User.update({ role: 'door' }, { where: { id } })).rejects.toThrow('users_sign_in');
    expect(await staff.giveRole('', 'operator', by(boss))).toBe('NO_USER');
  });

  test('is one of four, says the database itself', async () => {
    await expect(database.query(`UPDATE users SET role = 'root'`)).rejects.toThrow('users_role_check');
  });
});

describe('operators', () => {
  test('are never none: the last one stays', async () => {
    expect(await staff.giveRole(boss.email, 'user', by(boss))).toBe('LAST_OPERATOR');
    expect(await staff.giveRole(boss.email, 'support', by(boss))).toBe('LAST_OPERATOR');
    const other = await somebody('operator');
    expect(await staff.giveRole(boss.email, 'user', by(boss))).toMatchObject({ role: 'user' });
    expect(await staff.list()).toEqual([other]);
  });

  test('who dismiss each other at the same moment: one of them stays', async () => {
    for (let round = 0; round < 10; round += 1) {
      const other = await somebody('operator');
      const results = await Promise.all([
        staff.giveRole(other.email, 'user', by(boss)),
        staff.giveRole(boss.email, 'user', by(other)),
      ]);
      expect(results.filter((result) => result === 'NO_OPERATOR')).toHaveLength(1);
      const [left, ...more] = await staff.list();
      if (left === undefined) throw new Error('no operator is left');
      expect(more).toEqual([]);
      boss = left;
    }
  });

  test('who all leave at the same moment: one of them cannot', async () => {
    const all = [boss, await somebody('operator'), await somebody('operator')];
    const results = await Promise.all(all.map(async (each) => staff.giveRole(each.email, 'user', by(each))));
    expect(results.filter((result) => result === 'LAST_OPERATOR')).toHaveLength(1);
    expect(await staff.list()).toHaveLength(1);
  });
});

describe('the operator of the settings', () => {
  const account = () => ({ email: `Set-${randomUUID()}@x.test`, name: 'Operator', passwordHash: 'h' });

  test('is made once by however many processes, and written down once', async () => {
    const operator = account();
    await Promise.all(Array.from({ length: 5 }, async () => accounts.putOperator(operator)));
    const made = await accounts.findByEmail(operator.email);
    const after = { email: operator.email.toLowerCase(), role: 'operator' };
    expect(await written({ id: made?.id ?? '' })).toEqual([[null, 'staff.role', null, after]]);
  });

  test('who was dismissed, or was a fan before, becomes one when a process starts: that is written down, too', async () => {
    const fan = await somebody('user');
    const operator = { ...account(), email: fan.email.toUpperCase() };
    await Promise.all(Array.from({ length: 5 }, async () => accounts.putOperator(operator)));
    const { email } = fan;
    expect(await written(fan)).toEqual([
      [null, 'staff.role', { email, role: 'user' }, { email, role: 'operator' }],
    ]);
    expect((await accounts.findByEmail(email))?.passwordHash).toBe('h');
  });
});
