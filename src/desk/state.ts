import { z } from 'zod';
import type { RedisClient } from '../lib/redis';
import { PHASES, QueuePolicySchema } from '../waiting-room';
import { NOW_KEY } from './keys';
import { WorkerFacts } from './notes';

const seats = { total: z.int(), available: z.int(), held: z.int(), sold: z.int(), blocked: z.int() };
const money = { revenue: z.number(), refunded: z.number() };

export const DeskDateView = z
  .object({
    id: z.string(),
    startAt: z.iso.datetime(),
    bookingStartAt: z.iso.datetime(),
    bookingEndAt: z.iso.datetime(),
    stopped: z.boolean().meta({ description: 'By an operator: nobody can book for now' }),
    ...seats,
    ...money,
  })
  .meta({ id: 'DeskDate' });

export const DeskRoomView = z
  .object({
    concertId: z.string(),
    title: z.string(),
    phase: z.enum(PHASES).nullable().meta({ description: 'null: nobody has come to the room yet' }),
    opensAt: z.iso.datetime().nullable().meta({ description: 'When the room opens, or opened, by itself' }),
    policy: QueuePolicySchema,
    policyVersion: z.string(),
    waiting: z.int(),
    active: z.int(),
    admittedTotal: z.int(),
    abandonedTotal: z.int(),
    expiredTotal: z.int(),
    admittedPerSecond: z.number(),
    oldestWaitSeconds: z.number(),
    commandsPerSecond: z
      .number()
      .meta({ description: 'Commands that workers decided, over the last seconds' }),
    refusedPerSecond: z.number().meta({ description: 'Of these, those that a rule refused or that failed' }),
    backlogSeconds: z
      .number()
      .meta({ description: 'How long the oldest batch of its dates has been waiting' }),
    seats: z
      .object(seats)
      .nullable()
      .meta({ description: 'Of the dates listed; null: none, or not counted yet' }),
    ...money,
    dates: z.array(DeskDateView),
  })
  .meta({ id: 'DeskRoom' });

export const CommandCountView = z
  .object({
    decider: z
      .enum(['queue', 'door'])
      .meta({ description: 'door: refused by a web process, before any queue' }),
    kind: z.string(),
    outcome: z.string().meta({ description: '`completed`, `failed`, or the code of the refusal' }),
    count: z.int(),
  })
  .meta({ id: 'CommandCount' });

export const DeskQueueView = z
  .object({
    scheduleId: z.string(),
    waiting: z.int(),
    oldestSeconds: z.number(),
    state: z.enum(['BUSY', 'OLD', 'STUCK']).meta({
      description: 'OLD: its first batch waits for longer than usual. STUCK: nobody takes it',
    }),
    isPaused: z.boolean(),
  })
  .meta({ id: 'DeskQueue' });

export const DeskWorkerView = z
  .object({ id: z.string(), ...WorkerFacts.shape, seenAt: z.iso.datetime(), isSilent: z.boolean() })
  .meta({ id: 'DeskWorker' });

/** All that the desk shows, as one of the workers has sampled it. */
export const DeskStateView = z
  .object({
    at: z.iso.datetime().meta({ description: 'When it was sampled' }),
    everySeconds: z.number(),
    rooms: z.array(DeskRoomView),
    commands: z.object({
      perSecond: z.number(),
      lastMinute: z.array(CommandCountView),
    }),
    queues: z.array(DeskQueueView).meta({ description: 'Those with batches waiting, the oldest first' }),
    workers: z.array(DeskWorkerView),
    lacking: z.record(z.string(), z.iso.datetime()).meta({
      description: 'What could not be read, such as `database`, and since when; its numbers are old',
    }),
  })
  .meta({ id: 'DeskState' });

export type DeskState = z.infer<typeof DeskStateView>;
export type DeskRoom = z.infer<typeof DeskRoomView>;
export type DeskDateState = z.infer<typeof DeskDateView>;
export type DeskQueue = z.infer<typeof DeskQueueView>;

// Nobody needs numbers of an hour ago as those of now; the desk itself keeps what it was told last.
const KEPT_MS = 120_000;

/** Where the sampling leaves the state, and whoever shows it finds it. */
export interface DeskBoard {
  put(state: DeskState): Promise<void>;
  /** As it was put; null: nobody has, of late. */
  read(): Promise<string | null>;
}

export function createDeskBoard(redis: RedisClient): DeskBoard {
  return {
    put: async (state) => {
      await redis.set(NOW_KEY, JSON.stringify(state), 'PX', KEPT_MS);
    },
    read: async () => redis.get(NOW_KEY),
  };
}

/** Read every few seconds in each web process: by what it cannot do without, not field by field. */
const isDeskState = (value: unknown): value is DeskState =>
  typeof value === 'object' &&
  value !== null &&
  'at' in value &&
  'rooms' in value &&
  Array.isArray(value.rooms);

/** @returns null for what another build has put there in another shape */
export function readDeskState(text: string): DeskState | null {
  const value: unknown = JSON.parse(text);
  return isDeskState(value) ? value : null;
}
