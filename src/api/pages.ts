import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import Koa, { type Middleware } from 'koa';
import helmet from 'koa-helmet';
import mount from 'koa-mount';
import type { RequestState } from './endpoint';
import { fromMemory } from './middleware/from-memory';
import { withPreloads } from './module-graph';

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
  const secured = helmet({ contentSecurityPolicy: { directives } });
  const page = (file: string, cacheControl: string): Middleware<RequestState> => {
    const type = path.extname(file);
    const content = readFileSync(file);
    const body = type === '.html' ? Buffer.from(withPreloads(content.toString(), FOLDER)) : content;
    const fixed = { body, type, lastModified: statSync(file).mtime };
    return mount(new Koa<RequestState>().use(secured).use(fromMemory({ ...fixed, cacheControl })));
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
  return new Map([...own, ...ofSwagger]);
}

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
