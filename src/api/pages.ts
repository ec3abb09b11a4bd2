import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import Koa, { type Middleware } from 'koa';
import helmet from 'koa-helmet';
import mount from 'koa-mount';
import type { RequestState } from './endpoint';
import { fromMemory } from './middleware/from-memory';

const FOLDER = path.resolve(__dirname, '../../public');
const SWAGGER_FILES = ['swagger-ui.css', 'swagger-ui-bundle.js'];

// What is under the name of a build never changes: a browser need not ask for it again.
const FOR_GOOD = 'public, max-age=31536000, immutable';
const FAN_PAGE = 'index.html';

/** The fan's page, the desk, and /docs with Swagger UI: every path of theirs, as they are when the process starts. */
export function createPages(): Map<string, Middleware<RequestState>> {
  const directives = {
    upgradeInsecureRequests: null,
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
  };
  const secured = helmet({ contentSecurityPolicy: { directives } });
  const page = (
    file: string,
    cacheControl: string,
    body: Buffer = readFileSync(file),
  ): Middleware<RequestState> => {
    const fixed = { body, type: path.extname(file), lastModified: statSync(file).mtime };
    return mount(new Koa<RequestState>().use(secured).use(fromMemory({ ...fixed, cacheControl })));
  };
  const files = ownFiles();
  const build = buildOf(files.map(({ file }) => file));
  const swagger = path.dirname(require.resolve('swagger-ui-dist/package.json'));
  const own = files.flatMap(({ file, paths }): [string, Middleware<RequestState>][] => {
    const isFanPage = path.relative(FOLDER, file) === FAN_PAGE;
    const answer = page(
      file,
      'max-age=0',
      isFanPage ? underBuild(readFileSync(file, 'utf8'), build) : undefined,
    );
    const forGood = path.extname(file) === '.html' ? [] : paths.map((each) => `/v/${build}${each}`);
    const kept = forGood.map((each): [string, Middleware<RequestState>] => [each, page(file, FOR_GOOD)]);
    return [...paths.map((each): [string, Middleware<RequestState>] => [each, answer]), ...kept];
  });
  const ofSwagger = SWAGGER_FILES.map((name): [string, Middleware<RequestState>] => [
    `/docs/${name}`,
    page(path.join(swagger, name), 'max-age=3600'),
  ]);
  return new Map([...own, ...ofSwagger]);
}

/** Processes of two builds run side by side: what a page of the other one asks for here is answered with what there is. */
export function pagesOfOtherBuilds(
  pages: ReadonlyMap<string, Middleware<RequestState>>,
): Middleware<RequestState> {
  return async (ctx, next) => {
    const isOurs = ctx.path.startsWith('/v/') && (ctx.method === 'GET' || ctx.method === 'HEAD');
    const file = isOurs ? /^\/v\/[\w-]+(\/.+\.(?:js|css|svg))$/.exec(ctx.path)?.[1] : undefined;
    const answer = file === undefined ? undefined : pages.get(file);
    await (answer === undefined ? next() : answer(ctx, next));
  };
}

/** A name for the files as they are. */
function buildOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of [...files].sort())
    hash.update(`${path.relative(FOLDER, file)}\0`).update(readFileSync(file));
  return hash.digest('base64url').slice(0, 12);
}

/** The page with its own files under the name of the build; what they import, they name beside themselves. */
const underBuild = (page: string, build: string): Buffer =>
  Buffer.from(page.replaceAll(/((?:href|src)=")(\/[^"]+\.(?:js|css|svg)")/g, `$1/v/${build}$2`));

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
