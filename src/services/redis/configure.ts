import type { Endpoint } from '../../core/connection.ts';
import type { ConfiguredService, ServiceRequest } from '../../core/service.ts';
import { redisBinaries } from './binary-spec.ts';
import { deviations } from './deviations.ts';
import { readExternal } from './external.ts';
import { flushAbandoned, openExternalLeases } from './external-leases.ts';
import { toEnvironment, toFields } from './fields.ts';
import { redisImage } from './image-spec.ts';
import { readOptions } from './options.ts';
import { checkReady } from './ready.ts';
import { appDatabases } from './reset/hidden-databases.ts';
import { openSeed } from './reset/seed.ts';
import { openRespClient, type RespTarget } from './resp.ts';
import { runRedisScript } from './run-script.ts';

const SAVE_TIMEOUT_MS = 600_000;

/** Redis with the project's settings: on binaries, or at an address that is given. A lease is a server of its own: it starts in 10 ms. */
export function configureRedis(request: ServiceRequest): ConfiguredService {
  const settings = readOptions(request);
  const external = request.url === undefined ? undefined : readExternal(request.name, request.url);
  const target = ({ host, port }: Endpoint): RespTarget => ({
    ...(external?.target ?? { password: settings.password }),
    host,
    port,
  });
  return {
    kind: 'redis',
    title: 'Redis',
    launch: external
      ? [{ kind: 'address', url: external.url, defaultPort: 6379 }]
      : [...redisBinaries(request.version, settings), redisImage(request.version, settings)],
    product: (version, driver) => (driver === 'embedded' ? `Redis (Valkey ${version})` : `Redis ${version}`),
    deviations: (version, driver) => deviations(version, driver, request.version),
    fields: (endpoint) => toFields(target(endpoint)),
    env: toEnvironment,
    ready: (endpoint, check) => checkReady(endpoint, target(endpoint), check),
    lease: external
      ? {
          kind: 'database',
          open: (endpoint) => openExternalLeases(target(endpoint)),
          // Nothing in the data says whose it is: later, it may be somebody else's.
          dropAll: async (endpoint, { urls, justNow }) => {
            if (justNow) await flushAbandoned(target(endpoint), urls);
          },
        }
      : {
          kind: 'instance',
          openSeed: (seeded) =>
            openSeed(target(seeded), (host, port) => ({ ...target(seeded), host, port }), appDatabases(settings.settings)),
        },
    runScript: (endpoint, file, _log, signal) => runRedisScript(target(endpoint), file, signal),
    ephemeral: true,
    // By itself the server writes nothing, and a restart should find what the seed has left.
    async settle(endpoint) {
      using client = await openRespClient(target(endpoint), { timeoutMs: SAVE_TIMEOUT_MS });
      await client.send('SAVE');
    },
    async activity(endpoint) {
      using client = await openRespClient(target(endpoint), { timeoutMs: 10_000 });
      const info = String(await client.send('INFO', 'persistence'));
      return `${/^rdb_changes_since_last_save:(\d+)/m.exec(info)?.[1]} ${await client.send('DBSIZE')}`;
    },
  };
}
