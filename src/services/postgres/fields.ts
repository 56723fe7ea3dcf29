import type { ConnectionFields } from '../../core/connection.ts';
import type { Target } from './connect.ts';

/** What a client of PostgreSQL needs. `query` is the part after `?` of an external address, kept as it was. */
export function toFields(target: Target, query = ''): ConnectionFields {
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  const path = `${host}:${target.port}/${encodeURIComponent(target.database)}`;
  return {
    url: `postgresql://${encodeURIComponent(target.user)}:${encodeURIComponent(target.password)}@${path}${query}`,
    host: target.host,
    port: String(target.port),
    user: target.user,
    password: target.password,
    database: target.database,
    jdbcUrl: `jdbc:postgresql://${path}${query}`,
  };
}

/** The names that drivers, frameworks and hand-written scripts read. */
export function toEnvironment(fields: ConnectionFields): Readonly<Record<string, string>> {
  const { url, host, port, user = '', password = '', database = '', jdbcUrl = '' } = fields;
  return {
    DATABASE_URL: url,
    TEST_DATABASE_URL: url,
    TEST_DB_URL: url,
    PGHOST: host,
    PGPORT: port,
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
    POSTGRES_HOST: host,
    POSTGRES_PORT: port,
    POSTGRES_USER: user,
    POSTGRES_PASSWORD: password,
    POSTGRES_DB: database,
    SPRING_DATASOURCE_URL: jdbcUrl,
    SPRING_DATASOURCE_USERNAME: user,
    SPRING_DATASOURCE_PASSWORD: password,
  };
}
