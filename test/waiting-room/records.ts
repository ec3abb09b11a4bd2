import { QueryTypes, type Sequelize } from 'sequelize';
import { uuidv7 } from 'uuidv7';
import type { QueuePolicy } from '../../src/waiting-room/queue-policy';
import { createDatabase } from '../../src/lib/database';
import { createRoomRecords } from '../../src/models/room-records';
import { announceDraw } from '../../src/models/draw-store';
import { Concert, initModels } from '../../src/models/tables';
import type { RoomRecords } from '../../src/waiting-room';
import { createTestDatabase } from '../support/database';

const MINUTES = (count: number): string => `now() + interval '${count} minutes'`;

/** A database for the rooms of one test file. */
export class RoomDatabase {
  /** How often Postgres was asked, by method. */
  readonly asked: Partial<Record<keyof RoomRecords, number>> = {};
  readonly records: RoomRecords;

  private constructor(
    readonly sequelize: Sequelize,
    readonly drop: () => Promise<void>,
  ) {
    this.records = this.#counting(createRoomRecords(sequelize));
  }

  static async open(): Promise<RoomDatabase> {
    const database = await createTestDatabase();
    const sequelize = createDatabase({ url: database.url, pool: 5, name: 'test rooms' });
    initModels(sequelize);
    return new RoomDatabase(sequelize, async () => {
      await sequelize.close();
      await database.drop();
    });
  }

  /** A concert with a date on sale. @returns its id */
  async concert(policy: QueuePolicy): Promise<string> {
    const [row] = await this.#rows<{ id: string }>(
      `INSERT INTO concerts (title, description, seat_limit, max_active, admit_per_interval, admit_interval_ms,
                             active_ttl_seconds, abandon_after_seconds, paused, opens_at, message)
       VALUES ('A test', '', 4, $1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
      [
        policy.maxActive,
        policy.admitPerInterval,
        policy.admitIntervalMs,
        policy.activeTtlSeconds,
        policy.abandonAfterSeconds,
        policy.paused,
        policy.opensAt,
        policy.message,
      ],
    );
    const concertId = row?.id ?? '';
    await this.date(concertId, -10, 60);
    return concertId;
  }

  /** A date whose booking starts and ends so many minutes from now. */
  async date(concertId: string, startsInMinutes: number, endsInMinutes: number): Promise<void> {
    await this.#rows(
      `INSERT INTO schedules (concert_id, booking_start_at, booking_end_at, start_at, end_at)
       VALUES ($1, ${MINUTES(startsInMinutes)}, ${MINUTES(endsInMinutes)}, ${MINUTES(600)}, ${MINUTES(700)}) RETURNING id`,
      [concertId],
    );
  }

  /** A presale that starts and ends so many minutes from now. */
  async presale(
    concertId: string,
    name: string,
    startsInMinutes: number,
    endsInMinutes: number,
  ): Promise<void> {
    await this.#rows(
      `INSERT INTO presales (concert_id, name, starts_at, ends_at, code_key, codes)
       VALUES ($1, $2, ${MINUTES(startsInMinutes)}, ${MINUTES(endsInMinutes)}, decode(repeat('00', 32), 'hex'), 1) RETURNING id`,
      [concertId, name],
    );
  }

  async opensAt(concertId: string, opensAt: string | null): Promise<void> {
    await this.#rows('UPDATE concerts SET opens_at = $2 WHERE id = $1 RETURNING id', [concertId, opensAt]);
  }

  /** Announces a draw at that moment. */
  async announceDraw(concertId: string, opensAt: string | null = null): Promise<void> {
    await this.sequelize.transaction(async (transaction) =>
      announceDraw(this.sequelize, concertId, transaction),
    );
    await this.#rows(
      `UPDATE concerts SET admission_order = 'draw', opens_at = $2 WHERE id = $1 RETURNING id`,
      [concertId, opensAt],
    );
  }

  /** As if the order had been made so much earlier. */
  async drawnBefore(concertId: string, seconds: number): Promise<void> {
    await this.#rows(
      `UPDATE draws SET drawn_at = drawn_at - $2 * interval '1 second' WHERE concert_id = $1 RETURNING concert_id`,
      [concertId, seconds],
    );
  }

  async rows<Row extends object>(sql: string, bind: unknown[]): Promise<Row[]> {
    return this.#rows<Row>(sql, bind);
  }

  async policy(concertId: string, part: { admitPerInterval: number } | { paused: boolean }): Promise<void> {
    await Concert.update(part, { where: { id: concertId } });
  }

  async noDates(concertId: string): Promise<void> {
    await this.#rows('DELETE FROM schedules WHERE concert_id = $1 RETURNING id', [concertId]);
  }

  async epochOf(concertId: string): Promise<number> {
    return (await this.records.load(concertId))?.epoch ?? 0;
  }

  async watermarkOf(concertId: string): Promise<number> {
    return (await this.records.load(concertId))?.watermark ?? 0;
  }

  /** A live hold of this user. @returns when it ends */
  async hold(concertId: string, userId: string, ms = 300_000): Promise<Date> {
    return (await this.#booking(concertId, userId, 'PENDING', ms)).expiresAt;
  }

  /** Live holds of so many fans whom nobody has seen yet. */
  async holders(concertId: string, count: number): Promise<void> {
    await this.#rows(
      `WITH made AS (
         INSERT INTO users (id, email, name, password_hash)
         SELECT id, id, 'Fan', '' FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, $2)) AS fans RETURNING id)
       INSERT INTO bookings (id, user_id, concert_id, schedule_id, seat_numbers, total_price, status, created_at, expires_at)
       SELECT gen_random_uuid(), made.id, concert_id, schedules.id, '{1}', 0, 'PENDING', now(), ${MINUTES(5)}
         FROM made, schedules WHERE concert_id = $1 RETURNING id`,
      [concertId, count],
    );
  }

  async cancelHolds(concertId: string, userId: string): Promise<void> {
    await this.#rows(
      `UPDATE bookings SET status = 'CANCELLED' WHERE concert_id = $1 AND user_id = $2 RETURNING id`,
      [concertId, userId],
    );
  }

  async pay(concertId: string, userId: string): Promise<void> {
    const { id } = await this.#booking(concertId, userId, 'PAID', 300_000);
    await this.#rows(
      `INSERT INTO payments (id, booking_id, user_id, concert_id, schedule_id, concert_title, amount, status, created_at)
       SELECT $1, id, user_id, concert_id, schedule_id, 'A test', 0, 'PAID', clock_timestamp() FROM bookings WHERE id = $2
       RETURNING id`,
      [uuidv7(), id],
    );
  }

  /** A hold that was handed in and waits for its worker. */
  async queuedHold(concertId: string, userId: string): Promise<string> {
    const id = uuidv7();
    await this.#rows(
      `INSERT INTO commands (id, user_id, schedule_id, kind, payload, status)
       SELECT $1, $2, id, 'hold', '{"seatNumbers": [1]}', 'queued' FROM schedules WHERE concert_id = $3 LIMIT 1 RETURNING id`,
      [id, userId, concertId],
    );
    return id;
  }

  async rejectQueued(commandId: string): Promise<void> {
    await this.#rows(
      `UPDATE commands SET status = 'rejected', finished_at = now() WHERE id = $1 RETURNING id`,
      [commandId],
    );
  }

  async #booking(concertId: string, userId: string, status: string, ms: number) {
    await this.#rows(
      `INSERT INTO users (id, email, name, password_hash) VALUES ($1, $2, 'Fan', '') ON CONFLICT DO NOTHING RETURNING id`,
      [userId, userId],
    );
    const [booking] = await this.#rows<{ id: string; expiresAt: Date }>(
      `INSERT INTO bookings (id, user_id, concert_id, schedule_id, seat_numbers, total_price, status, created_at,
                             expires_at, paid_at)
       SELECT $1, $2, concert_id, id, '{1}', 0, $4, clock_timestamp(),
              clock_timestamp() + $5 * interval '1 millisecond', CASE $4 WHEN 'PAID' THEN clock_timestamp() END
         FROM schedules WHERE concert_id = $3 LIMIT 1 RETURNING id, expires_at AS "expiresAt"`,
      [uuidv7(), userId, concertId, status, ms],
    );
    if (booking === undefined) throw new Error('The concert has no date');
    return booking;
  }

  async #rows<Row extends object>(sql: string, bind: unknown[]): Promise<Row[]> {
    return this.sequelize.query<Row>(sql, { bind, type: QueryTypes.SELECT });
  }

  #counting(records: RoomRecords): RoomRecords {
    const count = (method: keyof RoomRecords): void => {
      this.asked[method] = (this.asked[method] ?? 0) + 1;
    };
    return {
      ...records,
      load: async (id) => {
        count('load');
        return records.load(id);
      },
      neededUntil: async (id, userIds) => {
        count('neededUntil');
        return records.neededUntil(id, userIds);
      },
    };
  }
}
