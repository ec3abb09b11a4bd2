import { randomBytes } from 'node:crypto';
import type { Transaction } from 'sequelize';
import { uuidv7 } from 'uuidv7';
import { Booking, Payment, PointHistory, Points, Ticket } from '../../src/models/tables';
import { bookingView } from './catalogue';
import { type Admitted, refusal } from './guards';
import { factsOf, type RowLockParts } from './row-lock-holds';

/** Pays a hold: locks the booking, then the balance. @throws Refusal */
export async function pay(
  { database, catalogue }: RowLockParts,
  { userId, concertId }: Admitted,
  bookingId: string,
) {
  return database.transaction(async (transaction) => {
    const lock = transaction.LOCK.UPDATE;
    const booking = await Booking.findOne({ where: { id: bookingId, userId, concertId }, lock, transaction });
    const now = new Date();
    if (booking === null) throw refusal('BOOKING_NOT_FOUND');
    refuseUnpayable(booking, now);
    const balance = await debit(booking, now, transaction);
    await booking.update({ status: 'PAID', paidAt: now }, { transaction });
    const { scheduleId, totalPrice: amount } = booking;
    const concertTitle = catalogue.get(scheduleId)?.concertTitle ?? '';
    const payment = await Payment.create(
      {
        id: uuidv7(),
        bookingId,
        userId,
        concertId,
        scheduleId,
        concertTitle,
        amount,
        status: 'PAID',
        createdAt: now,
      },
      { transaction },
    );
    const tickets = await issueTickets(booking, now, transaction);
    return {
      status: 'completed',
      booking: bookingView(factsOf(booking), catalogue),
      payment: payment.get(),
      tickets: tickets.map((ticket) => ticket.get()),
      balance,
    };
  });
}

function refuseUnpayable(booking: Booking, now: Date): void {
  if (booking.status === 'PAID') throw refusal('ALREADY_PAID');
  if (booking.status !== 'PENDING' || booking.expiresAt <= now) throw refusal('HOLD_EXPIRED');
}

/** @returns the balance after it. @throws Refusal INSUFFICIENT_POINTS */
async function debit(booking: Booking, now: Date, transaction: Transaction): Promise<number> {
  const { userId, id: bookingId } = booking;
  const points = await Points.findByPk(userId, { lock: transaction.LOCK.UPDATE, transaction });
  const before = points?.balance ?? 0;
  const amount = booking.totalPrice;
  if (points === null || before < amount) throw refusal('INSUFFICIENT_POINTS');
  const entry = (points.lastEntry ?? 0) + 1;
  const after = before - amount;
  await PointHistory.create(
    {
      userId,
      entry,
      amount: -amount,
      balanceBefore: before,
      balanceAfter: after,
      type: 'USE',
      bookingId,
      createdAt: now,
    },
    { transaction },
  );
  await points.update({ balance: after, lastEntry: entry }, { transaction });
  return after;
}

async function issueTickets(booking: Booking, now: Date, transaction: Transaction): Promise<Ticket[]> {
  const { id: bookingId, userId, scheduleId } = booking;
  return Ticket.bulkCreate(
    booking.seatNumbers.map((seatNumber) => ({
      id: uuidv7(),
      bookingId,
      userId,
      scheduleId,
      seatNumber,
      code: randomBytes(15).toString('base64url'),
      status: 'VALID' as const,
      createdAt: now,
    })),
    { transaction },
  );
}
