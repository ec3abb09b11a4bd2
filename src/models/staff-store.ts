import { Op, type Sequelize, type Transaction } from 'sequelize';
import { inTransaction } from '../lib/database';
import { type DoneBy, writeAudit } from './audit-log';
import type { Role } from './roles';
import { User } from './tables';

/** Somebody with an account of this service: users of another issuer are never staff. */
export interface StaffMember {
  id: string;
  email: string;
  name: string;
  role: Role;
}

/** Why somebody was not given a role. */
export type RoleRefusal = 'NO_OPERATOR' | 'LAST_OPERATOR' | 'NO_USER';

export interface StaffStore {
  /** Who has which role, by role and e-mail. */
  list(): Promise<StaffMember[]>;
  /** NO_OPERATOR: whoever asks is none any more. LAST_OPERATOR: nobody would be left who can undo it. */
  giveRole(email: string, role: Role, by: DoneBy): Promise<StaffMember | RoleRefusal>;
}

/** Who works here. */
export function createStaffStore(sequelize: Sequelize): StaffStore {
  async function giveRole(
    { email, role, by }: { email: string; role: Role; by: DoneBy },
    transaction: Transaction,
  ): Promise<StaffMember | RoleRefusal> {
    const lock = transaction.LOCK.NO_KEY_UPDATE;
    // All of them, in one order: two who dismiss each other at the same moment come one after the other, and the second is
    // none any more. The role held by each process may be some seconds old.
    const operators = await User.findAll({ where: { role: 'operator' }, order: ['id'], lock, transaction });
    if (!operators.some(({ id }) => id === by.userId)) return 'NO_OPERATOR';
    const where = sequelize.where(sequelize.fn('lower', sequelize.col('email')), email.trim().toLowerCase());
    const user = await User.findOne({ where, lock, transaction });
    if (user === null) return 'NO_USER';
    const isLast = operators.length === 1 && operators[0]?.id === user.id;
    if (isLast && role !== 'operator') return 'LAST_OPERATOR';
    const before = user.role;
    if (before !== role) {
      await user.update({ role, updatedAt: new Date() }, { transaction });
      await auditRole(sequelize, { user, before, by }, transaction);
    }
    return memberOf(user);
  }

  return {
    list: async () => {
      const staff = await User.findAll({
        where: { role: { [Op.ne]: 'user' } },
        order: ['role', 'email'],
      });
      return staff.map(memberOf);
    },
    giveRole: async (email, role, by) =>
      inTransaction(sequelize, async (transaction) => giveRole({ email, role, by }, transaction)),
  };
}

/** @param before null: there was no such account */
export async function auditRole(
  sequelize: Sequelize,
  { user: { id, email, role }, before, by }: { user: User; before: Role | null; by: DoneBy },
  transaction: Transaction,
): Promise<void> {
  await writeAudit(
    sequelize,
    {
      ...by,
      action: 'staff.role',
      subject: `user:${id}`,
      before: before === null ? null : { email, role: before },
      after: { email, role },
    },
    transaction,
  );
}

const memberOf = ({ id, email, name, role }: User): StaffMember => ({ id, email: email ?? '', name, role });
