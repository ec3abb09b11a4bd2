import { createServer, get } from 'node:http';
import { expect, test } from '@jest/globals';
import Koa from 'koa';
import { createPages } from '../../src/api/pages';
import type { RequestState } from '../../src/api/endpoint';
import { freePort } from '../support/ports';

test('a large file is compressed once, however many ask for it at a time', async () => {
  const path = '/docs/swagger-ui-bundle.js';
  const answer = createPages().get(path);
  if (answer === undefined) throw new Error('no such file');
  const bodies = new Set<unknown>();
  const app = new Koa<RequestState>().use(async (ctx, next) => {
    await answer(ctx, next);
    bodies.add(ctx.body);
  });
  const port = await freePort();
  const server = createServer((incoming, response) => void app.callback()(incoming, response));
  await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
  const ask = async (): Promise<string | undefined> =>
    new Promise((resolve, reject) => {
      const headers = { 'accept-encoding': 'br', connection: 'close' };
      get({ port, host: '127.0.0.1', path, headers }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.headers['content-encoding']));
      }).on('error', reject);
    });
  try {
    const codings = await Promise.all([ask(), ask(), ask(), ask()]);
    expect([...codings, await ask()]).toEqual(['br', 'br', 'br', 'br', 'br']);
    expect(bodies.size).toBe(1);
  } finally {
    server.close();
  }
});

test("the desk's page is at /admin with and without the slash, and leaves the queues' dashboard its paths", () => {
  const paths = [...createPages().keys()].filter((path) => path.startsWith('/admin'));
  expect(paths).toEqual(expect.arrayContaining(['/admin', '/admin/', '/admin/app.js', '/admin/pages.js']));
  expect(paths.filter((path) => path.startsWith('/admin/queues'))).toEqual([]);
});
