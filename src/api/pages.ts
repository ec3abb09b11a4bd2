import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import Koa, { type Middleware } from 'koa';
import helmet from 'koa-helmet';
import mount from 'koa-mount';
import type { RequestState } from './endpoint';
import { fromMemory } from './middleware/from-memory';

const FOLDER = path.resolve(__dirname, '../../public');
/** At the door it reads tickets. */
const DESK = path.join(FOLDER, 'admin/index.html');
const CAMERA = 'self';
const CHART_FILES = ['uPlot.iife.min.js', 'uPlot.min.css'];
const SWAGGER_FILES = ['swagger-ui.css', 'swagger-ui-bundle.js'];

/** The demo page, and /docs with Swagger UI: every path of theirs, as they are when the process starts. */
export function createPages(): Map<string, Middleware<RequestState>> {
  const directives = {
    upgradeInsecureRequests: null,
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
  };
  const secured = helmet({ contentSecurityPolicy: { directives } });
  const page = (file: string, cacheControl: string): Middleware<RequestState> => {
    const fixed = { body: readFileSync(file), type: path.extname(file), lastModified: statSync(file).mtime };
    const allowed = devices(file === DESK ? CAMERA : '');
    return mount(
      new Koa<RequestState>()
        .use(secured)
        .use(allowed)
        .use(fromMemory({ ...fixed, cacheControl })),
    );
  };
  const swagger = path.dirname(require.resolve('swagger-ui-dist/package.json'));
  const own = ownFiles().flatMap(({ file, paths }): [string, Middleware<RequestState>][] => {
    const answer = page(file, 'max-age=0');
    return paths.map((each) => [each, answer]);
  });
  const ofSwagger = SWAGGER_FILES.map((name): [string, Middleware<RequestState>] => [
    `/docs/${name}`,
    page(path.join(swagger, name), 'max-age=3600'),
  ]);
  const charts = path.join(path.dirname(require.resolve('uplot/package.json')), 'dist');
  const ofCharts = CHART_FILES.map((name): [string, Middleware<RequestState>] => [
    `/admin/vendor/${name}`,
    page(path.join(charts, name), 'max-age=3600'),
  ]);
  return new Map([...own, ...ofSwagger, ...ofCharts]);
}

/** What of the device a page may use, beside what every page may. */
const devices =
  (camera: string): Middleware<RequestState> =>
  async (ctx, next) => {
    ctx.set('Permissions-Policy', `camera=(${camera}), microphone=(), geolocation=()`);
    await next();
  };

/** Each file with its path, and for an index.html its folder's, with and without the slash. */
function ownFiles(): { file: string; paths: string[] }[] {
  const files = readdirSync(FOLDER, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return files.map(({ parentPath, name }) => {
    const folder = `/${path.relative(FOLDER, parentPath).split(path.sep).join('/')}`;
    const slashed = folder === '/' ? '/' : `${folder}/`;
    const paths = name === 'index.html' ? [folder, slashed, `${slashed}${name}`] : [`${slashed}${name}`];
    return { file: path.join(parentPath, name), paths };
  });
}
