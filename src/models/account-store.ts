import { type CreationAttributes, Op, type Sequelize } from 'sequelize';
import { uuidv7 } from 'uuidv7';
import { violatedConstraint } from '../lib/database-errors';
import type { Role } from './roles';
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

  async function findByEmail(email: string): Promise<User | null> {
    return User.findOne({
      where: sequelize.where(sequelize.fn('lower', sequelize.col('email')), normal(email)),
    });
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
      const user = await findByEmail(email);
      return user === null ? null : { ...accountOf(user), passwordHash: user.passwordHash };
    },
    putOperator: async (account) => {
      if ((await create({ ...account, role: 'operator' })) !== null) return;
      const user = await findByEmail(account.email);
      await user?.update({ passwordHash: account.passwordHash, role: 'operator', updatedAt: new Date() });
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
