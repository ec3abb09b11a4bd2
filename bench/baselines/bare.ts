import Koa from 'koa';
import { createGuards, Refusal } from './guards';

const CONCERT_ID = '1';

/** `bare`: Koa, the access token and one Redis read, and no work: what the HTTP side alone can do. */
const guards = createGuards(process.env);
const app = new Koa();
app.use(async (ctx) => {
  if (ctx.path === '/readyz') {
    ctx.body = { status: 'ready' };
    return;
  }
  try {
    const userId = guards.user(ctx.get('authorization'));
    const admitted = await guards.look(userId, CONCERT_ID);
    ctx.body = { status: 'completed', userId, admitted };
  } catch (error) {
    const { status, code } = error instanceof Refusal ? error : { status: 500, code: 'INTERNAL' };
    ctx.status = status;
    ctx.body = { status, code };
  }
});
process.on('SIGTERM', () => process.exit(0));
app.listen({ host: '127.0.0.1', port: Number(process.env['PORT']), backlog: 4096 });
