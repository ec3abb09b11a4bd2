/** What answers may carry beside their body, as the OpenAPI document tells it. */
export const RESPONSE_HEADERS = {
  'X-Request-Id': { description: "The request's id: yours if you sent a sane one", example: 'b7c1…' },
  Location: {
    description: 'Where what was made is found',
    example: '/api/jobs/019a5f3e-8d7c-7b1e-9a43-2f60c1d4e5f6',
  },
  'Retry-After': { description: 'When to ask again, in whole seconds', example: '1' },
  ETag: { description: 'This version: send it as If-None-Match', example: 'W/"17.42"' },
  'Cache-Control': { description: 'What caches may do with it', example: 'no-store' },
  'Content-Disposition': {
    description: 'Save it under this name',
    example: 'attachment; filename="ticket.ics"',
  },
  'Idempotency-Replayed': {
    description: '`true`: what an earlier request with this Idempotency-Key came to',
    example: 'true',
  },
  'Preference-Applied': {
    description: 'The wait was granted, as far as the service goes',
    example: 'wait=10',
  },
  'WWW-Authenticate': { description: 'How to sign in', example: 'Bearer realm="frontrow"' },
} as const satisfies Record<string, { description: string; example: string }>;

export type ResponseHeader = keyof typeof RESPONSE_HEADERS;
