import { Redis } from 'ioredis';
import { pino } from 'pino';
import type { Sequelize } from 'sequelize';
import { uuidv7 } from 'uuidv7';
import type { Command, SeatWish } from '../../src/booking/types';
import { CommandTally } from '../../src/desk/command-tally';
import { createCurves, type Curves } from '../../src/desk/curves';
import { createDeskNotes } from '../../src/desk/notes';
import { createDeskBoard, type DeskBoard } from '../../src/desk/state';
import { createDeskStore } from '../../src/models/desk-store';
import { type Bell, createBell } from '../../src/jobs/queues/bell';
import { createQueues, type Queues } from '../../src/jobs/queues/queues';
import { RoomStocks } from '../../src/jobs/clock/room-stocks';
import type { ScheduleJobs } from '../../src/jobs/queues/names';
import { createOutcomeCache } from '../../src/jobs/outcomes/outcome-cache';
import { createReleases } from '../../src/jobs/schedules/releases';
import { createOutcomeChannel } from '../../src/jobs/outcomes/channel';
import { SharedTransactions } from '../../src/jobs/schedules/shared-transaction';
import type { GroupParts } from '../../src/jobs/schedules/run-group';
import type { JobsParts } from '../../src/jobs/start';
import { processScheduleJob, type ScheduleJobParts } from '../../src/jobs/schedules/schedule-jobs';
import { ScheduleWorkers, type ScheduleWorkersParts } from '../../src/jobs/schedules/schedule-workers';
import { createDatabase } from '../../src/lib/database';
import { createMetrics } from '../../src/lib/metrics';
import { createSubscriptions } from '../../src/lib/subscriptions';
import { type CommandStore, createCommandStore, type NewCommand } from '../../src/models/command-store';
import { createConcertStore } from '../../src/models/concert-store';
import { createRoomRecords } from '../../src/models/room-records';
import { createScheduleStore, type NewSchedule, type NewSection } from '../../src/models/schedule-store';
import { createHallMemory } from '../../src/models/hall-memory';
import { createSeatCatalog } from '../../src/models/seat-catalog';
import { createStockStore, type StockStore } from '../../src/models/stock-store';
import { initModels } from '../../src/models/tables';
import { createUpkeepStore, type UpkeepStore } from '../../src/models/upkeep-store';
import { createSeatMap } from '../../src/seat-map/seat-map';
import { createWaitingRoom, type RoomRecords } from '../../src/waiting-room';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { POLICY } from '../support/policy';
import { testRedisUrl } from '../support/redis';
import { hoursFromNow } from '../support/times';
import { tokens } from '../support/tokens';

export const SEATS = 600;

const isBatch = (data: ScheduleJobs[keyof ScheduleJobs]): data is ScheduleJobs['commands'] =>
  'batchId' in data;

export interface HoldOptions {
  userId: string;
  idempotency: NewCommand['idempotency'];
}

/** One date on sale, over a real Postgres and Redis, in this process: for tests of the parts between API and rules. */
export class Shop {
  readonly store: CommandStore;
  readonly queues: Queues;
  readonly bell: Bell;
  readonly metrics = createMetrics('test');
  readonly logger = pino({ level: 'silent' });
  readonly #connections: Redis[] = [];

  private constructor(
    readonly testDatabase: TestDatabase,
    readonly redisUrl: string,
    readonly database: Sequelize,
    readonly redis: Redis,
    readonly scheduleId: string,
    readonly users: string[],
  ) {
    this.store = createCommandStore(database);
    this.bell = createBell(redis);
    this.queues = createQueues(redis, this.bell);
  }

  static async open({ seats = SEATS, seatLimit = 100 } = {}): Promise<Shop> {
    const [testDatabase, redisUrl] = await Promise.all([createTestDatabase(), testRedisUrl()]);
    const database = createDatabase({ url: testDatabase.url, pool: 8, name: 'test' });
    initModels(database);
    const concert = await createConcertStore(database).create({
      title: 'T',
      description: '',
      seatLimit,
      policy: POLICY,
    });
    const scheduleId = await addSchedule(database, concert.id, { sections: [oneRow(seats)] });
    const users = Array.from({ length: 20 }, () => uuidv7());
    await database.query(
      `WITH made AS (INSERT INTO users (id, email, name, password_hash)
         SELECT id, id || '@fans.test', 'Fan', '' FROM unnest($1::uuid[]) id RETURNING id)
       INSERT INTO points (user_id) SELECT id FROM made`,
      { bind: [users] },
    );
    return new Shop(testDatabase, redisUrl, database, new Redis(redisUrl), scheduleId, users);
  }

  /** Another date of the same concert. @returns its id */
  async addSchedule(facts: ScheduleOptions = {}): Promise<string> {
    const [rows] = await this.database.query('SELECT min(id)::text AS id FROM concerts');
    const [concert] = rows;
    if (typeof concert !== 'object' || concert === null || !('id' in concert)) throw new Error('no concert');
    return addSchedule(this.database, String(concert.id), facts);
  }

  connect(options: { maxRetriesPerRequest?: null } = {}): Redis {
    const connection = new Redis(this.redisUrl, options);
    this.#connections.push(connection);
    return connection;
  }

  /** As BullMQ wants it for workers. */
  connectWorker(): Redis {
    return this.connect({ maxRetriesPerRequest: null });
  }

  user(index: number): string {
    return this.users[index % this.users.length] ?? '';
  }

  /** What a web process hands commands in with. */
  gateParts() {
    const { store, queues, redis, metrics, logger } = this;
    return { store, queues, redis, metrics, logger };
  }

  /** What a worker process works with. */
  workerParts(): ScheduleJobParts &
    GroupParts &
    Pick<JobsParts, 'tally' | 'notes' | 'desk'> & { board: DeskBoard; curves: Curves } & {
      queues: Queues;
      records: RoomRecords;
      stock: StockStore;
      stocks: RoomStocks;
      upkeep: UpkeepStore;
    } {
    const { database, redis, queues, store, metrics, logger } = this;
    const schedules = createScheduleStore(database);
    const records = createRoomRecords(database);
    const [stock, seatMap] = [createStockStore(database), createSeatMap(redis, schedules)];
    const catalog = createSeatCatalog(database);
    const group = { database, catalog, holdTtlMs: 300_000, memory: createHallMemory(), logger };
    return {
      ...group,
      redis,
      transactions: new SharedTransactions({ ...group, metrics }),
      queues,
      releases: createReleases(queues),
      outcomeCache: createOutcomeCache(redis),
      outcomeChannel: createOutcomeChannel(redis),
      store,
      metrics,
      tally: new CommandTally(),
      notes: createDeskNotes(redis),
      board: createDeskBoard(redis),
      curves: createCurves(redis),
      desk: createDeskStore(database),
      records,
      seatMap,
      stock,
      upkeep: createUpkeepStore(database),
      stocks: new RoomStocks({ store: stock, seatMap, logger }),
      room: createWaitingRoom({ redis, records, tokens }),
    };
  }

  /**
   * Serves schedules as a worker process does: no clock, no upkeep.
   * @param connections gets those made for it
   * @param more of its parts
   */
  async serve(
    process: ScheduleWorkersParts['process'] = async (scheduleId, job) =>
      processScheduleJob(this.workerParts(), scheduleId, job),
    connections: Redis[] = [],
    { metrics = this.metrics, ...more }: Partial<ScheduleWorkersParts> = {},
  ): Promise<ScheduleWorkers> {
    const { bell, logger } = this;
    const connection = this.connectWorker();
    const [redis, subscriber] = [this.connect(), this.connect()];
    connections.push(redis, connection, subscriber);
    const subscriptions = createSubscriptions(subscriber);
    return ScheduleWorkers.start({
      redis,
      connection,
      subscriptions,
      bell,
      metrics,
      logger,
      process,
      quietMs: 2000,
      ...more,
    });
  }

  /** A command to hold one seat. */
  holdCommand(seatNumber: number, userId = this.user(seatNumber)): Command {
    return { id: uuidv7(), userId, kind: 'hold', seatNumbers: [seatNumber] };
  }

  /** A command to hold whatever is best. */
  bestCommand(count: number, wish: Partial<SeatWish> = {}, userId = this.user(count)): Command {
    const bestAvailable = { count, together: true, ...wish };
    return { id: uuidv7(), userId, kind: 'hold', seatNumbers: [], bestAvailable };
  }

  /** The same, as it is handed in. */
  hold(
    seatNumber: number,
    { userId = this.user(seatNumber), idempotency = null }: Partial<HoldOptions> = {},
  ): NewCommand {
    const command = this.holdCommand(seatNumber, userId);
    return { command, scheduleId: this.scheduleId, idempotency };
  }

  /** A command to pay for what this one holds. */
  payCommand({ id, userId }: Command): Command {
    return { id: uuidv7(), userId, kind: 'pay', bookingId: id };
  }

  /** What stands in the schedule's queue, oldest first. */
  async batches(): Promise<ScheduleJobs['commands'][]> {
    const jobs = await this.queues
      .schedule(this.scheduleId)
      .getJobs(['waiting', 'delayed', 'completed'], 0, -1, true);
    return jobs.map((job) => job.data).filter(isBatch);
  }

  async rows(): Promise<{ id: string; status: string; code: string | null }[]> {
    const [rows] = await this.database.query(
      `SELECT id, status, outcome->>'code' AS code FROM commands ORDER BY id`,
    );
    return rows.flatMap((row) => {
      if (typeof row !== 'object' || row === null) return [];
      const { id, status, code } = { id: '', status: '', code: null, ...row };
      return [{ id, status, code }];
    });
  }

  /** How each command ended, or that it is queued: the code of a refusal, else the status. */
  async statuses(): Promise<string[]> {
    return (await this.rows()).map(({ code, status }) => code ?? status);
  }

  /** Empties queue and commands, for the next test. */
  async clear(): Promise<void> {
    await this.redis.flushdb();
    await this.database.query(
      'TRUNCATE commands, seat_claims, bookings, payments, tickets, waitlist_entries CASCADE',
    );
    await this.database.query('UPDATE schedules SET seat_version = seat_version + 1');
  }

  async close(): Promise<void> {
    await this.queues.close();
    for (const connection of [...this.#connections, this.redis]) connection.disconnect();
    await this.database.close();
    await this.testDatabase.drop();
  }
}

type ScheduleOptions = Partial<Pick<NewSchedule, 'sections' | 'singleSeats'>>;

const oneRow = (seats: number): NewSection => ({ name: 'A', rows: 1, seatsPerRow: seats, price: 100 });

async function addSchedule(
  database: Sequelize,
  concertId: string,
  { sections = [oneRow(SEATS)], singleSeats }: ScheduleOptions,
): Promise<string> {
  const made = await createScheduleStore(database).create({
    concertId,
    bookingStartAt: hoursFromNow(-24),
    bookingEndAt: hoursFromNow(24),
    startAt: hoursFromNow(48),
    endAt: hoursFromNow(72),
    singleSeats,
    sections,
  });
  if (made === null) throw new Error('no schedule was made');
  return made.schedule.id;
}
