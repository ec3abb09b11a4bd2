// Lives in the worker process.
import type { Curves } from '../../desk/curves';
import type { DeskNotes, Taken } from '../../desk/notes';
import { type Rates, ratesOf } from '../../desk/rates';
import type { DeskBoard, DeskQueue, DeskRoom, DeskState } from '../../desk/state';
import type { Logger } from '../../lib/logger';
import type { RedisClient } from '../../lib/redis';
import { TIMES } from '../../lib/times';
import type { DeskConcert, DeskDate, DeskStore } from '../../models/desk-store';
import type { StockStore } from '../../models/stock-store';
import type { SeatMap } from '../../seat-map/seat-map';
import { policyVersion, type RoomStats, type WaitingRoom } from '../../waiting-room';
import type { Bell } from '../queues/bell';
import { lookIntoQueue } from '../queues/queue-look';
import { AllDateFigures, type DateFigures } from './date-figures';
import { paced } from './paced';

export interface SamplingParts {
  redis: RedisClient;
  bell: Pick<Bell, 'rungLately'>;
  room: Pick<WaitingRoom, 'openRooms' | 'stats'>;
  seatMap: Pick<SeatMap, 'counts'>;
  desk: Pick<DeskStore, 'concerts' | 'datesOf' | 'money'>;
  stock: Pick<StockStore, 'countSeats'>;
  notes: DeskNotes;
  board: Pick<DeskBoard, 'put'>;
  curves: Pick<Curves, 'add'>;
  logger: Logger;
}

// What one page can show, and one sample can cost.
const MOST_ROOMS = 100;
const MOST_DATES = 500;
const MOST_QUEUES = 200;
// Also without a ring: of a queue that an operator has paused nobody rings any more.
const MOST_QUIET_QUEUES = 50;
const OLD_SECONDS = 2;
const STUCK_SECONDS = 10;
const SEATS = { total: 0, available: 0, held: 0, sold: 0, blocked: 0 };

interface Listed {
  concerts: DeskConcert[];
  dates: DeskDate[];
}

/**
 * Notes how the sale stands, for all desks at once: what they cost does not depend on how many look. Any worker may do it, and twice; what
 * one process remembers only saves it from reading again. One that is killed leaves a gap in the curves.
 */
export class Sampling {
  readonly #parts: SamplingParts;
  readonly #figures: AllDateFigures;
  readonly #mayList = paced();
  #listed: Listed = { concerts: [], dates: [] };
  #figuresOf = new Map<string, DateFigures | null>();
  #databaseLackingSince: string | null = null;

  constructor(parts: SamplingParts) {
    this.#parts = parts;
    this.#figures = new AllDateFigures({ ...parts, store: parts.desk });
  }

  async run(): Promise<void> {
    const { board, curves, notes, room } = this.#parts;
    const openRooms = await room.openRooms();
    await this.#readTruth(openRooms);
    const taken = await notes.take();
    const rates = ratesOf(taken.recent);
    const queues = await this.#queues(taken.nowMs);
    const rooms = await Promise.all(
      this.#listed.concerts.map(async (concert) =>
        this.#roomOf(concert, await room.stats(concert.id), rates, queues),
      ),
    );
    await board.put(this.#stateOf(taken, rates, queues, rooms));
    await Promise.all(rooms.map(async (each) => curves.add(each.concertId, sampleOf(each))));
  }

  /** Without Postgres the rooms and queues are sampled all the same, and the desk is told what is old. */
  async #readTruth(openRooms: readonly string[]): Promise<void> {
    const { desk, logger } = this.#parts;
    try {
      const wasRead = await this.#mayList(async () => {
        const concerts = await desk.concerts(openRooms, MOST_ROOMS);
        const dates = await desk.datesOf(
          concerts.map(({ id }) => id),
          MOST_DATES,
        );
        this.#listed = { concerts, dates };
      });
      this.#figuresOf = await this.#figures.of(this.#listed.dates);
      if (wasRead) this.#databaseLackingSince = null;
    } catch (error) {
      logger.warn({ err: error }, 'the desk is told old numbers: Postgres was not read');
      this.#databaseLackingSince ??= new Date().toISOString();
    }
  }

  async #queues(nowMs: number): Promise<DeskQueue[]> {
    const { bell, redis } = this.#parts;
    const listed = this.#listed.dates.slice(0, MOST_QUIET_QUEUES).map(({ id }) => id);
    const scheduleIds = new Set([...(await bell.rungLately(MOST_QUEUES)), ...listed]);
    const looks = [...scheduleIds].map(async (scheduleId): Promise<DeskQueue> => {
      const { waiting, oldestAtMs, isPaused } = await lookIntoQueue(redis, scheduleId);
      const oldestSeconds =
        oldestAtMs === null ? 0 : Math.max(0, Math.round((nowMs - oldestAtMs) / 100) / 10);
      const state =
        isPaused || oldestSeconds >= STUCK_SECONDS ? 'STUCK' : oldestSeconds >= OLD_SECONDS ? 'OLD' : 'BUSY';
      return { scheduleId, waiting, oldestSeconds, state, isPaused };
    });
    const queues = (await Promise.all(looks)).filter(({ waiting }) => waiting > 0);
    return queues.sort((a, b) => b.oldestSeconds - a.oldestSeconds);
  }

  #roomOf(
    { id, title, policy, opensAt }: DeskConcert,
    stats: RoomStats,
    rates: Rates,
    queues: readonly DeskQueue[],
  ): DeskRoom {
    const own = this.#listed.dates.filter(({ concertId }) => concertId === id);
    const ids = new Set(own.map((date) => date.id));
    const dates = own.flatMap((date) => {
      const figures = this.#figuresOf.get(date.id) ?? null;
      return figures === null ? [] : [{ ...momentsOf(date), ...figures }];
    });
    const { perSecond = 0, refusedPerSecond = 0 } = rates.ofConcert.get(id) ?? {};
    const sum = (part: 'revenue' | 'refunded' | keyof typeof SEATS) =>
      dates.reduce((total, date) => total + date[part], 0);
    const seats = {
      total: sum('total'),
      available: sum('available'),
      held: sum('held'),
      sold: sum('sold'),
      blocked: sum('blocked'),
    };
    return {
      concertId: id,
      title,
      opensAt: opensAt?.toISOString() ?? null,
      policy,
      policyVersion: policyVersion(policy),
      ...stats,
      commandsPerSecond: perSecond,
      refusedPerSecond,
      backlogSeconds: Math.max(
        0,
        ...queues.filter(({ scheduleId }) => ids.has(scheduleId)).map((queue) => queue.oldestSeconds),
      ),
      seats: dates.length === 0 || dates.length < own.length ? null : seats,
      revenue: sum('revenue'),
      refunded: sum('refunded'),
      dates,
    };
  }

  #stateOf(taken: Taken, rates: Rates, queues: DeskQueue[], rooms: DeskRoom[]): DeskState {
    const { perSecond, lastMinute } = rates;
    return {
      at: new Date(taken.nowMs).toISOString(),
      everySeconds: TIMES.samplingEveryMs / 1000,
      rooms,
      commands: { perSecond, lastMinute },
      queues,
      workers: taken.workers
        .map(({ seenAtMs, ...worker }) => ({
          ...worker,
          seenAt: new Date(seenAtMs).toISOString(),
          isSilent: taken.nowMs - seenAtMs > TIMES.deskSilentMs,
        }))
        .sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1)),
      lacking: this.#databaseLackingSince === null ? {} : { database: this.#databaseLackingSince },
    };
  }
}

const momentsOf = ({ id, startAt, bookingStartAt, bookingEndAt, stopped }: DeskDate) => ({
  id,
  stopped,
  startAt: startAt.toISOString(),
  bookingStartAt: bookingStartAt.toISOString(),
  bookingEndAt: bookingEndAt.toISOString(),
});

const sampleOf = ({ seats, ...room }: DeskRoom) => ({
  ...room,
  available: seats?.available ?? null,
  held: seats?.held ?? null,
  sold: seats?.sold ?? null,
});
