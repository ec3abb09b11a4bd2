import type { Middleware } from 'koa';
import type { RequestState } from './endpoint';

type Handler = (
  ctx: Parameters<Middleware<RequestState>>[0],
  params: Record<string, string>,
) => Promise<void>;

export interface Route {
  method: string;
  /** With parameters as `:name`. */
  pattern: string;
  handle: Handler;
}

interface Entry {
  /** The literal ones, by where they stand. */
  literals: [number, string][];
  parameters: [number, string][];
  handle: Handler;
}

/**
 * Finds a route by its method and its number of parts, among a few. The router tries the pattern of every route there is,
 * with every request; it goes on having the last word about whatever is not found here, such as HEAD, OPTIONS, encoded
 * characters, and what does not exist.
 */
export function routeTable(routes: readonly Route[]): Middleware<RequestState> {
  const table = new Map<string, Entry[]>();
  for (const { method, pattern, handle } of routes) {
    const parts = pattern.split('/');
    const key = keyOf(method, parts);
    const numbered = parts.map((part, at): [number, string] => [at, part]);
    const entry = {
      literals: numbered.filter(([, part]) => !part.startsWith(':')),
      parameters: numbered.flatMap(([at, part]): [number, string][] =>
        part.startsWith(':') ? [[at, part.slice(1)]] : [],
      ),
      handle,
    };
    table.set(key, [...(table.get(key) ?? []), entry]);
  }
  return (ctx, next) => {
    const { path } = ctx;
    const parts = path.split('/');
    const isPlain = !path.includes('%') && !parts.includes('', 1);
    const entry = isPlain
      ? table.get(keyOf(ctx.method, parts))?.find((each) => fits(each, parts))
      : undefined;
    if (entry === undefined) return next();
    const params: Record<string, string> = {};
    for (const [at, name] of entry.parameters) params[name] = parts[at] ?? '';
    return entry.handle(ctx, params);
  };
}

const keyOf = (method: string, parts: readonly string[]): string => `${method} ${parts.length}`;

const fits = ({ literals }: Entry, parts: readonly string[]): boolean =>
  literals.every(([at, part]) => parts[at] === part);
