import pg from 'pg';
import type { ConnectionFields } from '../../src/core/connection.ts';
import type { ConfiguredService } from '../../src/core/service.ts';
import type { ConformanceServer, ConformanceSubject } from '../../src/testing/service-conformance.ts';

export function postgresSubject(service: ConfiguredService, start: () => Promise<ConformanceServer>): ConformanceSubject {
  return {
    service,
    start,
    envNames: [
      'DATABASE_URL',
      'TEST_DATABASE_URL',
      'TEST_DB_URL',
      'PGHOST',
      'PGPORT',
      'PGUSER',
      'PGPASSWORD',
      'PGDATABASE',
      'SPRING_DATASOURCE_URL',
    ],
    write: async (fields, key) => void (await sql(fields, `create table ${key} (id int)`)),
    has: async (fields, key) =>
      (await sql<{ there: boolean }>(fields, `select to_regclass('"${key}"') is not null as there`))[0]?.there === true,
  };
}

/** Runs one message of SQL on a connection of its own. */
export async function sql<R extends pg.QueryResultRow = pg.QueryResultRow>(
  fields: Pick<ConnectionFields, 'url'>,
  text: string,
): Promise<R[]> {
  const client = new pg.Client({ connectionString: fields.url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<R>(text)).rows;
  } finally {
    await client.end();
  }
}
