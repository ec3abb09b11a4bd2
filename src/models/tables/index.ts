import type { Sequelize } from 'sequelize';
import { initAccounts } from './accounts';
import { Concert, initConcerts, Schedule } from './concerts';
import { initPurchases } from './purchases';

export { PointHistory, Points, RevokedToken, User } from './accounts';
export { Concert, Schedule } from './concerts';
export { Booking, CommandRecord, Payment, Ticket } from './purchases';

/**
 * Binds the models to one database. They have the columns that somebody reads or writes through them; what runs per
 * command is prepared SQL (group-state.ts, group-changes.ts).
 */
export function initModels(sequelize: Sequelize): void {
  const table = (tableName: string) => ({ sequelize, tableName, underscored: true, timestamps: false });
  initAccounts(table);
  initConcerts(table);
  initPurchases(table);
  Schedule.belongsTo(Concert, { foreignKey: 'concertId', as: 'concert' });
}
