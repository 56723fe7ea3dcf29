import type { ConnectionFields } from '../../src/core/connection.ts';
import type { ConfiguredService } from '../../src/core/service.ts';
import { openRespClient } from '../../src/services/redis/resp.ts';
import type { ConformanceServer, ConformanceSubject } from '../../src/testing/service-conformance.ts';

export function redisSubject(service: ConfiguredService, start: () => Promise<ConformanceServer>): ConformanceSubject {
  return {
    service,
    start,
    envNames: ['REDIS_URL', 'TEST_REDIS_URL', 'REDIS_HOST', 'REDIS_PORT', 'SPRING_DATA_REDIS_HOST', 'SPRING_DATA_REDIS_PORT'],
    write: async (fields, key) => void (await redisCommand(fields, 'SET', key, '1')),
    has: async (fields, key) => (await redisCommand(fields, 'EXISTS', key)) === 1,
  };
}

/** One command at the address in the URL, as an app would send it. */
export async function redisCommand({ url }: Pick<ConnectionFields, 'url'>, ...command: readonly string[]): Promise<unknown> {
  const { hostname, port, password, pathname } = new URL(url);
  const target = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port),
    password: decodeURIComponent(password) || undefined,
    database: Number(pathname.slice(1) || 0),
  };
  using client = await openRespClient(target, { timeoutMs: 5_000 });
  return await client.send(...command);
}
