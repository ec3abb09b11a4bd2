import { Client } from 'pg';

const TABLES = `
  SELECT c.relname AS "table",
         string_agg(format('  %s %s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
                      CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END,
                      CASE WHEN a.attidentity <> '' THEN ' GENERATED AS IDENTITY'
                           WHEN a.attgenerated <> '' THEN format(' GENERATED (%s)', pg_get_expr(d.adbin, d.adrelid))
                           WHEN d.adbin IS NOT NULL THEN format(' DEFAULT %s', pg_get_expr(d.adbin, d.adrelid))
                           ELSE '' END), E'\\n' ORDER BY a.attnum) AS columns
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
   GROUP BY c.relname ORDER BY c.relname`;

const CONSTRAINTS = `
  SELECT conrelid::regclass::text AS "table", format('  %s %s', conname, pg_get_constraintdef(oid)) AS line
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n' ORDER BY 1, conname`;

const INDEXES = `SELECT tablename AS "table", '  ' || indexdef AS line FROM pg_indexes WHERE schemaname = 'public'
   ORDER BY tablename, indexname`;

const TRIGGERS = `
  SELECT tgrelid::regclass::text AS "table", '  ' || pg_get_triggerdef(oid) AS line
    FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, tgname`;

/** The whole schema as text, the same for the same schema: what the migrations add up to. */
export async function describeSchema(databaseUrl: string): Promise<string> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const tables = await client.query<{ table: string; columns: string }>(TABLES);
    const rest = [
      ...(await client.query<{ table: string; line: string }>(CONSTRAINTS)).rows,
      ...(await client.query<{ table: string; line: string }>(INDEXES)).rows,
      ...(await client.query<{ table: string; line: string }>(TRIGGERS)).rows,
    ];
    const described = tables.rows.map(({ table, columns }) =>
      [`TABLE ${table}`, columns, ...rest.filter((row) => row.table === table).map((row) => row.line)].join(
        '\n',
      ),
    );
    const head = '-- Generated from the migrations: UPDATE_SCHEMA=1 npx jest test/models/schema\n';
    return `${head}\n${described.join('\n\n')}\n`;
  } finally {
    await client.end();
  }
}
