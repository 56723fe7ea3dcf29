import type { Endpoint } from '../../core/connection.ts';
import type { LaunchSpec } from '../../core/launch-spec.ts';
import type { ConfiguredService, ServiceRequest } from '../../core/service.ts';
import { postgresBinary } from './binary-spec.ts';
import type { Target } from './connect.ts';
import { connect } from './connect.ts';
import { deviations } from './deviations.ts';
import { readExternal } from './external.ts';
import { toEnvironment, toFields } from './fields.ts';
import { postgresImage } from './image-spec.ts';
import { initLayer, scriptsIn } from './init-layer.ts';
import { initdbLayer } from './initdb-layer.ts';
import { dropLeases, openLeases } from './lease-book.ts';
import { readOptions } from './options.ts';
import { checkReady } from './ready.ts';
import { runSqlScript } from './script/run-script.ts';

/** PostgreSQL with the project's settings: on binaries, or at an address that is given. */
export function configurePostgres(request: ServiceRequest): ConfiguredService {
  const settings = readOptions(request);
  const external = request.url === undefined ? undefined : readExternal(request.name, request.url);
  const target = ({ host, port }: Endpoint): Target => ({ ...(external?.target ?? settings), host, port });
  const layers = [initdbLayer(settings), ...(request.init.length > 0 ? [initLayer(request.init, target)] : [])];
  const launch: readonly LaunchSpec[] = external
    ? [{ kind: 'address', url: external.url, defaultPort: 5432 }]
    : [postgresBinary(request.version, settings, layers), postgresImage(request.version, settings, request.init)];
  return {
    kind: 'postgres',
    title: 'PostgreSQL',
    launch,
    deviations: (version, driver) => deviations(version, driver, settings, request.init.length > 0),
    fields: (endpoint) => toFields(target(endpoint), external?.query),
    env: toEnvironment,
    ready: (endpoint, check) => checkReady(endpoint, target(endpoint), check),
    preload: () => import('pg'),
    wire: 'postgres',
    lease: {
      kind: 'database',
      open: (endpoint, options) =>
        openLeases(
          { ...target(endpoint), unixSocket: endpoint.unixSocket },
          {
            external: external !== undefined,
            query: external?.query ?? '',
            token: options?.token,
            allowReset: request.allowReset,
            strict: settings.strict,
          },
        ),
      dropAll: (endpoint, { token }) => dropLeases(target(endpoint), token),
    },
    async runScript(endpoint, file, log, signal) {
      for (const script of scriptsIn(file)) await runSqlScript(target(endpoint), script, { log, signal });
    },
    async settle(endpoint) {
      await query(target(endpoint), 'ANALYZE');
    },
    async activity(endpoint) {
      const sql = `select pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()) as at`;
      return String((await query<{ at: string }>(target(endpoint), sql))[0]?.at);
    },
  };
}

async function query<R extends Record<string, unknown>>(target: Target, sql: string): Promise<R[]> {
  const client = await connect(target);
  try {
    return (await client.query<R>(sql)).rows;
  } finally {
    await client.end();
  }
}
