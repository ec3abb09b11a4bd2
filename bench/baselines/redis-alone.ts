import fastify, { type FastifyRequest } from 'fastify';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import { parseSeatId } from '../../src/booking/seat-id';
import { bookingView, type Catalogue, loadCatalogue } from './catalogue';
import { type Admitted, createGuards, Refusal, refusal } from './guards';
import { holdInRedis } from './redis-alone-seats';

const HoldBody = z.object({ seatNumbers: z.array(z.int().min(1)).min(1).max(100) });
const Params = z.object({ id: z.string() });

interface AloneParts {
  redis: Redis;
  catalogue: Catalogue;
  holdTtlMs: number;
}

/**
 * `redis-alone`: Fastify, and a script in Redis that decides a hold and is answered at once; another process copies what
 * was decided to Postgres. What a crash of Redis takes, nobody decides again.
 */
async function main(): Promise<void> {
  const { env } = process;
  const pool = new Pool({ connectionString: env['DATABASE_URL'], max: 1 });
  const catalogue = await loadCatalogue(pool);
  await pool.end();
  const redis = new Redis(env['REDIS_URL'] ?? '', { enableAutoPipelining: true });
  redis.on('error', () => undefined); // It comes back, and commands wait for it.
  const parts: AloneParts = { redis, catalogue, holdTtlMs: Number(env['HOLD_TTL_SECONDS']) * 1000 };
  const guards = createGuards(env);
  const app = fastify({ logger: false });
  const idOf = (request: FastifyRequest): string => Params.parse(request.params).id;
  const admitted = async ({ headers }: FastifyRequest) =>
    guards.admitted(headers.authorization, headers['x-queue-token']);

  app.setErrorHandler((error, _request, reply) => {
    const { status, code } = error instanceof Refusal ? error : { status: 500, code: 'INTERNAL' };
    if (status === 500) process.stderr.write(`${String(error)}\n`);
    return reply.code(status).send({ status, code });
  });
  app.get('/readyz', async () => ({ status: 'ready' }));
  app.post('/api/concerts/seats/:id/book', async (request) => {
    const seat = parseSeatId(idOf(request));
    if (seat === null) throw refusal('SEAT_NOT_FOUND');
    return hold(parts, await admitted(request), seat.scheduleId, [seat.number]);
  });
  app.post('/api/concerts/schedules/:id/bookings', async (request) => {
    const { seatNumbers } = HoldBody.parse(request.body);
    return hold(parts, await admitted(request), idOf(request), seatNumbers);
  });
  process.on('SIGTERM', () => process.exit(0));
  await app.listen({ host: '127.0.0.1', port: Number(env['PORT']), backlog: 4096 });
}

/** @throws Refusal */
async function hold(
  { redis, catalogue, holdTtlMs }: AloneParts,
  { userId, concertId }: Admitted,
  scheduleId: string,
  seatNumbers: number[],
) {
  const schedule = catalogue.get(scheduleId);
  if (schedule?.concertId !== concertId) throw refusal('QUEUE_TOKEN_INVALID');
  const { seats, seatLimit, bookingStartAt, bookingEndAt } = schedule;
  const now = new Date();
  if (now < bookingStartAt || now > bookingEndAt) throw refusal('BOOKING_WINDOW_CLOSED');
  const totalPrice = seatNumbers.reduce((sum, number) => {
    const seat = seats[number - 1];
    if (seat === undefined) throw refusal('SEAT_NOT_FOUND');
    return sum + seat.price;
  }, 0);
  const id = uuidv7();
  const wish = { userId, concertId, scheduleId, seatNumbers, totalPrice, seatLimit };
  const ends = await holdInRedis(redis, { ...wish, bookingId: id, ttlMs: holdTtlMs });
  if (typeof ends === 'string') throw refusal(ends);
  const booking = {
    id,
    scheduleId,
    seatNumbers,
    totalPrice,
    status: 'PENDING',
    createdAt: new Date(ends - holdTtlMs),
    expiresAt: new Date(ends),
    paidAt: null,
  };
  return { status: 'completed', booking: bookingView(booking, catalogue) };
}

void main();
