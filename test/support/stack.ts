import { Redis } from 'ioredis';
import { Pool, type QueryResultRow } from 'pg';
import { createAccessTokens } from '../../src/api/accounts/access-tokens';
import { createDatabase } from '../../src/lib/database';
import { audit } from '../../src/models/audit';
import { uuidv7 } from 'uuidv7';
import { ConcertMade, ScheduleMade, SignedIn } from './contract';
import { createTestDatabase, type TestDatabase } from './database';
import { Fan } from './fan';
import { send } from './http';
import { freePort } from './ports';
import { type PrivateRedis, startPrivateRedis } from './redis';
import { type Role, ServiceProcess } from './service-process';
import { TIMES } from '../../src/lib/times';
import { hoursFromNow } from './times';
import { untilIs } from './until';

export interface StackOptions {
  webs?: number;
  workers?: number;
  /** Settings of every process, over those of the tests. */
  env?: Record<string, string>;
  redis?: { appendOnly?: boolean };
  /** What the processes use in place of the database's own address: a proxy in front of it. */
  throughProxy?: (databaseUrl: string) => Promise<string>;
}

/** One section of so many seats, and any other part of the call that makes a date. */
interface DateOptions extends Record<string, unknown> {
  seats?: number;
  price?: number;
  rows?: number;
}

export interface House {
  concertId: string;
  scheduleId: string;
}

export const OPERATOR = { email: 'operator@frontrow.test', password: 'operator of the tests' };
export const SECRETS = {
  JWT_SECRET: 'the access token secret of the tests, not of anybody else',
  QUEUE_TOKEN_SECRET: 'the queue token secret of the tests, which is another one',
};
const READY_WITHIN_MS = 30_000;
const TOKENS = createAccessTokens(SECRETS.JWT_SECRET, 3600);

/** Web and worker processes on a database and a Redis of their own. */
export class Stack {
  readonly webs: ServiceProcess[] = [];
  readonly workers: ServiceProcess[] = [];
  readonly origins: string[] = [];
  /** Straight to the database, past any proxy. */
  readonly pool: Pool;
  #operatorToken = '';
  #started = 0;

  private constructor(
    readonly database: TestDatabase,
    readonly redis: PrivateRedis,
    readonly env: Record<string, string>,
  ) {
    this.pool = new Pool({ connectionString: database.url, max: 4 });
    this.pool.on('error', () => undefined); // dropping the database ends idle connections
  }

  static async start(options: StackOptions = {}): Promise<Stack> {
    const { webs = 2, workers = 2, env = {}, throughProxy } = options;
    const [database, redis] = await Promise.all([createTestDatabase(), startPrivateRedis(options.redis)]);
    const stack = new Stack(database, redis, {
      DATABASE_URL: throughProxy === undefined ? database.url : await throughProxy(database.url),
      REDIS_URL: redis.url,
      OPERATOR_EMAIL: OPERATOR.email,
      OPERATOR_PASSWORD: OPERATOR.password,
      RATE_LIMIT_PER_MINUTE: '0',
      ...SECRETS,
      ...env,
    });
    try {
      const all = [
        ...Array.from({ length: webs }, async () => stack.addWeb()),
        ...Array.from({ length: workers }, async () => stack.addWorker()),
      ];
      await Promise.all(all);
    } catch (error) {
      await stack.abandon();
      throw error;
    }
    return stack;
  }

  /** The origin of the first (or that) web process. */
  origin(index = 0): string {
    return this.origins[index] ?? '';
  }

  async addWeb(): Promise<ServiceProcess> {
    const port = await freePort();
    const web = this.#add('web', { PORT: String(port) });
    this.webs.push(web);
    this.origins.push(`http://127.0.0.1:${port}`);
    await web.says('web is ready');
    const isReady = async (): Promise<number> =>
      (await send(`http://127.0.0.1:${port}`, 'GET', '/readyz')).status;
    await untilIs('ready', isReady, 200, { withinMs: READY_WITHIN_MS });
    return web;
  }

  async addWorker(): Promise<ServiceProcess> {
    const worker = this.#add('worker', {});
    this.workers.push(worker);
    await worker.says('worker is ready');
    return worker;
  }

  async query<Row extends QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.pool.query<Row>(sql, values)).rows;
  }

  /** Does this on the Redis itself, past the processes. */
  async onRedis<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(this.redis.url);
    try {
      return await work(redis);
    } finally {
      redis.disconnect();
    }
  }

  async operatorToken(): Promise<string> {
    if (this.#operatorToken === '') {
      const answer = await send(this.origin(), 'POST', '/api/auth/login', { body: OPERATOR });
      this.#operatorToken = answer.as(SignedIn, 200).accessToken;
    }
    return this.#operatorToken;
  }

  /** A concert with one date on sale, its seats numbered from 1. */
  async house({ seats = 50, price = 1000, seatLimit = 4, queue = {} } = {}): Promise<House> {
    const concertId = await this.concert({ seatLimit, queue });
    return { concertId, scheduleId: await this.date(concertId, { seats, price }) };
  }

  /** A waiting room that lets fans in. @returns its concert */
  async room(queue: object = {}): Promise<string> {
    return (await this.house({ queue })).concertId;
  }

  /** One without a date, where nobody is let in yet. */
  async concert(body: object = {}): Promise<string> {
    const token = await this.operatorToken();
    const made = await send(this.origin(), 'POST', '/api/admin/concerts', {
      token,
      body: { title: 'A test', description: '', ...body },
    });
    return made.as(ConcertMade, 201).concert.id;
  }

  async date(
    concertId: string,
    { seats = 50, price = 1000, rows = Math.ceil(seats / 1000), ...more }: DateOptions = {},
  ): Promise<string> {
    const answer = await send(this.origin(), 'POST', `/api/admin/concerts/${concertId}/schedules`, {
      token: await this.operatorToken(),
      body: {
        bookingStartAt: hoursFromNow(-1),
        bookingEndAt: hoursFromNow(48),
        startAt: hoursFromNow(72),
        endAt: hoursFromNow(75),
        sections: [{ name: 'A', rows, seatsPerRow: Math.ceil(seats / rows), price }],
        ...more,
      },
    });
    return answer.as(ScheduleMade, 201).schedule.id;
  }

  /** Signed-up fans with so many points. Written directly: hashing hundreds of passwords is not what is tested. */
  async fans(count: number, points = 100_000): Promise<Fan[]> {
    const ids = Array.from({ length: count }, () => uuidv7());
    await this.query(
      `WITH made AS (
         INSERT INTO users (id, email, name, password_hash)
         SELECT id, id || '@fans.test', 'Fan', 'nobody signs in with this' FROM unnest($1::uuid[]) id RETURNING id)
       INSERT INTO points (user_id) SELECT id FROM made`,
      [ids],
    );
    if (points > 0) {
      await this.query(
        `INSERT INTO point_histories (user_id, entry, amount, balance_before, balance_after, type)
         SELECT id, 1, $2, 0, $2, 'CHARGE' FROM unnest($1::uuid[]) id`,
        [ids, points],
      );
      await this.query('UPDATE points SET balance = $2, last_entry = 1 WHERE user_id = ANY($1::uuid[])', [
        ids,
        points,
      ]);
    }
    return ids.map((id, index) => new Fan(id, TOKENS.issue(id, 'user'), this.origins, index));
  }

  async fan(points?: number): Promise<Fan> {
    const [fan] = await this.fans(1, points);
    if (fan === undefined) throw new Error('no fan was made');
    return fan;
  }

  /** A fan who is in already. */
  async admitted(concertId: string, points?: number): Promise<Fan> {
    const fan = await this.fan(points);
    await fan.enter(concertId);
    return fan;
  }

  /** Waits until every recorded command has ended, then lists every invariant that the database shows broken. */
  async violations(withinMs = 20_000): Promise<object[]> {
    const queued = async (): Promise<number> =>
      (await this.query(`SELECT id FROM commands WHERE status = 'queued'`)).length;
    await untilIs('every command ended', queued, 0, { withinMs, everyMs: 100 });
    const database = createDatabase({ url: this.database.url, pool: 1, name: 'audit' });
    try {
      return await audit(database, { graceMs: TIMES.auditGraceMs });
    } finally {
      await database.close();
    }
  }

  /** Stops every process in good order. @throws Error with the log of each that did not end well, or logged errors */
  async stop({ expectErrors = false } = {}): Promise<void> {
    const all = [...this.webs, ...this.workers];
    const faults: string[] = [];
    for (const group of [this.webs, this.workers]) {
      await Promise.all(
        group.map(async (each) => {
          const wasRunning = each.isRunning;
          const { code, signal, ms } = await each.stop();
          if (wasRunning && (code !== 0 || ms > 10_000))
            faults.push(`${each.name} ended with ${code ?? signal} after ${ms} ms\n${each.log}`);
        }),
      );
    }
    if (!expectErrors) {
      for (const each of all)
        if (each.errors.length > 0)
          faults.push(`${each.name} logged errors\n${each.errors.slice(0, 5).join('\n')}`);
    }
    await this.abandon();
    if (faults.length > 0) throw new Error(faults.join('\n\n'));
  }

  /** Ends everything, however it stands. */
  async abandon(): Promise<void> {
    await Promise.all([...this.webs, ...this.workers].map(async (each) => each.isRunning && each.kill()));
    await this.pool.end();
    await this.redis.stop();
    await this.database.drop();
  }

  #add(role: Role, env: Record<string, string>): ServiceProcess {
    this.#started += 1;
    return new ServiceProcess(`${role} ${this.#started}`, role, { ...this.env, ...env });
  }
}
