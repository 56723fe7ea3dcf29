import { Kvm } from '@nats-io/kv';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { ConnectionFields } from '../../src/core/connection.ts';
import type { ConfiguredService } from '../../src/core/service.ts';
import type { ConformanceServer, ConformanceSubject } from '../../src/testing/service-conformance.ts';

const BUCKET = 'conformance';

export function natsSubject(service: ConfiguredService, start: () => Promise<ConformanceServer>): ConformanceSubject {
  return {
    service,
    start,
    envNames: ['NATS_URL', 'NATS_URLS', 'NATS_SERVERS', 'NATS_HOST', 'NATS_PORT'],
    write: (fields, key) => withNats(fields, async (client) => void (await (await new Kvm(client).create(BUCKET)).put(key, '1'))),
    has: (fields, key) =>
      withNats(fields, async (client) => {
        for await (const { bucket } of new Kvm(client).list())
          if (bucket === BUCKET) return (await (await new Kvm(client).open(BUCKET)).get(key)) !== null;
        return false;
      }),
  };
}

/** Connects as an app would. */
export async function connectNats(fields: ConnectionFields): Promise<NatsConnection> {
  const { host, port, user, password, token } = fields;
  return connect({
    servers: `${host}:${port}`,
    reconnect: false,
    ...(user ? { user, pass: password ?? '' } : {}),
    ...(token ? { token } : {}),
  });
}

export async function withNats<T>(fields: ConnectionFields, use: (client: NatsConnection) => Promise<T>): Promise<T> {
  const client = await connectNats(fields);
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}
