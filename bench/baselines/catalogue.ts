import type { Pool } from 'pg';

export interface SeatFacts {
  section: string;
  row: string;
  price: number;
}

export interface ScheduleFacts {
  concertId: string;
  concertTitle: string;
  seatLimit: number;
  bookingStartAt: Date;
  bookingEndAt: Date;
  seats: SeatFacts[];
}

export type Catalogue = ReadonlyMap<string, ScheduleFacts>;

/** What never changes about the schedules, read once at start: no baseline asks for it per request. */
export async function loadCatalogue(client: Pool): Promise<Catalogue> {
  const schedules = await client.query<{ id: string } & Omit<ScheduleFacts, 'seats'>>(
    `SELECT s.id, c.id AS "concertId", c.title AS "concertTitle", c.seat_limit AS "seatLimit",
            s.booking_start_at AS "bookingStartAt", s.booking_end_at AS "bookingEndAt"
       FROM schedules s JOIN concerts c ON c.id = s.concert_id`,
  );
  const catalogue = new Map<string, ScheduleFacts>(
    schedules.rows.map(({ id, ...facts }) => [id, { ...facts, seats: [] }]),
  );
  const seats = await client.query<SeatFacts & { scheduleId: string }>(
    `SELECT schedule_id AS "scheduleId", section, row_name AS row, price::float8
       FROM seats ORDER BY schedule_id, number`,
  );
  for (const { scheduleId, ...seat } of seats.rows) catalogue.get(scheduleId)?.seats.push(seat);
  return catalogue;
}

export interface BookingRow {
  id: string;
  scheduleId: string;
  seatNumbers: number[];
  totalPrice: number;
  status: string;
  createdAt: Date;
  expiresAt: Date;
  paidAt: Date | null;
}

/** A booking as clients see it: the same fields as the service's. */
export function bookingView(booking: BookingRow, catalogue: Catalogue) {
  const { id, scheduleId, seatNumbers, totalPrice, status, createdAt, expiresAt, paidAt } = booking;
  const schedule = catalogue.get(scheduleId);
  return {
    id,
    concertId: schedule?.concertId,
    scheduleId,
    status,
    seats: seatNumbers.map((number) => ({
      id: `${scheduleId}-${number}`,
      number,
      ...schedule?.seats[number - 1],
    })),
    totalPrice,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    paidAt: paidAt === null ? null : paidAt.toISOString(),
  };
}
