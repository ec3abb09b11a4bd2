import fastify, { type FastifyRequest } from 'fastify';
import { Pool } from 'pg';
import { z } from 'zod';
import { parseSeatId } from '../../src/booking/seat-id';
import { loadCatalogue } from './catalogue';
import { type DirectParts, hold, holdBest, pay } from './direct-commands';
import { CONNECTION_OPTIONS } from './direct-sql';
import { createGuards, Refusal, refusal } from './guards';

// Of 8, 16, 32 and 64 the best, with 200 and with 1,000 requests at a time.
const CONNECTIONS = 64;
const HoldBody = z.union([
  z.object({ seatNumbers: z.array(z.int().min(1)).min(1).max(100) }),
  z.object({ bestAvailable: z.object({ count: z.int().min(1).max(100) }) }),
]);
const Params = z.object({ id: z.string() });

/**
 * `direct`: what somebody would write instead of a queue. Fastify, `pg`, and per request one prepared function call
 * that is committed before it is answered.
 */
async function main(): Promise<void> {
  const { env } = process;
  const pool = new Pool({
    connectionString: env['DATABASE_URL'],
    max: CONNECTIONS,
    options: CONNECTION_OPTIONS,
  });
  const parts: DirectParts = {
    pool,
    catalogue: await loadCatalogue(pool),
    guards: createGuards(env),
    holdTtlMs: Number(env['HOLD_TTL_SECONDS']) * 1000,
  };
  const app = fastify({ logger: false });
  const idOf = (request: FastifyRequest): string => Params.parse(request.params).id;
  const admitted = async ({ headers }: FastifyRequest) =>
    parts.guards.admitted(headers.authorization, headers['x-queue-token']);

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
    const body = HoldBody.parse(request.body);
    const by = await admitted(request);
    return 'seatNumbers' in body
      ? hold(parts, by, idOf(request), body.seatNumbers)
      : holdBest(parts, by, idOf(request), body.bestAvailable.count);
  });
  app.post('/api/concerts/bookings/:id/pay', async (request) =>
    pay(parts, await admitted(request), idOf(request)),
  );
  process.on('SIGTERM', () => process.exit(0));
  await app.listen({ host: '127.0.0.1', port: Number(env['PORT']), backlog: 4096 });
}

void main();
