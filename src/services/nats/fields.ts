import type { ConnectionFields } from '../../core/connection.ts';
import type { NatsTarget } from './client.ts';

export function toFields({ host, port, user = '', password = '', token = '' }: NatsTarget): ConnectionFields {
  const login = user
    ? `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`
    : token
      ? `${encodeURIComponent(token)}@`
      : '';
  return {
    url: `nats://${login}${host.includes(':') ? `[${host}]` : host}:${port}`,
    host,
    port: String(port),
    user,
    password,
    token,
  };
}

export function toTarget({ host, port, user, password, token }: ConnectionFields): NatsTarget {
  return { host, port: Number(port), user: user || undefined, password: password || undefined, token: token || undefined };
}

/** The names that clients, the command line tool and frameworks read. */
export function toEnvironment({ url, host, port, user, password, token }: ConnectionFields): Readonly<Record<string, string>> {
  return {
    NATS_URL: url,
    NATS_URLS: url,
    NATS_SERVERS: url,
    TEST_NATS_URL: url,
    NATS_HOST: host,
    NATS_PORT: port,
    NATS_SPRING_SERVER: url,
    ...(user && password ? { NATS_USER: user, NATS_PASSWORD: password } : {}),
    ...(token ? { NATS_TOKEN: token } : {}),
  };
}
