import {
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type Sequelize,
} from 'sequelize';
import { initModels } from '../../src/models/tables';

/** The models that services written with row locks have, beside those of the service itself. */

export class Seat extends Model<InferAttributes<Seat>, InferCreationAttributes<Seat>> {
  declare scheduleId: string;
  declare number: number;
  declare price: string;
}

export class SeatClaim extends Model<InferAttributes<SeatClaim>, InferCreationAttributes<SeatClaim>> {
  declare scheduleId: string;
  declare seatNumber: number;
  declare bookingId: string;
}

const { BIGINT, INTEGER, UUID } = DataTypes;
const key = (type: typeof BIGINT | typeof INTEGER) => ({ type, primaryKey: true });

export function initTables(sequelize: Sequelize): void {
  initModels(sequelize);
  const options = { sequelize, underscored: true, timestamps: false };
  Seat.init(
    { scheduleId: key(BIGINT), number: key(INTEGER), price: BIGINT },
    { ...options, tableName: 'seats' },
  );
  SeatClaim.init(
    { scheduleId: key(BIGINT), seatNumber: key(INTEGER), bookingId: UUID },
    { ...options, tableName: 'seat_claims' },
  );
}
