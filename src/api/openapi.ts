import { z, type ZodObject, type ZodType } from 'zod';
import { PROBLEMS, type ProblemCode } from '../lib/problems';
import type { Endpoint } from './endpoint';

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document, made from the very schemas that validate. */
export function openApiOf(endpoints: readonly Endpoint[]): Json {
  const paths: Record<string, Json> = {};
  for (const endpoint of endpoints) {
    const path = endpoint.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [endpoint.method]: operationOf(endpoint) };
  }
  const schemas = { Problem: PROBLEM_SCHEMA };
  const document = lifted({ ...HEAD, paths }, schemas);
  return {
    ...document,
    components: {
      schemas,
      securitySchemes: {
        accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        queueToken: { type: 'apiKey', in: 'header', name: 'X-Queue-Token' },
      },
    },
  };
}

const HEAD = {
  openapi: '3.1.0',
  info: {
    title: 'frontrow',
    version: '1.0.0',
    description:
      'Sells concert seats when far more people come than there are seats. Sign in, take a place in the waiting room, ' +
      'and once admitted hold seats and pay for them with points. Errors are application/problem+json; `code` is stable.',
  },
};

const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'RFC 9457. Some codes add members, such as `errors`, `seatIds`, `position` or `balance`.',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', enum: Object.keys(PROBLEMS) },
    errors: {
      type: 'array',
      items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } } },
    },
  },
};

function operationOf(endpoint: Endpoint): Json {
  const { access, input, tag, summary } = endpoint;
  const { body } = input.shape;
  return {
    tags: [tag],
    summary,
    operationId: `${endpoint.method}${endpoint.path.replaceAll(/[/:]+(\w)/g, (_match, letter: string) => letter.toUpperCase())}`,
    ...securityOf(access.needs),
    parameters: [...pathParameters(endpoint.path), ...queryParameters(input), ...headerParameters(endpoint)],
    ...(isSchema(body)
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: jsonSchema(body, 'input') } },
          },
        }
      : {}),
    responses: { ...successes(endpoint), ...failures(problemsOf(endpoint)) },
  };
}

function securityOf(needs: Endpoint['access']['needs']): Json {
  if (needs === 'nothing') return { security: [] };
  return { security: [needs === 'admitted' ? { accessToken: [], queueToken: [] } : { accessToken: [] }] };
}

const isSchema = (value: unknown): value is ZodType => value instanceof z.ZodType;

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(input: ZodObject): Json[] {
  const { query } = input.shape;
  if (!(query instanceof z.ZodObject)) return [];
  return Object.entries(query.shape).map(([name, schema]) => ({
    name,
    in: 'query',
    required: isSchema(schema) && !schema.safeParse(undefined).success,
    schema: isSchema(schema) ? jsonSchema(schema, 'input') : {},
  }));
}

function headerParameters({ headers = {} }: Endpoint): Json[] {
  return Object.entries(headers).map(([name, description]) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  }));
}

function successes({ answers }: Endpoint): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema }]) => [
      status,
      {
        description,
        ...(schema === null
          ? {}
          : { content: { 'application/json': { schema: jsonSchema(schema, 'output') } } }),
      },
    ]),
  );
}

/** What any call may meet is told too: clients must be ready for it. */
function problemsOf(endpoint: Endpoint): ProblemCode[] {
  const takesInput = Object.keys(endpoint.input.shape).length > 0;
  const takesBody = 'body' in endpoint.input.shape;
  return [
    ...(takesInput ? (['INVALID_REQUEST'] as const) : []),
    ...(takesBody ? (['BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const) : []),
    ...endpoint.access.problems,
    ...(endpoint.problems ?? []),
    'RATE_LIMITED',
    'INTERNAL',
    'UNAVAILABLE',
  ];
}

function failures(codes: ProblemCode[]): Record<string, Json> {
  const unique = [...new Set(codes)];
  return Object.fromEntries(
    unique.map((code) => {
      const { status } = PROBLEMS[code];
      const same = unique.filter((other) => PROBLEMS[other].status === status);
      const description = same.map((other) => `\`${other}\`: ${PROBLEMS[other].title}`).join('. ');
      const schema = { $ref: '#/components/schemas/Problem' };
      return [String(status), { description, content: { 'application/problem+json': { schema } } }];
    }),
  );
}

function jsonSchema(schema: ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...made } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema: target }) => {
      const { override } = z.globalRegistry.get(zodSchema) ?? {};
      if (typeof override === 'object' && override !== null) {
        for (const name of ['anyOf', 'allOf', 'override']) Reflect.deleteProperty(target, name);
        Object.assign(target, override);
      }
    },
  });
  return made;
}

/** Moves the named schemas out of each `$defs` into the document's components, where clients' generators look. */
function lifted(value: Json, schemas: Json): Json {
  const walk = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== 'object' || node === null) return node;
    const made: Json = {};
    for (const name of Object.keys(node)) {
      const child: unknown = Reflect.get(node, name);
      if (name === '$defs') {
        Object.assign(schemas, walk(child));
      } else if (name === '$ref' && typeof child === 'string') {
        made[name] = child.replace('#/$defs/', '#/components/schemas/');
      } else if (name !== 'id' || typeof child !== 'string') {
        made[name] = walk(child);
      }
    }
    return made;
  };
  const walked = walk(value);
  return typeof walked === 'object' && walked !== null ? { ...walked } : {};
}
