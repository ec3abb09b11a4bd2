import { z } from 'zod';
import { type Answer, send } from './http';

const Content = z.record(z.string(), z.looseObject({ schema: z.looseObject({}) }));
const Operation = z.looseObject({
  responses: z.record(z.string(), z.looseObject({ content: Content.optional() })),
});
const JsonSchema = z.custom<z.core.JSONSchema.JSONSchema>((value) => typeof value === 'object');
const Document = z.looseObject({
  openapi: z.string(),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.looseObject({ schemas: z.record(z.string(), z.looseObject({})) }),
});

/** The service's own description of itself, for holding real answers against it. */
export class OpenApi {
  private constructor(readonly document: z.infer<typeof Document>) {}

  static async of(origin: string): Promise<OpenApi> {
    return new OpenApi((await send(origin, 'GET', '/openapi.json')).as(Document, 200));
  }

  /** `GET /api/concerts/{concertId}` and so on. */
  get operations(): string[] {
    return Object.entries(this.document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
  }

  /** What about an answer is not as the document says; empty when all is. */
  faults(operation: string, answer: Answer): string[] {
    const [method = '', path = ''] = operation.split(' ');
    const found = this.document.paths[path]?.[method.toLowerCase()];
    if (found === undefined) return [`${operation} is not in the document`];
    const response = found.responses[String(answer.status)];
    if (response === undefined) return [`${operation} ${answer.status} is not in the document`];
    if (response.content === undefined)
      return answer.text === '' ? [] : [`${operation} has an undocumented body`];
    const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
    const content = response.content[type];
    if (content === undefined) return [`${operation} answers ${type}, which is not in the document`];
    const parsed = z.fromJSONSchema(this.#whole(content.schema)).safeParse(answer.json);
    return parsed.success ? [] : [`${operation}: ${parsed.error.message}`];
  }

  /** A schema with everything that it refers to. */
  #whole(schema: object): z.core.JSONSchema.JSONSchema {
    const text = JSON.stringify({ ...schema, $defs: this.document.components.schemas });
    return JsonSchema.parse(JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')));
  }
}
