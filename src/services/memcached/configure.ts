import type { ConnectionFields, Endpoint } from '../../core/connection.ts';
import type { ConfiguredService, ReadyCheck, ServiceRequest } from '../../core/service.ts';
import { undividedLease } from '../../core/undivided-lease.ts';
import { SeatrialError } from '../../errors.ts';
import { settleAll } from '../../util/settle-all.ts';
import { type MemcachedTarget, openMemcachedClient } from './client.ts';
import { openInspector } from './inspect.ts';
import { readActivity } from './items.ts';
import { memcachedBinary, memcachedImage } from './launch.ts';
import { readSettings } from './options.ts';
import { openSeed } from './reset.ts';

const TRY_TIMEOUT_MS = 3_000;

/** memcached with the project's settings. A lease is a server of its own: it starts in milliseconds. */
export function configureMemcached(request: ServiceRequest): ConfiguredService {
  const settings = readSettings(request);
  if (request.url !== undefined) checkUrl(request.name, request.url);
  return {
    kind: 'memcached',
    title: 'memcached',
    launch:
      request.url === undefined
        ? [memcachedBinary(request.version, settings), memcachedImage(request.version, settings)]
        : [{ kind: 'address', url: request.url, defaultPort: 11211 }],
    deviations: (_version, driver) =>
      driver === 'external' || settings.some((word) => word.startsWith('--threads=')) ? [] : ['two threads, not four'],
    fields: toFields,
    env: toEnvironment,
    ready: async (endpoint, check) => {
      await settleAll(endpoint.addresses.map((host) => checkAddress({ host, port: endpoint.port }, check)));
    },
    lease:
      request.url === undefined
        ? { kind: 'instance', openSeed: (seeded) => openSeed(seeded) }
        : undividedLease('memcached', toFields),
    ephemeral: true, // values expire
    inspect: { early: false, open: ({ host, port }) => openInspector({ host, port: Number(port) }) },
    async activity({ host, port }) {
      using client = await openMemcachedClient({ host, port }, { timeoutMs: TRY_TIMEOUT_MS });
      return await readActivity(client);
    },
  };
}

function toFields({ host, port }: Pick<Endpoint, 'host' | 'port'>): ConnectionFields {
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return { url: `memcached://${address}`, host, port: String(port), servers: address };
}

/** The names that clients and frameworks read. */
function toEnvironment({ url, host, port, servers = '' }: ConnectionFields): Readonly<Record<string, string>> {
  return {
    MEMCACHED_URL: url,
    TEST_MEMCACHED_URL: url,
    MEMCACHED_HOST: host,
    MEMCACHED_PORT: port,
    MEMCACHED_SERVERS: servers,
    MEMCACHE_SERVERS: servers,
  };
}

/** It can't echo a token of ours, but it can tell who it is. */
async function checkAddress(target: MemcachedTarget, { pid, signal }: ReadyCheck): Promise<void> {
  using client = await openMemcachedClient(target, { timeoutMs: TRY_TIMEOUT_MS, signal });
  const stats = await client.lines('stats');
  const answered = stats.map((line) => /^STAT pid (\d+)$/.exec(line)?.[1]).find((found) => found !== undefined);
  if (answered === undefined) throw new Error(`${target.host}:${target.port} does not answer to \`stats\` as memcached does`);
  if (pid !== undefined && Number(answered) !== pid)
    throw new Error(
      `another memcached server (process ${answered}) answers at ${target.host}:${target.port}; ours is process ${pid}`,
    );
}

function checkUrl(name: string, text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^memcached?:$/.test(url.protocol) || !url.hostname || url.username || url.password)
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${name}: cannot read the address ${JSON.stringify(text)}`, {
      hint: 'write it as memcached://host:11211, one server (logins and TLS are not supported)',
    });
}
