import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import type { BookingStatus } from '../../booking/types';
import { type Table, uuidKey, wholeNumber } from './table';

export class Booking extends Model<InferAttributes<Booking>, InferCreationAttributes<Booking>> {
  declare id: string;
  declare userId: string;
  declare concertId: string;
  declare scheduleId: string;
  declare seatNumbers: number[];
  declare totalPrice: number;
  declare status: BookingStatus;
  /** There when it was asked for, by an expression. */
  declare readonly statusNow: CreationOptional<BookingStatus>;
  declare createdAt: Date;
  declare expiresAt: Date;
  declare paidAt: Date | null;
  declare entryId: string | null;
}

export class Payment extends Model<InferAttributes<Payment>, InferCreationAttributes<Payment>> {
  declare id: string;
  declare bookingId: string;
  declare userId: string;
  declare concertId: string;
  declare scheduleId: string;
  declare concertTitle: string;
  declare amount: number;
  declare status: 'PAID' | 'REFUNDED';
  declare createdAt: Date;
}

export class Ticket extends Model<InferAttributes<Ticket>, InferCreationAttributes<Ticket>> {
  declare id: string;
  declare bookingId: string;
  declare userId: string;
  declare scheduleId: string;
  declare seatNumber: number;
  declare code: string;
  declare status: 'VALID' | 'USED' | 'VOID';
  declare usedAt: CreationOptional<Date | null>;
  declare createdAt: Date;
}

export class CommandRecord extends Model<
  InferAttributes<CommandRecord>,
  InferCreationAttributes<CommandRecord>
> {
  declare id: string;
  declare userId: string;
  declare kind: 'hold' | 'pay' | 'cancel' | 'charge' | 'enlist' | 'withdraw';
  declare payload: unknown;
  declare idempotencyKey: string | null;
  declare requestHash: string | null;
  declare status: 'queued' | 'completed' | 'rejected' | 'failed';
  declare outcome: unknown;
  declare finishedAt: Date | null;
}

const { ARRAY, BIGINT, DATE, INTEGER, JSONB, TEXT, UUID, VIRTUAL } = DataTypes;

export function initPurchases(table: Table): void {
  const owner = { userId: UUID, scheduleId: BIGINT };
  Booking.init(
    {
      id: uuidKey(),
      ...owner,
      concertId: BIGINT,
      seatNumbers: ARRAY(INTEGER),
      totalPrice: wholeNumber('totalPrice'),
      status: TEXT,
      statusNow: VIRTUAL,
      createdAt: DATE,
      expiresAt: DATE,
      paidAt: DATE,
      entryId: UUID,
    },
    table('bookings'),
  );
  Payment.init(
    {
      id: uuidKey(),
      bookingId: UUID,
      ...owner,
      concertId: BIGINT,
      concertTitle: TEXT,
      amount: wholeNumber('amount'),
      status: TEXT,
      createdAt: DATE,
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
      usedAt: DATE,
      createdAt: DATE,
    },
    table('tickets'),
  );
  CommandRecord.init(
    {
      id: uuidKey(),
      userId: UUID,
      kind: TEXT,
      payload: JSONB,
      idempotencyKey: TEXT,
      requestHash: TEXT,
      status: TEXT,
      outcome: JSONB,
      finishedAt: DATE,
    },
    table('commands'),
  );
}
