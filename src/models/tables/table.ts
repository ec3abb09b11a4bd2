import type { InitOptions, Sequelize } from 'sequelize';

/** Options of one table's model. Migrations, not these definitions, make the tables. */
export type Table = (tableName: string) => InitOptions & { sequelize: Sequelize };
