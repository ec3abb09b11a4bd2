import { type CreationAttributes, Op, type Sequelize, type Transaction } from 'sequelize';
import { uuidv7 } from 'uuidv7';
import { inTransaction } from '../lib/database';
import { violatedConstraint } from '../lib/database-errors';
import { BY_THE_SERVICE } from './audit-log';
import type { Role } from './roles';
import { auditRole } from './staff-store';
import { Points, RevokedToken, User } from './tables';

export interface Account {
  id: string;
  /** Empty for a user of another issuer that has not said it. */
  email: string;
  name: string;
  role: Role;
}

export interface NewAccount {
  email: string;
  name: string;
  passwordHash: string;
  role?: Account['role'];
}

/** A user as another issuer's token tells of one; null: it does not say. */
export interface ForeignUser {
  issuer: string;
  subject: string;
  /** One that the issuer has verified. */
  email: string | null;
  name: string | null;
}

export interface AccountStore {
  /** Makes the user with an empty balance. @returns null when the email (in any case) is taken */
  create(account: NewAccount): Promise<Account | null>;
  find(id: string): Promise<Account | null>;
  /** null: there is no such user. */
  role(id: string): Promise<Role | null>;
  /** Whoever signs in here: users of another issuer are never found by an email. */
  findByEmail(email: string): Promise<(Account & { passwordHash: string | null }) | null>;
  /** The user's id. Made at first sight, with an empty balance; once, however many processes see it first. */
  putForeign(user: ForeignUser): Promise<string>;
  /** Makes sure that this operator exists with this password: a changed setting changes the account. */
  putOperator(account: NewAccount): Promise<void>;
  revokeToken(tokenId: string, expiresAt: Date): Promise<void>;
  /** Tokens signed out since then and not yet expired by themselves. */
  revokedSince(since: Date): Promise<{ tokenId: string; expiresAt: Date; revokedAt: Date }[]>;
}

/** Who may sign in, and which tokens were signed out. */
export function createAccountStore(sequelize: Sequelize): AccountStore {
  /** With an empty balance. @returns null when this constraint says that there is one already */
  async function insert(user: Omit<CreationAttributes<User>, 'id'>, unless: string): Promise<User | null> {
    try {
      return await sequelize.transaction(async (transaction) => {
        const made = await User.create({ ...user, id: uuidv7() }, { transaction });
        await Points.create({ userId: made.id }, { transaction });
        if (user.role !== undefined)
          await auditRole(sequelize, { user: made, before: null, by: BY_THE_SERVICE }, transaction);
        return made;
      });
    } catch (error) {
      if (violatedConstraint(error) === unless) return null;
      throw error;
    }
  }

  async function create(account: NewAccount): Promise<Account | null> {
    const user = await insert({ ...account, email: normal(account.email) }, 'users_email_key');
    return user === null ? null : accountOf(user);
  }

  async function putForeign({ issuer, subject, email, name }: ForeignUser): Promise<string> {
    const find = async () => User.findOne({ where: { issuer, subject } });
    const told = { ...(email === null ? {} : { issuerEmail: email }), ...(name === null ? {} : { name }) };
    const empty = { email: null, passwordHash: null, name: '' };
    const user =
      (await find()) ??
      (await insert({ ...empty, ...told, issuer, subject }, 'users_subject_key')) ??
      (await find());
    if (user === null) throw new Error('a user of another issuer is neither there nor can be made');
    user.set(told);
    if (user.changed() !== false) await user.set({ updatedAt: new Date() }).save();
    return user.id;
  }

  const hasEmail = (email: string) =>
    sequelize.where(sequelize.fn('lower', sequelize.col('email')), normal(email));

  /** Every web process says so when it starts: only the first has anything to change. */
  async function changeToOperator(
    { email, passwordHash }: NewAccount,
    transaction: Transaction,
  ): Promise<void> {
    const lock = transaction.LOCK.NO_KEY_UPDATE;
    const user = await User.findOne({ where: hasEmail(email), lock, transaction });
    if (user === null) return;
    const before = user.role;
    await user.update({ passwordHash, role: 'operator', updatedAt: new Date() }, { transaction });
    if (before !== user.role) await auditRole(sequelize, { user, before, by: BY_THE_SERVICE }, transaction);
  }

  return {
    create,
    find: async (id) => {
      const user = await User.findByPk(id);
      return user === null ? null : accountOf(user);
    },
    role: async (id) => (await User.findByPk(id, { attributes: ['role'] }))?.role ?? null,
    putForeign,
    findByEmail: async (email) => {
      const user = await User.findOne({ where: hasEmail(email) });
      return user === null ? null : { ...accountOf(user), passwordHash: user.passwordHash };
    },
    putOperator: async (account) => {
      if ((await create({ ...account, role: 'operator' })) !== null) return;
      await inTransaction(sequelize, async (transaction) => changeToOperator(account, transaction));
    },
    revokeToken: async (tokenId, expiresAt) => {
      await RevokedToken.upsert({ tokenId, expiresAt });
    },
    revokedSince: async (since) =>
      RevokedToken.findAll({ where: { revokedAt: { [Op.gte]: since }, expiresAt: { [Op.gt]: new Date() } } }),
  };
}

/** Addresses are compared without regard to case: nobody shall miss an account by a capital letter. */
const normal = (email: string): string => email.trim().toLowerCase();

const accountOf = ({ id, email, issuerEmail, name, role }: User): Account => ({
  id,
  email: email ?? issuerEmail ?? '',
  name,
  role,
});
