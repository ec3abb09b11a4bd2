import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import type { Table } from './table';

export class Concert extends Model<InferAttributes<Concert>, InferCreationAttributes<Concert>> {
  declare id: CreationOptional<string>;
  declare title: string;
  declare description: string;
  declare seatLimit: number;
  declare maxActive: number;
  declare admitPerInterval: number;
  declare admitIntervalMs: number;
  declare activeTtlSeconds: number;
  declare abandonAfterSeconds: number;
  declare paused: boolean;
  declare roomEpoch: CreationOptional<number>;
  declare createdAt: CreationOptional<Date>;
  declare updatedAt: CreationOptional<Date>;
}

export class Schedule extends Model<InferAttributes<Schedule>, InferCreationAttributes<Schedule>> {
  declare id: CreationOptional<string>;
  declare concertId: string;
  declare bookingStartAt: Date;
  declare bookingEndAt: Date;
  declare startAt: Date;
  declare endAt: Date;
  declare seatVersion: CreationOptional<string>;
  declare createdAt: CreationOptional<Date>;
  declare concert?: Concert;
}

export class Seat extends Model<InferAttributes<Seat>, InferCreationAttributes<Seat>> {
  declare scheduleId: string;
  declare number: number;
  declare section: string;
  declare rowName: string;
  declare price: string;
  declare attributes: Record<string, string | null>;
}

const { BIGINT, BOOLEAN, DATE, HSTORE, INTEGER, TEXT } = DataTypes;
const identity = () => ({ type: BIGINT, primaryKey: true, autoIncrement: true });

export function initConcerts(table: Table): void {
  Concert.init(
    {
      id: identity(),
      title: TEXT,
      description: TEXT,
      seatLimit: INTEGER,
      maxActive: INTEGER,
      admitPerInterval: INTEGER,
      admitIntervalMs: INTEGER,
      activeTtlSeconds: INTEGER,
      abandonAfterSeconds: INTEGER,
      paused: BOOLEAN,
      roomEpoch: INTEGER,
      createdAt: DATE,
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
      seatVersion: BIGINT,
      createdAt: DATE,
    },
    table('schedules'),
  );
  Seat.init(
    {
      scheduleId: { type: BIGINT, primaryKey: true },
      number: { type: INTEGER, primaryKey: true },
      section: TEXT,
      rowName: TEXT,
      price: BIGINT,
      attributes: HSTORE,
    },
    table('seats'),
  );
}
