import { Op, type Sequelize } from 'sequelize';
import { uuidv7 } from 'uuidv7';
import { violatedConstraint } from '../lib/database-errors';
import { Points, RevokedToken, User } from './tables';

export interface Account {
  id: string;
  email: string;
  name: string;
  role: 'user' | 'operator';
}

export interface NewAccount {
  email: string;
  name: string;
  passwordHash: string;
  role?: Account['role'];
}

export interface AccountStore {
  /** Makes the user with an empty balance. @returns null when the email (in any case) is taken */
  create(account: NewAccount): Promise<Account | null>;
  find(id: string): Promise<Account | null>;
  findByEmail(email: string): Promise<(Account & { passwordHash: string }) | null>;
  /** Makes sure that this operator exists with this password: a changed setting changes the account. */
  putOperator(account: NewAccount): Promise<void>;
  revokeToken(tokenId: string, expiresAt: Date): Promise<void>;
  /** Tokens signed out since then and not yet expired by themselves. */
  revokedSince(since: Date): Promise<{ tokenId: string; expiresAt: Date; revokedAt: Date }[]>;
}

/** Who may sign in, and which tokens were signed out. */
export function createAccountStore(sequelize: Sequelize): AccountStore {
  async function create(account: NewAccount): Promise<Account | null> {
    try {
      return await sequelize.transaction(async (transaction) => {
        const user = await User.create(
          { ...account, id: uuidv7(), email: normal(account.email) },
          { transaction },
        );
        await Points.create({ userId: user.id }, { transaction });
        return accountOf(user);
      });
    } catch (error) {
      if (violatedConstraint(error) === 'users_email_key') return null;
      throw error;
    }
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

const accountOf = ({ id, email, name, role }: User): Account => ({ id, email, name, role });
