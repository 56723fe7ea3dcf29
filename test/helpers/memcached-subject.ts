import memjs, { type Client } from 'memjs';
import type { ConnectionFields } from '../../src/core/connection.ts';
import type { ConfiguredService } from '../../src/core/service.ts';
import type { ConformanceServer, ConformanceSubject } from '../../src/testing/service-conformance.ts';

export function memcachedSubject(service: ConfiguredService, start: () => Promise<ConformanceServer>): ConformanceSubject {
  return {
    service,
    start,
    envNames: ['MEMCACHED_URL', 'MEMCACHED_HOST', 'MEMCACHED_PORT', 'MEMCACHED_SERVERS', 'MEMCACHE_SERVERS'],
    write: (fields, key) => withMemcached(fields, async (client) => void (await client.set(key, '1', {}))),
    has: (fields, key) => withMemcached(fields, async (client) => (await client.get(key)).value !== null),
  };
}

/** Connects as an app would, by the ecosystem's client. */
export function connectMemcached({ servers }: ConnectionFields): Client {
  return memjs.Client.create(servers, { retries: 0, timeout: 5 });
}

export async function withMemcached<T>(fields: ConnectionFields, use: (client: Client) => Promise<T>): Promise<T> {
  const client = connectMemcached(fields);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}
