import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import type { Role } from '../roles';
import { type Table, uuidKey, wholeNumber } from './table';

export class User extends Model<InferAttributes<User>, InferCreationAttributes<User>> {
  declare id: string;
  /** What its owner signs in with; null for a user of another issuer. */
  declare email: string | null;
  declare name: string;
  declare passwordHash: string | null;
  declare role: CreationOptional<Role>;
  declare issuer: CreationOptional<string | null>;
  declare subject: CreationOptional<string | null>;
  declare issuerEmail: CreationOptional<string | null>;
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
  declare balance: CreationOptional<number>;
  declare lastEntry: CreationOptional<number | null>;
  declare updatedAt: CreationOptional<Date>;
}

export class PointHistory extends Model<
  InferAttributes<PointHistory>,
  InferCreationAttributes<PointHistory>
> {
  declare userId: string;
  declare entry: number;
  declare amount: number;
  declare balanceBefore: number;
  declare balanceAfter: number;
  declare type: 'CHARGE' | 'USE' | 'REFUND';
  declare bookingId: CreationOptional<string | null>;
  declare createdAt: CreationOptional<Date>;
}

const { DATE, TEXT, UUID } = DataTypes;

export function initAccounts(table: Table): void {
  User.init(
    {
      id: uuidKey(),
      email: TEXT,
      name: TEXT,
      passwordHash: TEXT,
      role: TEXT,
      issuer: TEXT,
      subject: TEXT,
      issuerEmail: TEXT,
      updatedAt: DATE,
    },
    table('users'),
  );
  RevokedToken.init({ tokenId: uuidKey(), expiresAt: DATE, revokedAt: DATE }, table('revoked_tokens'));
  Points.init(
    {
      userId: uuidKey(),
      balance: wholeNumber('balance'),
      lastEntry: wholeNumber('lastEntry'),
      updatedAt: DATE,
    },
    table('points'),
  );
  PointHistory.init(
    {
      userId: uuidKey(),
      entry: { ...wholeNumber('entry'), primaryKey: true },
      amount: wholeNumber('amount'),
      balanceBefore: wholeNumber('balanceBefore'),
      balanceAfter: wholeNumber('balanceAfter'),
      type: TEXT,
      bookingId: UUID,
      createdAt: DATE,
    },
    table('point_histories'),
  );
}
