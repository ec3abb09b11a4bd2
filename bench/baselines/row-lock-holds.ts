import { Op, type Sequelize, type Transaction } from 'sequelize';
import { uuidv7 } from 'uuidv7';
import { Booking, Points } from '../../src/models/tables';
import { bookingView, type Catalogue, type ScheduleFacts } from './catalogue';
import { type Admitted, refusal } from './guards';
import { Seat, SeatClaim } from './row-lock-tables';

export interface RowLockParts {
  database: Sequelize;
  catalogue: Catalogue;
  holdTtlMs: number;
}

/** Holds seats: locks their rows, looks who has them, writes. @throws Refusal */
export async function hold(
  { database, catalogue, holdTtlMs }: RowLockParts,
  { userId, concertId }: Admitted,
  scheduleId: string,
  seatNumbers: number[],
) {
  const schedule = catalogue.get(scheduleId);
  if (schedule?.concertId !== concertId) throw refusal('QUEUE_TOKEN_INVALID');
  const now = new Date();
  if (now < schedule.bookingStartAt || now > schedule.bookingEndAt) throw refusal('BOOKING_WINDOW_CLOSED');
  const booking = await database.transaction(async (transaction) => {
    const seats = await lockSeats(scheduleId, seatNumbers, transaction);
    await freeOrRefuse(scheduleId, seatNumbers, now, transaction);
    await checkLimit({ userId, scheduleId, schedule, wanted: seatNumbers.length, now }, transaction);
    const created = await Booking.create(
      {
        id: uuidv7(),
        userId,
        concertId,
        scheduleId,
        seatNumbers,
        totalPrice: seats.reduce((sum, seat) => sum + Number(seat.price), 0),
        status: 'PENDING',
        createdAt: now,
        expiresAt: new Date(now.getTime() + holdTtlMs),
        paidAt: null,
      },
      { transaction },
    );
    const claims = seatNumbers.map((seatNumber) => ({ scheduleId, seatNumber, bookingId: created.id }));
    await SeatClaim.bulkCreate(claims, { transaction });
    return created;
  });
  return { status: 'completed', booking: bookingView(factsOf(booking), catalogue) };
}

async function lockSeats(
  scheduleId: string,
  seatNumbers: number[],
  transaction: Transaction,
): Promise<Seat[]> {
  const seats = await Seat.findAll({
    where: { scheduleId, number: seatNumbers },
    order: ['number'],
    lock: transaction.LOCK.UPDATE,
    transaction,
  });
  if (seats.length < seatNumbers.length) throw refusal('SEAT_NOT_FOUND');
  return seats;
}

async function freeOrRefuse(
  scheduleId: string,
  seatNumbers: number[],
  now: Date,
  transaction: Transaction,
): Promise<void> {
  const claims = await SeatClaim.findAll({ where: { scheduleId, seatNumber: seatNumbers }, transaction });
  if (claims.length === 0) return;
  const id = claims.map((claim) => claim.bookingId);
  const bookings = await Booking.findAll({ where: { id }, transaction });
  if (bookings.some(({ status, expiresAt }) => status === 'PAID' || expiresAt > now))
    throw refusal('SEAT_TAKEN');
  await SeatClaim.destroy({ where: { bookingId: id }, transaction });
  await Booking.update({ status: 'EXPIRED' }, { where: { id }, transaction });
}

interface Wish {
  userId: string;
  scheduleId: string;
  schedule: ScheduleFacts;
  wanted: number;
  now: Date;
}

async function checkLimit(
  { userId, scheduleId, schedule, wanted, now }: Wish,
  transaction: Transaction,
): Promise<void> {
  // The user's row is the lock that keeps two requests of one user from both passing.
  await Points.findByPk(userId, { lock: transaction.LOCK.UPDATE, transaction });
  const live = await Booking.findAll({
    where: {
      concertId: schedule.concertId,
      userId,
      scheduleId,
      [Op.or]: [{ status: 'PAID' }, { status: 'PENDING', expiresAt: { [Op.gt]: now } }],
    },
    transaction,
  });
  const seats = live.reduce((sum, booking) => sum + booking.seatNumbers.length, 0);
  if (seats + wanted > schedule.seatLimit) throw refusal('SEAT_LIMIT');
}

export const factsOf = (booking: Booking) => booking.get();
