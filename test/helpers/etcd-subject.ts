import { Etcd3 } from 'etcd3';
import type { ConnectionFields } from '../../src/core/connection.ts';
import type { ConfiguredService } from '../../src/core/service.ts';
import type { ConformanceServer, ConformanceSubject } from '../../src/testing/service-conformance.ts';

export function etcdSubject(service: ConfiguredService, start: () => Promise<ConformanceServer>): ConformanceSubject {
  return {
    service,
    start,
    envNames: ['ETCD_URL', 'ETCD_ENDPOINTS', 'ETCDCTL_ENDPOINTS', 'ETCD_HOST', 'ETCD_PORT'],
    write: (fields, key) => withEtcd(fields, async (client) => void (await client.put(key).value('1'))),
    has: (fields, key) => withEtcd(fields, async (client) => (await client.get(key).string()) !== null),
  };
}

/** Connects as an app would, by the ecosystem's client. */
export function connectEtcd({ url }: ConnectionFields): Etcd3 {
  return new Etcd3({ hosts: url });
}

async function withEtcd<T>(fields: ConnectionFields, use: (client: Etcd3) => Promise<T>): Promise<T> {
  const client = connectEtcd(fields);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}
