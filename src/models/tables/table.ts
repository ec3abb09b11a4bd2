import { DataTypes, type InitOptions, type Model, type Sequelize } from 'sequelize';

/** Options of one table's model. Migrations, not these definitions, make the tables. */
export type Table = (tableName: string) => InitOptions & { sequelize: Sequelize };

// Functions, and a new object each time: Sequelize writes the column's name into it.

export const uuidKey = () => ({ type: DataTypes.UUID, primaryKey: true });

/**
 * A BIGINT that is an amount or a count: a number, while Postgres sends text. Ids are BIGINT too and stay text: nobody
 * calculates with them.
 */
export const wholeNumber = (attribute: string) => ({
  type: DataTypes.BIGINT,
  get(this: Model): unknown {
    const value: unknown = this.getDataValue(attribute);
    return typeof value === 'string' ? Number(value) : value;
  },
});
