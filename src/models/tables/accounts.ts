import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import type { Table } from './table';

export class User extends Model<InferAttributes<User>, InferCreationAttributes<User>> {
  declare id: string;
  declare email: string;
  declare name: string;
  declare passwordHash: string;
  declare role: CreationOptional<'user' | 'operator'>;
  declare createdAt: CreationOptional<Date>;
  declare updatedAt: CreationOptional<Date>;
}

export class RevokedToken extends Model<
  InferAttributes<RevokedToken>,
  InferCreationAttributes<RevokedToken>
> {
  declare tokenId: string;
  declare expiresAt: Date;
  declare revokedAt: CreationOptional<Date>;
}

export class Points extends Model<InferAttributes<Points>, InferCreationAttributes<Points>> {
  declare userId: string;
  declare balance: CreationOptional<string>;
  declare lastEntry: CreationOptional<string | null>;
  declare updatedAt: CreationOptional<Date>;
}

export class PointHistory extends Model<
  InferAttributes<PointHistory>,
  InferCreationAttributes<PointHistory>
> {
  declare userId: string;
  declare entry: string;
  declare amount: string;
  declare balanceBefore: string;
  declare balanceAfter: string;
  declare type: 'CHARGE' | 'USE' | 'REFUND';
  declare bookingId: string | null;
  declare createdAt: CreationOptional<Date>;
}

const { BIGINT, DATE, TEXT, UUID } = DataTypes;
// A new object each: Sequelize writes the column's name into it.
const uuidKey = () => ({ type: UUID, primaryKey: true });

export function initAccounts(table: Table): void {
  User.init(
    {
      id: uuidKey(),
      email: TEXT,
      name: TEXT,
      passwordHash: TEXT,
      role: TEXT,
      createdAt: DATE,
      updatedAt: DATE,
    },
    table('users'),
  );
  RevokedToken.init({ tokenId: uuidKey(), expiresAt: DATE, revokedAt: DATE }, table('revoked_tokens'));
  Points.init({ userId: uuidKey(), balance: BIGINT, lastEntry: BIGINT, updatedAt: DATE }, table('points'));
  PointHistory.init(
    {
      userId: uuidKey(),
      entry: { type: BIGINT, primaryKey: true },
      amount: BIGINT,
      balanceBefore: BIGINT,
      balanceAfter: BIGINT,
      type: TEXT,
      bookingId: UUID,
      createdAt: DATE,
    },
    table('point_histories'),
  );
}
