import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { run } from '../script/run';
import { OpenApi } from '../support/openapi';
import { Stack } from '../support/stack';

let stack: Stack;
let openApi: OpenApi;
beforeAll(async () => {
  stack = await Stack.start({ webs: 1, workers: 0 });
  openApi = await OpenApi.of(stack.origin());
});
afterAll(async () => stack.stop());

interface Place {
  at: string;
  node: Record<string, unknown>;
}

/** Every object of the document, with its path. */
function* objects(node: unknown, at = '#'): Generator<Place> {
  if (Array.isArray(node)) {
    for (const [index, child] of node.entries()) yield* objects(child, `${at}/${index}`);
    return;
  }
  const read = z.record(z.string(), z.unknown()).safeParse(node);
  if (!read.success) return;
  yield { at, node: read.data };
  for (const [name, child] of Object.entries(read.data))
    yield* objects(child, `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
}

/** What the validator says: a program of its own, as Jest cannot load its modules on every Node that we serve. */
async function judged(document: object): Promise<unknown> {
  const program = require.resolve('@seriousme/openapi-schema-validator/bin/validate-api-cli.js');
  const folder = await mkdtemp(path.join(tmpdir(), 'frontrow-openapi-'));
  try {
    const file = path.join(folder, 'openapi.json');
    await writeFile(file, JSON.stringify(document));
    const said: unknown = JSON.parse((await run(process.execPath, [program, file])).stdout);
    return said;
  } finally {
    await rm(folder, { recursive: true });
  }
}

const responses = () =>
  [...openApi.operations].flatMap(([operation, { responses: all }]) =>
    Object.entries(all).map(([status, response]) => ({ operation: `${operation} ${status}`, response })),
  );

describe('the OpenAPI document', () => {
  test('is valid OpenAPI 3.1', async () => {
    expect(await judged(openApi.document)).toEqual({ valid: true });
    expect(await judged({ ...openApi.document, servers: 'anywhere' })).toMatchObject({ valid: false });
    expect(openApi.document.openapi).toBe('3.1.0');
    expect(openApi.document['servers']).toEqual([expect.objectContaining({ url: '/' })]);
  });

  test('refers to nothing that it does not have', () => {
    const all = [...objects(openApi.document)];
    const paths = new Set(all.map(({ at }) => at));
    const targets = all.flatMap(({ node }) => (typeof node['$ref'] === 'string' ? [node['$ref']] : []));
    expect(targets.length).toBeGreaterThan(100);
    expect(targets.filter((target) => !paths.has(target))).toEqual([]);
  });

  test('names each operation once, in words that read well in a client', () => {
    const names = [...openApi.operations.values()].map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z]+([A-Z][a-z]+)*$/.test(name) || /api/i.test(name))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(['holdSeat', 'holdSeats', 'payBooking', 'cancelBooking']));
  });

  test('describes each parameter of a path, with a pattern that its example keeps', () => {
    const faults: string[] = [];
    for (const [operation, { parameters }] of openApi.operations) {
      const named = [...operation.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const told = parameters.filter((parameter) => parameter.in === 'path');
      expect([operation, told.map(({ name }) => name)]).toEqual([operation, named]);
      for (const { name, description = '', schema } of told) {
        const { pattern, examples } = z
          .looseObject({ pattern: z.string(), examples: z.tuple([z.string()]) })
          .parse(schema);
        if (description === '' || !new RegExp(pattern).test(examples[0]))
          faults.push(`${operation}: ${name}`);
      }
    }
    expect(faults).toEqual([]);
  });

  test('tells the codes of each call, each with an example that is one', () => {
    const told = responses().flatMap(({ operation, response }) => {
      const problem = response.content?.['application/problem+json'];
      return problem === undefined ? [] : [{ operation, problem }];
    });
    expect(told.length).toBeGreaterThan(100);
    for (const { operation, problem } of told) {
      const examples = Object.keys(z.record(z.string(), z.unknown()).parse(problem['examples']));
      expect(examples.length).toBeGreaterThan(0);
      const allowed = openApi.allows(problem.schema);
      for (const code of examples) {
        const { value } = openApi.document.components.examples[code] ?? {};
        expect([operation, code, allowed.safeParse(value).error]).toEqual([operation, code, undefined]);
        expect(allowed.safeParse({ ...z.looseObject({}).parse(value), code: 'EMAIL_LOST' }).success).toBe(
          false,
        );
      }
    }
  });

  test('has examples that its schemas allow', () => {
    const shown = [...objects(openApi.document)].filter(({ node }) => Array.isArray(node['examples']));
    expect(shown.length).toBeGreaterThan(5);
    for (const { at, node } of shown) {
      for (const example of z.array(z.unknown()).parse(node['examples'])) {
        const { examples: _examples, ...schema } = node;
        expect([at, openApi.allows(schema).safeParse(example).error]).toEqual([at, undefined]);
      }
    }
  });

  test('tells jobs apart by their status, and those that are done by their kind', () => {
    const { Job, CompletedJob } = openApi.document.components.schemas;
    const mapping = (schema: unknown) =>
      z
        .looseObject({
          discriminator: z.looseObject({ propertyName: z.string(), mapping: z.looseObject({}) }),
        })
        .parse(schema).discriminator;
    expect(mapping(Job).propertyName).toBe('status');
    expect(Object.keys(mapping(Job).mapping)).toEqual(['queued', 'completed', 'rejected', 'failed']);
    expect(mapping(CompletedJob).propertyName).toBe('kind');
    expect(Object.keys(mapping(CompletedJob).mapping).sort()).toEqual([
      'block',
      'cancel',
      'enlist',
      'hold',
      'pay',
      'unblock',
      'withdraw',
    ]);
  });

  test('says which answers are streams, and which headers come with what', () => {
    const streams = responses().filter(
      ({ response }) => response.content?.['text/event-stream'] !== undefined,
    );
    expect(streams.map(({ operation }) => operation)).toEqual([
      'GET /api/users/queue/events 200',
      'GET /api/concerts/schedules/{scheduleId}/seats/events 200',
      'GET /api/waitlist/events 200',
      'GET /api/admin/desk/events 200',
    ]);
    const headersOf = (name: string): string[] =>
      Object.keys(responses().find(({ operation }) => operation === name)?.response.headers ?? {});
    expect(headersOf('POST /api/concerts/seats/{seatId}/book 202')).toEqual(
      expect.arrayContaining(['Location', 'Retry-After', 'Idempotency-Replayed']),
    );
    expect(headersOf('GET /api/concerts/schedules/{scheduleId}/seats 304')).toContain('ETag');
    for (const { operation, response } of responses()) {
      expect([operation, Object.keys(response.headers)]).toEqual([
        operation,
        expect.arrayContaining(['X-Request-Id']),
      ]);
      if (/ (429|503)$/.test(operation)) expect(Object.keys(response.headers)).toContain('Retry-After');
    }
  });
});
