import type { Client } from 'pg';

/** The content of every table and the position of every sequence, as text: equal if and only if the database is in the same state. Knows nothing of the log. */
export async function readState(client: Client): Promise<string> {
  const contents = await readContents(client);
  const { rows: sequences } = await client.query<{ name: string; value: string | null }>(`
    SELECT schemaname || '.' || sequencename AS name, last_value::text AS value FROM pg_sequences WHERE schemaname <> 'seatrial' ORDER BY 1`);
  return [
    ...[...contents].map(([name, content]) => `${name}\n${content}`),
    ...sequences.map(({ name, value }) => `${name} = ${value}`),
  ].join('\n\n');
}

/** All rows by table. */
export async function readContents(client: Client): Promise<Map<string, string>> {
  const { rows: tables } = await client.query<{ name: string }>(`
    SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname NOT IN ('seatrial', 'information_schema') AND n.nspname !~ '^pg_' ORDER BY 1`);
  const selects = tables.map(
    ({ name }) =>
      `SELECT ${literal(name)} AS name, string_agg(t::text, E'\\n' ORDER BY t::text COLLATE "C") AS content FROM ONLY ${name} t`,
  );
  const { rows } = await client.query<{ name: string; content: string | null }>(selects.join(' UNION ALL '));
  return new Map(rows.sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ name, content }) => [name, content ?? '']));
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
