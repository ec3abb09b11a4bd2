import { createServer, get } from 'node:http';
import { expect, test } from '@jest/globals';
import Koa from 'koa';
import { createPages, pagesOfOtherBuilds } from '../../src/api/pages';
import type { RequestState } from '../../src/api/endpoint';
import { freePort } from '../support/ports';

interface Answer {
  status: number;
  type: string;
  cache: string | null;
  body: string;
}

/** What a service of these pages alone answers. */
async function asked(paths: readonly string[]): Promise<Answer[]> {
  const pages = createPages();
  const app = new Koa<RequestState>();
  app.use(async (ctx, next) => (pages.get(ctx.path) ?? next)(ctx, next));
  app.use(pagesOfOtherBuilds(pages));
  const port = await freePort();
  const server = createServer((incoming, response) => void app.callback()(incoming, response));
  await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
  try {
    return await Promise.all(
      paths.map(async (each) => {
        const response = await fetch(`http://127.0.0.1:${port}${each}`);
        const { status, headers } = response;
        const type = headers.get('content-type') ?? '';
        return { status, type, cache: headers.get('cache-control'), body: await response.text() };
      }),
    );
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('the page names its files by the build: a browser keeps them for good, and those of another build still come', async () => {
  const [page] = await asked(['/']);
  expect(page?.cache).toBe('max-age=0');
  const named = [...(page?.body ?? '').matchAll(/(?:href|src)="(\/[^"]+\.(?:js|css|svg))"/g)].map(
    ([, each = '']) => each,
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((each) => !/^\/v\/[\w-]{12}\//.test(each))).toEqual([]);
  const kept = await asked(named);
  expect(kept.filter(({ status, cache }) => status !== 200 || !cache?.includes('immutable'))).toEqual([]);
  const [script = ''] = named.filter((each) => each.endsWith('/app.js'));
  const build = script.split('/')[2] ?? '';
  const [own, other, imported, ...none] = await asked([
    script,
    script.replace(build, 'other-build'),
    `/v/${build}/js/words/ko.js`,
    '/v/other-build/js/nothing.js',
    '/v/other-build/healthz',
    '/v/app.js',
    '/v/a/b/app.js',
    '/v/other-build/index.html',
  ]);
  expect(other).toEqual({ ...own, cache: 'max-age=0' });
  expect(imported?.cache).toContain('immutable');
  expect(none.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
});

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
