import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { Redis } from 'ioredis';
import jwt from 'jsonwebtoken';
import type { QueuePolicy } from '../../src/waiting-room/queue-policy';
import {
  type Booking,
  createWaitingRoom,
  roomKeys,
  type QueueState,
  type RoomRules,
  type RoomStock,
  type WaitingRoom,
} from '../../src/waiting-room';
import { memberOf } from '../../src/waiting-room/members';
import { POLICY } from '../support/policy';
import { type PrivateRedis, startPrivateRedis, testRedisUrl } from '../support/redis';
import { SECRET, tokens } from '../support/tokens';
import { RoomDatabase } from './records';

/** By then everybody is back who stood in a room with the policy of the tests when it was lost: it admits again. */
export const BACK_WITHIN_MS = 9_001;

const TICKED_EVERY_MS = 2000;
const LONGER_AGO = `
  local ms, seen, active, places, admissions, meta, marks =
    tonumber(ARGV[1]), KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]
  for _, member in ipairs(redis.call('ZRANGE', active, 0, -1)) do redis.call('ZINCRBY', active, -ms, member) end
  for _, total in ipairs(redis.call('ZRANGE', admissions, 0, -1)) do
    redis.call('ZINCRBY', admissions, -ms * 1000, total)
  end
  if ARGV[2] == 'silent' then
    for _, member in ipairs(redis.call('HKEYS', seen)) do redis.call('HINCRBY', seen, member, -ms) end
    redis.call('HINCRBY', meta, 'heardMs', -ms)
  end
  local function earlier(moment)
    local isMoment = tonumber(moment) > 1e12
    return isMoment and string.format('%.0f', tonumber(moment) - ms) or moment
  end
  for _, member in ipairs(redis.call('HKEYS', places)) do
    local sequence, chooses = string.match(redis.call('HGET', places, member), '^(%d+) (%d+)$')
    redis.call('HSET', places, member, sequence .. ' ' .. earlier(chooses))
  end
  for _, member in ipairs(redis.call('HKEYS', marks)) do
    local mark = string.gsub(redis.call('HGET', marks, member), '%d+', earlier)
    redis.call('HSET', marks, member, mark)
  end
  local room = cmsgpack.unpack(redis.call('HGET', meta, 'state'))
  for _, field in ipairs({ 'heldUntilMs', 'restoringUntilMs', 'joinersAfterMs', 'backAtMs', 'tickedAtMs' }) do
    room[field] = room[field] - ms
  end
  room.lostAtUs = room.lostAtUs - ms * 1000
  redis.call('HSET', meta, 'state', cmsgpack.pack(room))`;

/** The same token, as if it had been issued so much earlier. */
export function aged(token: string, seconds: number): string {
  const claims = jwt.verify(token, SECRET);
  if (typeof claims === 'string') throw new Error('a token without claims');
  return jwt.sign({ ...claims, iat: Number(claims.iat) - seconds }, SECRET);
}

/** One concert's room, as seen by any number of processes (a connection each). */
export class TestRoom {
  readonly redis: Redis;
  readonly #connections: Redis[] = [];
  readonly room: WaitingRoom;
  /** A date can be booked, until a test says otherwise. */
  booking: Booking = { isOpen: true, opensAtMs: null };
  draw: RoomRules['draw'] = null;
  /** Not counted, until a test says otherwise. */
  stock: RoomStock | undefined;
  presale: RoomRules['presale'] = 'NONE';

  private constructor(
    readonly url: string,
    readonly database: RoomDatabase,
    readonly concertId: string,
    public policy: QueuePolicy,
  ) {
    this.redis = this.#connect();
    this.room = this.#process(this.redis);
  }

  static async open(
    url: string,
    database: RoomDatabase,
    changed: Partial<QueuePolicy> = {},
  ): Promise<TestRoom> {
    const policy = { ...POLICY, ...changed };
    return new TestRoom(url, database, await database.concert(policy), policy);
  }

  /** A second process with a connection of its own. */
  process(): WaitingRoom {
    return this.#process(this.#connect());
  }

  /** So many processes, to be taken in turn. */
  processes(count: number): (turn: number) => WaitingRoom {
    const all = Array.from({ length: count }, () => this.process());
    return (turn) => all[turn % count] ?? this.room;
  }

  close(): void {
    for (const connection of this.#connections) connection.disconnect();
  }

  async join(userId: string, queueToken?: string): Promise<QueueState> {
    const joined = await this.room.join(this.concertId, userId, queueToken);
    if (!joined) throw new Error('no such concert');
    return joined.state;
  }

  /** New fans, one after the other. */
  async joinMany(count: number): Promise<{ userId: string; token: string }[]> {
    const fans: { userId: string; token: string }[] = [];
    for (let i = 0; i < count; i += 1) {
      const userId = randomUUID();
      fans.push({ userId, token: (await this.join(userId)).queueToken });
    }
    return fans;
  }

  look(userId: string, queueToken?: string): Promise<QueueState | null> {
    return this.room.look(this.concertId, userId, queueToken);
  }

  get rules(): RoomRules {
    return { policy: this.policy, booking: this.booking, draw: this.draw, presale: this.presale };
  }

  tick() {
    return this.room.tick(this.concertId, this.rules, this.stock);
  }

  stats() {
    return this.room.stats(this.concertId);
  }

  /** Who is waiting, front first. */
  async waiting(): Promise<string[]> {
    return this.redis.zrange(this.#key(0), '0', '-1');
  }

  /** When each who is or was just admitted came in (by the end of the admission), in ms. */
  async admittedAtMs(): Promise<number[]> {
    const flat = await this.redis.zrange(this.#key(2), '0', '-1', 'WITHSCORES');
    return flat.filter((_, i) => i % 2 === 1).map((end) => Number(end) - this.policy.activeTtlSeconds * 1000);
  }

  /** Makes a waiter's last sign of life too old. */
  async silence(userId: string): Promise<void> {
    await this.redis.hset(this.#key(1), memberOf(userId), '1');
  }

  absentFromMs(userId: string): Promise<string | null> {
    return this.redis.hget(this.#key(1), memberOf(userId));
  }

  /** Redis loses everything it has, of every room. */
  async lose(): Promise<void> {
    await this.redis.flushall();
  }

  async epoch(): Promise<number> {
    return this.database.epochOf(this.concertId);
  }

  /** A live hold of this user. @returns when it ends */
  async hold(userId: string, ms?: number): Promise<Date> {
    return this.database.hold(this.concertId, userId, ms);
  }

  /** Another Redis process seems to have opened the room: what a restart looks like. */
  async pretendRestart(): Promise<void> {
    await this.redis.hset(this.#key(5), 'runId', 'f'.repeat(40));
  }

  /** Moves the clock of arrivals so far ahead, as if the last place had been given then. */
  async lastSequencePlus(us: number): Promise<string> {
    const ahead = Number(await this.redis.hget(this.#key(5), 'lastSequence')) + us;
    await this.redis.hset(this.#key(5), 'lastSequence', String(ahead));
    return String(ahead);
  }

  /** Moves time: everything the room remembers was so much longer ago. Signs of life too, if `silent`. */
  async elapse(ms: number, fans: 'alive' | 'silent' = 'alive'): Promise<void> {
    await this.redis.eval(LONGER_AGO, 7, ...roomKeys(this.concertId), String(ms), fans);
  }

  /** The same with a tick now and then, as always while a worker lives. */
  async elapseTicking(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= TICKED_EVERY_MS) {
      await this.elapse(Math.min(left, TICKED_EVERY_MS));
      if (left > TICKED_EVERY_MS) await this.tick();
    }
  }

  #key(index: number): string {
    return roomKeys(this.concertId)[index] ?? '';
  }

  #process(redis: Redis): WaitingRoom {
    return createWaitingRoom({ redis, records: this.database.records, tokens });
  }

  #connect(): Redis {
    const connection = new Redis(this.url);
    connection.on('error', () => undefined); // tests kill Redis on purpose
    this.#connections.push(connection);
    return connection;
  }
}

/** The rooms of one test file: on the Redis of the whole run, or on one of its own that it may empty and kill. */
export function testRooms({ ownRedis = false } = {}) {
  let server: PrivateRedis | null = null;
  let url = '';
  let database: RoomDatabase;
  let opened: TestRoom[] = [];
  beforeAll(async () => {
    database = await RoomDatabase.open();
    if (ownRedis) server = await startPrivateRedis();
    url = server?.url ?? (await testRedisUrl());
  });
  afterEach(() => {
    for (const room of opened) room.close();
    opened = [];
  });
  afterAll(async () => Promise.all([server?.stop(), database.drop()]));
  return {
    get database(): RoomDatabase {
      return database;
    },
    /** A room on that Redis, or on another one. It is closed after the test. */
    open: async (policy: Partial<QueuePolicy> = {}, at = url): Promise<TestRoom> => {
      const room = await TestRoom.open(at, database, policy);
      opened.push(room);
      return room;
    },
  };
}
