import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import type { Table } from './table';

export class Booking extends Model<InferAttributes<Booking>, InferCreationAttributes<Booking>> {
  declare id: string;
  declare userId: string;
  declare concertId: string;
  declare scheduleId: string;
  declare seatNumbers: number[];
  declare totalPrice: string;
  declare status: 'PENDING' | 'PAID' | 'EXPIRED' | 'CANCELLED';
  declare createdAt: Date;
  declare expiresAt: Date;
  declare paidAt: Date | null;
}

export class SeatClaim extends Model<InferAttributes<SeatClaim>, InferCreationAttributes<SeatClaim>> {
  declare scheduleId: string;
  declare seatNumber: number;
  declare bookingId: string;
}

export class Payment extends Model<InferAttributes<Payment>, InferCreationAttributes<Payment>> {
  declare id: string;
  declare bookingId: string;
  declare userId: string;
  declare concertId: string;
  declare scheduleId: string;
  declare concertTitle: string;
  declare amount: string;
  declare status: 'PAID' | 'REFUNDED';
  declare createdAt: Date;
  declare refundedAt: Date | null;
}

export class Ticket extends Model<InferAttributes<Ticket>, InferCreationAttributes<Ticket>> {
  declare id: string;
  declare bookingId: string;
  declare userId: string;
  declare scheduleId: string;
  declare seatNumber: number;
  declare code: string;
  declare status: 'VALID' | 'VOID';
  declare createdAt: Date;
}

export class CommandRecord extends Model<
  InferAttributes<CommandRecord>,
  InferCreationAttributes<CommandRecord>
> {
  declare id: string;
  declare userId: string;
  declare scheduleId: string | null;
  declare kind: 'hold' | 'pay' | 'cancel' | 'charge';
  declare payload: unknown;
  declare idempotencyKey: string | null;
  declare requestHash: string | null;
  declare status: 'queued' | 'completed' | 'rejected' | 'failed';
  declare outcome: unknown;
  declare createdAt: CreationOptional<Date>;
  declare finishedAt: Date | null;
}

const { ARRAY, BIGINT, DATE, INTEGER, JSONB, TEXT, UUID } = DataTypes;
// A new object each: Sequelize writes the column's name into it.
const uuidKey = () => ({ type: UUID, primaryKey: true });

export function initPurchases(table: Table): void {
  const owner = { userId: UUID, scheduleId: BIGINT };
  Booking.init(
    {
      id: uuidKey(),
      ...owner,
      concertId: BIGINT,
      seatNumbers: ARRAY(INTEGER),
      totalPrice: BIGINT,
      status: TEXT,
      createdAt: DATE,
      expiresAt: DATE,
      paidAt: DATE,
    },
    table('bookings'),
  );
  SeatClaim.init(
    {
      scheduleId: { type: BIGINT, primaryKey: true },
      seatNumber: { type: INTEGER, primaryKey: true },
      bookingId: UUID,
    },
    table('seat_claims'),
  );
  Payment.init(
    {
      id: uuidKey(),
      bookingId: UUID,
      ...owner,
      concertId: BIGINT,
      concertTitle: TEXT,
      amount: BIGINT,
      status: TEXT,
      createdAt: DATE,
      refundedAt: DATE,
    },
    table('payments'),
  );
  Ticket.init(
    {
      id: uuidKey(),
      bookingId: UUID,
      ...owner,
      seatNumber: INTEGER,
      code: TEXT,
      status: TEXT,
      createdAt: DATE,
    },
    table('tickets'),
  );
  CommandRecord.init(
    {
      id: uuidKey(),
      ...owner,
      kind: TEXT,
      payload: JSONB,
      idempotencyKey: TEXT,
      requestHash: TEXT,
      status: TEXT,
      outcome: JSONB,
      createdAt: DATE,
      finishedAt: DATE,
    },
    table('commands'),
  );
}
