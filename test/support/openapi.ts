import { z, type ZodType } from 'zod';
import { type Answer, send } from './http';

const Json = z.record(z.string(), z.unknown());
const Content = z.record(z.string(), z.looseObject({ schema: Json }));
const Response = z.looseObject({ content: Content.optional(), headers: Json.default({}) });
const Operation = z.looseObject({
  operationId: z.string(),
  parameters: z
    .array(
      z.looseObject({ name: z.string(), in: z.string(), description: z.string().optional(), schema: Json }),
    )
    .default([]),
  responses: z.record(z.string(), Response),
});
const JsonSchema = z.custom<z.core.JSONSchema.JSONSchema>((value) => typeof value === 'object');
const Document = z.looseObject({
  openapi: z.string(),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.looseObject({
    schemas: z.record(z.string(), z.looseObject({})),
    headers: z.record(z.string(), z.looseObject({ example: z.string() })),
    examples: z.record(z.string(), z.looseObject({ value: z.unknown() })),
  }),
});

/** The service's own description of itself, for holding real answers against it. */
export class OpenApi {
  readonly #definitions: Record<string, unknown>;

  private constructor(readonly document: z.infer<typeof Document>) {
    this.#definitions = asJsonSchema(document.components.schemas);
  }

  static async of(origin: string): Promise<OpenApi> {
    return new OpenApi((await send(origin, 'GET', '/openapi.json')).as(Document, 200));
  }

  /** `GET /api/concerts/{concertId}` and so on. */
  get operations(): Map<string, z.infer<typeof Operation>> {
    return new Map(
      Object.entries(this.document.paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, told]) => [`${method.toUpperCase()} ${path}`, told] as const),
      ),
    );
  }

  /** What about an answer is not as the document says; empty when all is. */
  faults(operation: string, answer: Answer): string[] {
    const response = this.operations.get(operation)?.responses[String(answer.status)];
    if (response === undefined) return [`${operation} ${answer.status} is not in the document`];
    const headers = Object.keys(this.document.components.headers).filter(
      (name) => answer.headers.has(name) && response.headers[name] === undefined,
    );
    return [
      ...headers.map((name) => `${operation} ${answer.status} has ${name}, which is not in the document`),
      ...this.#faultsOfBody(response, answer).map((fault) => `${operation} ${answer.status}: ${fault}`),
    ];
  }

  /** What a schema of the document allows: a field that it does not tell of is a fault, too. */
  allows(schema: object): ZodType {
    return z.fromJSONSchema(JsonSchema.parse({ ...asJsonSchema(schema), $defs: this.#definitions }));
  }

  #faultsOfBody({ content }: z.infer<typeof Response>, answer: Answer): string[] {
    if (content === undefined) return answer.text === '' ? [] : ['a body that the document does not tell of'];
    const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
    const told = content[type];
    if (told === undefined) return [`${type} is not in the document`];
    const parsed = this.allows(told.schema).safeParse(answer.json);
    return parsed.success ? [] : [parsed.error.message];
  }
}

function asJsonSchema(schema: object): Record<string, unknown> {
  const text = JSON.stringify(closed(schema));
  return Json.parse(JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')));
}

/** With no room for fields that it does not name. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  const read = Json.safeParse(node);
  if (!read.success) return node;
  const made = Object.fromEntries(Object.entries(read.data).map(([name, child]) => [name, closed(child)]));
  const isOpen = 'properties' in made && 'type' in made && !('additionalProperties' in made);
  return isOpen ? { ...made, additionalProperties: false } : made;
}
