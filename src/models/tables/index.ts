import type { Sequelize } from 'sequelize';
import { initAccounts, PointHistory, Points, User } from './accounts';
import { Concert, initConcerts, Schedule, Seat } from './concerts';
import { Booking, initPurchases, Payment, SeatClaim, Ticket } from './purchases';

export { PointHistory, Points, RevokedToken, User } from './accounts';
export { Concert, Schedule, Seat } from './concerts';
export { Booking, CommandRecord, Payment, SeatClaim, Ticket } from './purchases';

/**
 * Binds the models to one database. They serve the reads and the plain writes; what runs per command is prepared SQL
 * (group-state.ts, group-changes.ts). BIGINT arrives as a string: right for ids; money becomes a number where it is
 * presented.
 */
export function initModels(sequelize: Sequelize): void {
  const table = (tableName: string) => ({ sequelize, tableName, underscored: true, timestamps: false });
  initAccounts(table);
  initConcerts(table);
  initPurchases(table);
  associate();
}

function associate(): void {
  Points.belongsTo(User, { foreignKey: 'userId' });
  Points.hasMany(PointHistory, { foreignKey: 'userId' });
  Concert.hasMany(Schedule, { foreignKey: 'concertId', as: 'schedules' });
  Schedule.belongsTo(Concert, { foreignKey: 'concertId', as: 'concert' });
  Schedule.hasMany(Seat, { foreignKey: 'scheduleId', as: 'seats' });
  Booking.belongsTo(User, { foreignKey: 'userId' });
  Booking.belongsTo(Schedule, { foreignKey: 'scheduleId' });
  Booking.hasMany(SeatClaim, { foreignKey: 'bookingId' });
  Booking.hasOne(Payment, { foreignKey: 'bookingId' });
  Booking.hasMany(Ticket, { foreignKey: 'bookingId' });
}
