import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type NonAttribute,
} from 'sequelize';
import type { QueuePolicy } from '../../waiting-room/queue-policy';
import type { HallLayout } from '../hall';
import { type Table, wholeNumber } from './table';

export class Concert extends Model<InferAttributes<Concert>, InferCreationAttributes<Concert>> {
  declare id: CreationOptional<string>;
  declare title: string;
  declare description: string;
  declare seatLimit: number;
  declare timeZone: CreationOptional<string | null>;
  declare maxActive: number;
  declare admitPerInterval: number;
  declare admitIntervalMs: number;
  declare activeTtlSeconds: number;
  declare abandonAfterSeconds: number;
  declare paused: boolean;
  declare opensAt: Date | null;
  declare order: QueuePolicy['order'];
  declare message: string | null;
  declare admitBeyondStock: boolean;
  declare roomEpoch: CreationOptional<number>;
  declare updatedAt: CreationOptional<Date>;
}

export class Schedule extends Model<InferAttributes<Schedule>, InferCreationAttributes<Schedule>> {
  declare id: CreationOptional<string>;
  declare concertId: string;
  declare bookingStartAt: Date;
  declare bookingEndAt: Date;
  declare startAt: Date;
  declare endAt: Date;
  declare offerTtlSeconds: CreationOptional<number>;
  declare singleSeats: CreationOptional<'allow' | 'refuse'>;
  declare layout: CreationOptional<HallLayout | null>;
  declare seatVersion: CreationOptional<number>;
  /** There when it was included. */
  declare readonly concert?: NonAttribute<Concert>;
  /** There when it was asked for, by an expression. */
  declare readonly seatCount: CreationOptional<number>;
}

const { BIGINT, BOOLEAN, DATE, INTEGER, JSONB, TEXT, VIRTUAL } = DataTypes;
const identity = () => ({ type: BIGINT, primaryKey: true, autoIncrement: true });

export function initConcerts(table: Table): void {
  Concert.init(
    {
      id: identity(),
      title: TEXT,
      description: TEXT,
      seatLimit: INTEGER,
      timeZone: TEXT,
      maxActive: INTEGER,
      admitPerInterval: INTEGER,
      admitIntervalMs: INTEGER,
      activeTtlSeconds: INTEGER,
      abandonAfterSeconds: INTEGER,
      paused: BOOLEAN,
      opensAt: DATE,
      // SQL has a word "order" of its own.
      order: { type: TEXT, field: 'admission_order' },
      message: TEXT,
      admitBeyondStock: BOOLEAN,
      roomEpoch: INTEGER,
      updatedAt: DATE,
    },
    table('concerts'),
  );
  Schedule.init(
    {
      id: identity(),
      concertId: BIGINT,
      bookingStartAt: DATE,
      bookingEndAt: DATE,
      startAt: DATE,
      endAt: DATE,
      offerTtlSeconds: INTEGER,
      singleSeats: TEXT,
      layout: JSONB,
      seatVersion: wholeNumber('seatVersion'),
      seatCount: VIRTUAL,
    },
    table('schedules'),
  );
}
