import { Router } from '@koa/router';
import Koa from 'koa';
import { koaBody } from 'koa-body';
import { Pool } from 'pg';
import { Sequelize, UniqueConstraintError } from 'sequelize';
import { z } from 'zod';
import { parseSeatId } from '../../src/booking/seat-id';
import { loadCatalogue } from './catalogue';
import { NEVER_WHOLE_TABLES } from './direct-sql';
import { createGuards, Refusal, refusal } from './guards';
import { hold, type RowLockParts } from './row-lock-holds';
import { pay } from './row-lock-pays';
import { initTables } from './row-lock-tables';

// 10, 20 and 40 came out the same; Sequelize's default of 5 was slower.
const CONNECTIONS = 20;
const HoldBody = z.object({ seatNumbers: z.array(z.int().min(1)).min(1).max(100) });

/** `row-lock`: Koa, Sequelize, and per request a transaction with SELECT … FOR UPDATE, as such services are written. */
async function main(): Promise<void> {
  const { env } = process;
  const databaseUrl = env['DATABASE_URL'] ?? '';
  const pool = new Pool({ connectionString: databaseUrl, max: 1 });
  const catalogue = await loadCatalogue(pool);
  await pool.end();
  const database = new Sequelize(databaseUrl, {
    logging: false,
    dialectOptions: { options: NEVER_WHOLE_TABLES },
    // A thousand requests wait for the connections: they are to be answered, however late.
    pool: { max: CONNECTIONS, acquire: 60_000 },
  });
  initTables(database);
  const parts: RowLockParts = { database, catalogue, holdTtlMs: Number(env['HOLD_TTL_SECONDS']) * 1000 };
  const app = new Koa();
  app.use(problems);
  app.use(routerOf(parts, env).routes());
  process.on('SIGTERM', () => process.exit(0));
  app.listen({ host: '127.0.0.1', port: Number(env['PORT']), backlog: 4096 });
}

const problems: Koa.Middleware = async (ctx, next) => {
  try {
    await next();
  } catch (error) {
    const { status, code } = reasonOf(error);
    if (status === 500) process.stderr.write(`${String(error)}\n`);
    ctx.status = status;
    ctx.body = { status, code };
  }
};

function reasonOf(error: unknown): { status: number; code: string } {
  if (error instanceof Refusal) return error;
  // Two passed the look at the same moment: the primary key let one of them through.
  if (error instanceof UniqueConstraintError) return refusal('SEAT_TAKEN');
  return { status: 500, code: 'INTERNAL' };
}

function routerOf(parts: RowLockParts, env: NodeJS.ProcessEnv): Router {
  const guards = createGuards(env);
  const router = new Router();
  const admitted = async (ctx: Koa.Context) =>
    guards.admitted(ctx.get('authorization'), ctx.get('x-queue-token'));
  router.get('/readyz', (ctx) => {
    ctx.body = { status: 'ready' };
  });
  router.post('/api/concerts/seats/:id/book', async (ctx) => {
    const seat = parseSeatId(ctx.params['id'] ?? '');
    if (seat === null) throw refusal('SEAT_NOT_FOUND');
    ctx.body = await hold(parts, await admitted(ctx), seat.scheduleId, [seat.number]);
  });
  router.post('/api/concerts/schedules/:id/bookings', koaBody(), async (ctx) => {
    const { seatNumbers } = HoldBody.parse(ctx.request.body);
    ctx.body = await hold(parts, await admitted(ctx), ctx.params['id'] ?? '', seatNumbers);
  });
  router.post('/api/concerts/bookings/:id/pay', async (ctx) => {
    const caller = await admitted(ctx);
    ctx.body = await pay(parts, caller, ctx.params['id'] ?? '');
    await guards.leave(caller.userId, caller.concertId);
  });
  return router;
}

void main();
