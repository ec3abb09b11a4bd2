import {
  OpenAPIRegistry,
  OpenApiGeneratorV31,
  type ResponseConfig,
  type RouteConfig,
} from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { PROBLEMS, type ProblemCode } from '../lib/problems';
import type { Answer, Endpoint } from './endpoint';
import { RESPONSE_HEADERS, type ResponseHeader } from './response-headers';

/** The OpenAPI 3.1 document, made from the very schemas that validate. */
export function openApiOf(endpoints: readonly Endpoint[]) {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'accessToken', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'The `accessToken` of signing in or up; or, where the service is set to take them, an access token of another issuer.',
  });
  registry.registerComponent('securitySchemes', 'queueToken', {
    type: 'apiKey',
    in: 'header',
    name: 'X-Queue-Token',
    description:
      'The latest `queueToken` of the waiting room. `/.well-known/jwks.json` may have the keys to check it with.',
  });
  for (const [name, { description, example }] of Object.entries(RESPONSE_HEADERS))
    registry.registerComponent('headers', name, { description, example, schema: { type: 'string' } });
  for (const [code, value] of Object.entries(problemExamples()))
    registry.registerComponent('examples', code, { value });
  for (const endpoint of endpoints) registry.registerPath(routeOf(endpoint));
  return new OpenApiGeneratorV31(registry.definitions).generateDocument(HEAD);
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
  servers: [{ url: '/', description: 'Where this document came from' }],
};

const ProblemDocument = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    errors: z
      .array(
        z.object({
          path: z.string(),
          message: z.string(),
          line: z.int().nullable().optional().meta({ description: 'Of a file; null: of the whole' }),
          column: z.string().nullable().optional(),
          detail: z.string().optional().meta({ description: 'Without the place' }),
        }),
      )
      .optional(),
  })
  .meta({
    id: 'Problem',
    description: 'RFC 9457. Some codes add members, such as `errors`, `seatIds`, `position` or `balance`.',
  });

/** Members that only some problems have. */
const MEMBERS: Partial<Record<ProblemCode, object>> = {
  INVALID_REQUEST: { errors: [{ path: 'body.amount', message: 'Too small: expected number to be >=1' }] },
  ACCESS_CODE_REQUIRED: { presale: { name: 'Fan club', endsAt: '2026-06-01T18:00:00.000Z' } },
  QUEUE_WAITING: { position: 512, pollAfterMs: 5000 },
  SEAT_TAKEN: { seatIds: ['17-42'] },
  INSUFFICIENT_POINTS: { balance: 500, required: 2000 },
};

function problemExamples(): Record<string, object> {
  return Object.fromEntries(
    Object.entries(PROBLEMS).map(([code, { title, status }]) => [
      code,
      {
        type: 'about:blank',
        title,
        status,
        detail: title,
        code,
        ...new Map(Object.entries(MEMBERS)).get(code),
      },
    ]),
  );
}

function routeOf(endpoint: Endpoint): RouteConfig {
  const { access, input, method, name, path, summary, tag } = endpoint;
  const { body, query } = input.shape;
  return {
    method,
    path: path.pattern.replaceAll(/:(\w+)/g, '{$1}'),
    operationId: name,
    tags: [tag],
    summary,
    security: securityOf(access.needs),
    request: {
      params: path.schema,
      headers: requestHeaders(endpoint),
      ...(query instanceof z.ZodObject ? { query } : {}),
      ...(body instanceof z.ZodType
        ? { body: { required: true, content: { 'application/json': { schema: body } } } }
        : {}),
    },
    responses: { ...successes(endpoint), ...failures(endpoint) },
  };
}

function securityOf(needs: Endpoint['access']['needs']): Record<string, string[]>[] {
  if (needs === 'nothing') return [];
  return [needs === 'admitted' ? { accessToken: [], queueToken: [] } : { accessToken: [] }];
}

function requestHeaders({ headers = {} }: Endpoint): z.ZodObject {
  const shape = Object.entries(headers).map(
    ([name, description]) => [name, z.string().optional().meta({ description })] as const,
  );
  return z.object(Object.fromEntries(shape));
}

function responseHeaders(names: readonly ResponseHeader[]): NonNullable<ResponseConfig['headers']> {
  return Object.fromEntries(
    ['X-Request-Id', ...names].map((name) => [name, { $ref: `#/components/headers/${name}` }] as const),
  );
}

function successes({ answers }: Endpoint): RouteConfig['responses'] {
  const response = ({ description, schema, type = 'application/json', headers = [] }: Answer) => ({
    description,
    headers: responseHeaders(headers),
    ...(schema === null ? {} : { content: { [type]: { schema } } }),
  });
  return Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, response(answer)]));
}

/** What any call may meet is told too: clients must be ready for it. */
function problemsOf({ access, headers, input, path, problems = [] }: Endpoint): ProblemCode[] {
  const takesInput = Object.keys(input.shape).length > 0 || headers?.['Idempotency-Key'] !== undefined;
  const takesBody = 'body' in input.shape;
  return [
    ...(takesInput ? (['INVALID_REQUEST'] as const) : []),
    ...(takesBody ? (['BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const) : []),
    ...access.problems,
    ...path.problems,
    ...problems,
    'RATE_LIMITED',
    'INTERNAL',
    'UNAVAILABLE',
  ];
}

const PROBLEM_HEADERS: Partial<Record<ProblemCode, ResponseHeader>> = {
  TOKEN_MISSING: 'WWW-Authenticate',
  QUEUE_WAITING: 'Retry-After',
  RATE_LIMITED: 'Retry-After',
  OVERLOADED: 'Retry-After',
  UNAVAILABLE: 'Retry-After',
};

/** One answer for each status, with the codes that this call may have under it. */
function failures(endpoint: Endpoint): RouteConfig['responses'] {
  const byStatus = new Map<number, Set<ProblemCode>>();
  for (const code of problemsOf(endpoint)) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, (byStatus.get(status) ?? new Set()).add(code));
  }
  const { problems = [], problemHeaders = [] } = endpoint;
  return Object.fromEntries(
    [...byStatus].map(([status, set]) => {
      const codes = [...set];
      const headers = codes.flatMap((code) => PROBLEM_HEADERS[code] ?? []);
      const ofHandler = codes.some((code) => problems.includes(code)) ? problemHeaders : [];
      return [
        status,
        {
          description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('. '),
          headers: responseHeaders([...headers, ...ofHandler]),
          content: {
            'application/problem+json': {
              schema: ProblemDocument.and(z.looseObject({ code: z.enum(codes) })),
              examples: Object.fromEntries(
                codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]),
              ),
            },
          },
        },
      ];
    }),
  );
}
