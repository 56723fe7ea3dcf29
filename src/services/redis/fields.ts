import type { ConnectionFields } from '../../core/connection.ts';
import type { RespTarget } from './resp.ts';

export function toFields({ host, port, user, password, database = 0 }: RespTarget, scheme = 'redis'): ConnectionFields {
  const login = password === undefined ? '' : `${encodeURIComponent(user ?? '')}:${encodeURIComponent(password)}@`;
  return {
    url: `${scheme}://${login}${host.includes(':') ? `[${host}]` : host}:${port}/${database}`,
    host,
    port: String(port),
    password: password ?? '',
    database: String(database),
  };
}

/** The names that clients, frameworks and hand-written scripts read. */
export function toEnvironment({ url, host, port, password }: ConnectionFields): Readonly<Record<string, string>> {
  return {
    REDIS_URL: url,
    TEST_REDIS_URL: url,
    REDIS_HOST: host,
    REDIS_PORT: port,
    SPRING_DATA_REDIS_HOST: host,
    SPRING_DATA_REDIS_PORT: port,
    ...(password ? { REDIS_PASSWORD: password, SPRING_DATA_REDIS_PASSWORD: password } : {}),
  };
}
