import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { createTestDatabase } from '../support/database';
import { describeSchema } from './describe-schema';

const DUMP = path.resolve(__dirname, '../../migrations/schema.txt');

test('the schema that the migrations make is the one written down beside them', async () => {
  const database = await createTestDatabase();
  try {
    const schema = await describeSchema(database.url);
    if (process.env['UPDATE_SCHEMA'] === '1') await writeFile(DUMP, schema);
    expect(schema).toBe(await readFile(DUMP, 'utf8'));
  } finally {
    await database.drop();
  }
});
