import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { csvReply } from '../../src/api/csv';

const COLUMNS = { Name: (name: string) => name };
async function* named(names: string[], fault?: Error): AsyncGenerator<string> {
  yield* names;
  if (fault !== undefined) throw fault;
}

async function sent(
  rows: AsyncIterable<string>,
): Promise<{ text: string; fault: unknown; logged: unknown[] }> {
  const logged: unknown[] = [];
  const logger = { error: (facts: object) => void logged.push(facts) };
  const { body } = await csvReply('names', COLUMNS, rows, logger);
  if (!(body instanceof Readable)) throw new Error('It is sent at once');
  let text = '';
  const fault: unknown = await body
    .forEach((part: Buffer) => void (text += part.toString()))
    .catch((error: unknown) => error);
  return { text, fault, logged };
}

test('no cell is a formula, in whatever writing', async () => {
  const { text } = await sent(named(['=1+1', '+1', '-1', '@A1', '\t=1', '\uff1d1', 'a=b', '"=1"']));
  for (const cell of text.split('\r\n').slice(1)) expect(cell).not.toMatch(/^"?[=+\-@\t\uff1d]/);
});

test('a table that cannot be read to its end is cut off, and the log says why', async () => {
  const fault = new Error('the database went away');
  await expect(sent(named([], fault))).rejects.toBe(fault); // An answer with a status still.
  const cut = await sent(named(['one', 'two'], fault));
  expect(cut).toMatchObject({ fault, logged: [{ err: fault, fileName: 'names' }] });
  expect(await sent(named(['one']))).toMatchObject({ fault: undefined, logged: [] });
});
