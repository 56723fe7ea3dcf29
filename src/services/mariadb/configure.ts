import type { Endpoint } from '../../core/connection.ts';
import type { LaunchSpec } from '../../core/launch-spec.ts';
import type { StateKeeper } from '../../core/reset.ts';
import type { ConfiguredService, ServiceRequest } from '../../core/service.ts';
import { readActivity } from './activity.ts';
import { mariadbBinary, mysqlBinary } from './binary-spec.ts';
import type { Target } from './connect.ts';
import { deviations } from './deviations.ts';
import { readExternal } from './external.ts';
import { toEnvironment, toFields } from './fields.ts';
import { type Flavor, isMariadb } from './flavor.ts';
import { mariadbImage } from './image-spec.ts';
import { initLayer } from './init-layer.ts';
import { dropLeases, openLeases } from './lease-book.ts';
import { readOptions } from './options.ts';
import { checkReady } from './ready.ts';
import { runSqlScript } from './script/run-script.ts';
import { scriptsIn } from './scripts-in.ts';
import { analyze } from './settle.ts';

const TITLES: Readonly<Record<Flavor, string>> = { mariadb: 'MariaDB', mysql: 'MySQL' };

/**
 * MariaDB or MySQL with the project's settings: on binaries, or at an address that is given. There are no template databases: a lease of ours
 * is a server of its own, on a copy of the prepared data directory; on another's server it is a database that is copied table by table.
 */
export function configureMariadb(flavor: Flavor, request: ServiceRequest): ConfiguredService {
  const settings = readOptions(request);
  const external = request.url === undefined ? undefined : readExternal(request.name, request.url);
  const target = ({ host, port }: Endpoint): Target & { readonly database: string } => ({
    ...(external?.target ?? { user: settings.user, password: settings.password, database: settings.database }),
    host,
    port,
  });
  const asRoot = (endpoint: Endpoint): Target & { readonly database: string } =>
    external ? target(endpoint) : { ...target(endpoint), user: 'root', password: settings.rootPassword };
  const layers = request.init.length > 0 ? [initLayer(request.init, asRoot, (endpoint) => environment(endpoint))] : [];
  const fields = (endpoint: Endpoint) =>
    toFields(flavor, target(endpoint), external ? undefined : settings.rootPassword, external?.query);
  const environment = (endpoint: Endpoint) => toEnvironment(flavor, fields(endpoint));
  return {
    kind: flavor,
    title: TITLES[flavor],
    launch: launchSpecs(),
    product: (version) =>
      flavor === 'mysql' && isMariadb(version) ? `MySQL (MariaDB ${version})` : `${TITLES[flavor]} ${version}`,
    deviations: (version, driver) => deviations(flavor, version, driver, settings, request.init.length > 0),
    fields,
    env: (from) => toEnvironment(flavor, from),
    ready: (endpoint, check) => checkReady(endpoint, target(endpoint), check),
    preload: () => import('mysql2'),
    lease: external
      ? {
          kind: 'database',
          open: (endpoint, options) =>
            openLeases(target(endpoint), (leased) => toFields(flavor, leased, undefined, external.query), options?.token),
          dropAll: (endpoint, { token }) => dropLeases(target(endpoint), token),
        }
      : {
          kind: 'instance',
          data: 'seeded',
          openSeed: async (main) => ({
            fill: async () => {}, // it has started with the seed
            openKeeper: async (leased, isolation) => {
              const { openKeeper } = await import('./open-keeper.ts');
              const lease = { ...asRoot(leased), database: undefined, unixSocket: leased.unixSocket };
              return { ...(await openKeeper(lease, isolation)), keep: await keepIn(lease, main) };
            },
            [Symbol.asyncDispose]: async () => {},
          }),
        },
    async runScript(endpoint, file, log, signal) {
      for (const script of scriptsIn(file)) await runSqlScript(target(endpoint), script, { log, signal });
    },
    settle: (endpoint) => analyze(asRoot(endpoint)),
    activity: (endpoint) => readActivity(target(endpoint)),
  };

  async function keepIn(lease: Target, main: Endpoint): Promise<NonNullable<StateKeeper['keep']>> {
    const { keepState } = await import('./keep-state.ts');
    const { user, password, database } = target(main);
    return (name) => keepState({ lease: { ...lease, database }, main: asRoot(main), user: { user, password }, name });
  }

  function launchSpecs(): readonly LaunchSpec[] {
    if (external) return [{ kind: 'address', url: external.url, defaultPort: 3306 }];
    const image = mariadbImage(flavor, request.version, settings, request.init);
    if (flavor === 'mariadb') return [mariadbBinary(request.version, settings, layers), image];
    const mysql = mysqlBinary(request.version, settings, layers);
    return settings.standIn ? [mysql, mariadbBinary(undefined, settings, layers), image] : [mysql, image];
  }
}
