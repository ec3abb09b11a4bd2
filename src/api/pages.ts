import { readdirSync } from 'node:fs';
import path from 'node:path';
import Koa, { type Middleware } from 'koa';
import helmet from 'koa-helmet';
import mount from 'koa-mount';
import serve from 'koa-static';
import type { RequestState } from './endpoint';

const FOLDER = path.resolve(__dirname, '../../public');
const SWAGGER_FILES = ['swagger-ui.css', 'swagger-ui-bundle.js'];

/** The demo page, and /docs with Swagger UI: every path of theirs, as they are when the process starts. */
export function createPages(): Map<string, Middleware<RequestState>> {
  const directives = {
    upgradeInsecureRequests: null,
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
  };
  const swagger = path.dirname(require.resolve('swagger-ui-dist/package.json'));
  const pages = new Koa<RequestState>()
    .use(helmet({ contentSecurityPolicy: { directives } }))
    .use(serve(FOLDER))
    .use(mount('/docs', serve(path.join(FOLDER, 'docs'))))
    .use(mount('/docs', serve(swagger, { index: false, maxAge: 3_600_000 })));
  const page = mount(pages);
  return new Map(
    [...ownPaths(), ...SWAGGER_FILES.map((name) => `/docs/${name}`)].map((name) => [name, page]),
  );
}

/** Each file's path, and for an index.html its folder's, with and without the slash. */
function ownPaths(): string[] {
  const files = readdirSync(FOLDER, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return files.flatMap(({ parentPath, name }) => {
    const folder = `/${path.relative(FOLDER, parentPath).split(path.sep).join('/')}`;
    const slashed = folder === '/' ? '/' : `${folder}/`;
    return name === 'index.html' ? [folder, slashed, `${slashed}${name}`] : [`${slashed}${name}`];
  });
}
