import type { ConnectionFields } from '../../core/connection.ts';
import type { Target } from './connect.ts';
import type { Flavor } from './flavor.ts';

/** What a client needs. `query` is the part after `?` of an external address, kept as it was. */
export function toFields(flavor: Flavor, target: Target, rootPassword: string | undefined, query = ''): ConnectionFields {
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  const path = `${host}:${target.port}/${encodeURIComponent(target.database ?? '')}`;
  return {
    url: `mysql://${encodeURIComponent(target.user)}:${encodeURIComponent(target.password)}@${path}${query}`,
    host: target.host,
    port: String(target.port),
    user: target.user,
    password: target.password,
    database: target.database ?? '',
    ...(rootPassword === undefined ? {} : { rootPassword }),
    // MySQL's own driver sends no password to a server without TLS unless it may ask for the key to encrypt it with.
    jdbcUrl:
      flavor === 'mysql' ? `jdbc:mysql://${path}${query || '?allowPublicKeyRetrieval=true'}` : `jdbc:mariadb://${path}${query}`,
  };
}

/** The names that drivers, frameworks and hand-written scripts read. */
export function toEnvironment(flavor: Flavor, fields: ConnectionFields): Readonly<Record<string, string>> {
  const { url, host, port, user = '', password = '', database = '', rootPassword, jdbcUrl = '' } = fields;
  const own = (prefix: string): Record<string, string> => ({
    [`${prefix}_HOST`]: host,
    [`${prefix}_PORT`]: port,
    [`${prefix}_USER`]: user,
    [`${prefix}_PASSWORD`]: password,
    [`${prefix}_DATABASE`]: database,
    ...(rootPassword === undefined ? {} : { [`${prefix}_ROOT_PASSWORD`]: rootPassword }),
  });
  return {
    DATABASE_URL: url,
    TEST_DATABASE_URL: url,
    TEST_DB_URL: url,
    ...own('MYSQL'),
    MYSQL_TCP_PORT: port, // libmysqlclient and the command line tools
    ...(flavor === 'mariadb' ? own('MARIADB') : {}),
    SPRING_DATASOURCE_URL: jdbcUrl,
    SPRING_DATASOURCE_USERNAME: user,
    SPRING_DATASOURCE_PASSWORD: password,
  };
}
