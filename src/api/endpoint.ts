import type { ParameterizedContext } from 'koa';
import { LRUCache } from 'lru-cache';
import type { output, ZodError, ZodObject, ZodType } from 'zod';
import type { AccessReading } from './accounts/access-tokens';
import { answerAtOnce, isJson, leavesAsItIs } from './answer-at-once';
import { Problem, type ProblemCode } from '../lib/problems';
import type { StaffRole } from '../models/roles';
import { hasIdempotencyKey } from './idempotency';
import type { Path } from './path';
import type { ResponseHeader } from './response-headers';
import { isQueueRefusal } from './queue-refusals';

/** What this application keeps with a request. */
export interface RequestState {
  requestId: string;
  /** Headers of the answer that are not set yet, name and value in turn: whoever writes it in one go takes them along. */
  fields?: readonly string[];
  /** The endpoint's path pattern, for metrics and logs: never the raw path, which holds ids without number. */
  route?: string;
  /** What the access token says, once read; null when there is none. */
  accessReading?: AccessReading | null;
  /** The command that this request handed in. */
  jobId?: string;
  /** Who is asking, once checked. */
  userId?: string;
}

export type Context = ParameterizedContext<RequestState>;

/**
 * Who may call: checks the request and says who the caller is, with whatever it had to look up for that, or throws the
 * problem that says why not.
 */
export interface Access<Caller, Params = unknown> {
  needs: 'nothing' | 'user' | 'admitted' | StaffRole;
  problems: readonly ProblemCode[];
  /** @param readParams of the path, read when its turn has come: who has no token is not told what exists */
  check(ctx: Context, readParams: () => Params): Promise<Caller>;
}

export interface Call<Caller, Params, Input> {
  ctx: Context;
  caller: Caller;
  params: Params;
  input: Input;
}

export interface Reply {
  status: number;
  body?: unknown;
  /** The body as JSON, where that is at hand already. */
  json?: string;
  headers?: Record<string, string>;
}

/** A success, as the OpenAPI document tells of it. */
export interface Answer {
  description: string;
  /** null: no body. */
  schema: ZodType | null;
  /** JSON unless said. */
  type?: 'application/json' | 'text/event-stream' | 'text/csv' | 'text/calendar' | 'image/svg+xml';
  headers?: readonly ResponseHeader[];
}

export interface EndpointFacts {
  /** What clients made from the OpenAPI document call it. */
  name: string;
  method: 'get' | 'post' | 'patch' | 'delete';
  path: Path<unknown>;
  tag: string;
  summary: string;
  /** What each success answers. */
  answers: Record<number, Answer>;
  /** Problems beyond those that its path, its access and validation imply. */
  problems?: readonly ProblemCode[];
  /** What those may carry. */
  problemHeaders?: readonly ResponseHeader[];
  /** How long it may take, beyond what an ordinary request takes. */
  waitsMs?: number;
  /** Its largest body, where that is larger than of other calls. */
  bodyBytes?: number;
  /** Request headers worth telling about. */
  headers?: Record<string, string>;
}

interface EndpointSpec<Caller, Params, Input extends ZodObject> extends EndpointFacts {
  path: Path<Params>;
  access: Access<Caller, NoInfer<Params>>;
  /** Of what is read of the request beside the path: `query` and `body`. A body is parsed only where one is named. */
  input: Input;
  handle(call: Call<Caller, Params, output<Input>>): Promise<Reply>;
  /**
   * Asked when the waiting room refuses a signed-in user's request with an idempotency key: what it came to when it was
   * sent before. The room guards new work, not the memory of old. null: it is new, and stays refused.
   */
  recall?(call: Omit<Call<string, Params, output<Input>>, 'params'>): Promise<Reply | null>;
}

/** One row of the HTTP contract: its policy, its schemas and what it does. */
export interface Endpoint extends EndpointFacts {
  access: Access<unknown>;
  input: ZodObject;
  serve(ctx: Context, sentParams: Record<string, string>, readBody: () => Promise<unknown>): Promise<void>;
}

// A crowd asks one thing in the same words. Those who ask for more in a row push out each other's.
const REMEMBERED_QUERIES = 100;
const LONGEST_REMEMBERED = 200;

/**
 * Defines an endpoint. Serving it goes: who may, is the input right, do it, answer.
 * The same schemas validate, give the types, and make the OpenAPI document.
 */
export function endpoint<Caller, Params, Input extends ZodObject>(
  spec: EndpointSpec<Caller, Params, Input>,
): Endpoint {
  const hasBody = 'body' in spec.input.shape;
  const nothing = Object.keys(spec.input.shape).length > 0 ? null : spec.input.parse({});
  const asked = new LRUCache<string, output<Input>>({ max: REMEMBERED_QUERIES });

  const readInput = async (ctx: Context, readBody: () => Promise<unknown>): Promise<output<Input>> => {
    if (nothing !== null) return nothing;
    const { querystring } = ctx;
    const known = hasBody ? undefined : asked.get(querystring);
    if (known !== undefined) return known;
    const parsed = spec.input.safeParse({ query: ctx.query, body: hasBody ? await readBody() : undefined });
    if (!parsed.success) throw invalid(parsed.error);
    if (!hasBody && querystring.length <= LONGEST_REMEMBERED) {
      for (const part of Object.values(parsed.data)) Object.freeze(part); // Others will get it, too.
      asked.set(querystring, parsed.data);
    }
    return parsed.data;
  };

  const recalled = async (
    ctx: Context,
    readBody: () => Promise<unknown>,
    refusal: unknown,
  ): Promise<Reply> => {
    const { userId } = ctx.state;
    const mayKnow = userId !== undefined && hasIdempotencyKey(ctx) && isQueueRefusal(refusal);
    if (spec.recall === undefined || !mayKnow) throw refusal;
    const { recall } = spec;
    // What cannot be read was never sent before.
    const reply = await readInput(ctx, readBody).then(
      async (input) => recall({ ctx, caller: userId, input }),
      () => null,
    );
    if (reply === null) throw refusal;
    return reply;
  };

  return {
    ...spec,
    serve: async (ctx, sentParams, readBody) => {
      let path: { params: Params } | null = null;
      const readParams = (): Params => (path ??= { params: spec.path.read(sentParams) }).params;
      const served = async (caller: Caller): Promise<Reply> => {
        const params = readParams();
        return spec.handle({ ctx, caller, params, input: nothing ?? (await readInput(ctx, readBody)) });
      };
      const reply = await spec.access
        .check(ctx, readParams)
        .then(served, async (refusal: unknown) => recalled(ctx, readBody, refusal));
      send(ctx, reply);
    },
  };
}

function send(ctx: Context, { status, headers, body, json }: Reply): void {
  const text = json ?? (isJson(body) ? JSON.stringify(body) : undefined);
  if (text !== undefined && leavesAsItIs(ctx, text)) {
    answerAtOnce(ctx, status, text, headers);
    return;
  }
  ctx.status = status;
  if (headers !== undefined) ctx.set(headers);
  if (json !== undefined) {
    ctx.set('Content-Type', 'application/json; charset=utf-8');
    ctx.body = json;
  } else if (body !== undefined) ctx.body = body;
}

/** Every fault at once, each with where it is, such as `body.amount`. */
function invalid(error: ZodError): Problem {
  const errors = error.issues.map((issue) => ({
    path: issue.path.map(String).join('.'),
    message: issue.message,
  }));
  return new Problem('INVALID_REQUEST', 'Something in the request is not as it must be: see errors.', {
    members: { errors },
  });
}
