import type { ConnectionFields } from '../../core/connection.ts';

export interface AmqpTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly vhost: string;
  /** Where a broker of ours takes commands. */
  readonly control?: string | undefined;
}

export function toFields({ host, port, user, password, vhost, control }: AmqpTarget): ConnectionFields {
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  return {
    url: `amqp://${login}@${host.includes(':') ? `[${host}]` : host}:${port}/${encodeURIComponent(vhost)}`,
    host,
    port: String(port),
    user,
    password,
    vhost,
    ...(control === undefined ? {} : { control }),
  };
}

/** The names that clients, frameworks and hand-written scripts read. */
export function toEnvironment(fields: ConnectionFields): Readonly<Record<string, string>> {
  const { url, host, port, user = '', password = '', vhost = '' } = fields;
  return {
    RABBITMQ_URL: url,
    AMQP_URL: url,
    TEST_RABBITMQ_URL: url,
    RABBITMQ_HOST: host,
    RABBITMQ_PORT: port,
    RABBITMQ_USER: user,
    RABBITMQ_PASSWORD: password,
    RABBITMQ_VHOST: vhost,
    SPRING_RABBITMQ_HOST: host,
    SPRING_RABBITMQ_PORT: port,
    SPRING_RABBITMQ_USERNAME: user,
    SPRING_RABBITMQ_PASSWORD: password,
    SPRING_RABBITMQ_VIRTUAL_HOST: vhost,
  };
}
