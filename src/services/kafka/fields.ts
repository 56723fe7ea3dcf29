import type { ConnectionFields } from '../../core/connection.ts';
import type { KafkaTarget } from './protocol/client.ts';

export function toFields({ host, port }: KafkaTarget): ConnectionFields {
  const bootstrapServers = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return { url: `kafka://${bootstrapServers}`, host, port: String(port), bootstrapServers };
}

export function toTarget({ host, port }: ConnectionFields): KafkaTarget {
  return { host, port: Number(port) };
}

/** The names that frameworks and hand-written code read. */
export function toEnvironment({ url, bootstrapServers = '' }: ConnectionFields): Readonly<Record<string, string>> {
  return {
    KAFKA_BOOTSTRAP_SERVERS: bootstrapServers,
    KAFKA_BROKERS: bootstrapServers,
    KAFKA_URL: url,
    TEST_KAFKA_BOOTSTRAP_SERVERS: bootstrapServers,
    SPRING_KAFKA_BOOTSTRAP_SERVERS: bootstrapServers,
  };
}
