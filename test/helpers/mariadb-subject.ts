import mysql from 'mysql2/promise';
import type { ConnectionFields } from '../../src/core/connection.ts';
import type { ConfiguredService } from '../../src/core/service.ts';
import type { ConformanceServer, ConformanceSubject } from '../../src/testing/service-conformance.ts';

export function mariadbSubject(service: ConfiguredService, start: () => Promise<ConformanceServer>): ConformanceSubject {
  return {
    service,
    start,
    envNames: [
      'DATABASE_URL',
      'TEST_DATABASE_URL',
      'TEST_DB_URL',
      'MYSQL_HOST',
      'MYSQL_PORT',
      'MYSQL_TCP_PORT',
      'MYSQL_USER',
      'MYSQL_PASSWORD',
      'MYSQL_DATABASE',
      'SPRING_DATASOURCE_URL',
    ],
    write: async (fields, key) => void (await mariadbQuery(fields, `create table \`${key}\` (id int)`)),
    has: async (fields, key) => (await mariadbQuery(fields, `show tables like '${key}'`)).length > 0,
  };
}

/** Runs one statement on a connection of its own, as an app would. */
export async function mariadbQuery(fields: Pick<ConnectionFields, 'url'>, sql: string): Promise<Record<string, unknown>[]> {
  const client = await mysql.createConnection({ uri: fields.url, connectTimeout: 5_000 });
  try {
    const [rows] = await client.query(sql);
    return rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}
