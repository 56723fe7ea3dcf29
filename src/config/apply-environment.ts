import type { ServiceConfig } from '../core/config.ts';
import type { Json } from '../core/json.ts';
import type { Registry } from '../core/registry.ts';
import { SeatrialError } from '../errors.ts';
import { toVariable } from '../util/variable-name.ts';
import { isOwnEnvironment } from './own-environment.ts';

export interface Overridden {
  readonly services: readonly ServiceConfig[];
  readonly runId: string | undefined;
  readonly containerName: string | undefined;
}

/**
 * What teams script by hand is honoured when it is set from outside: `<PROJECT>_TEST_RUN_ID`, `_TEST_CONTAINER`, and `_TEST_DB_PORT`, `_USER`,
 * `_PASS`, `_NAME` for the first service that is a database. Where they are our own they say nothing.
 */
export async function applyEnvironment(
  services: readonly ServiceConfig[],
  project: string,
  env: NodeJS.ProcessEnv,
  registry: Registry,
): Promise<Overridden> {
  if (isOwnEnvironment(env)) return { services, runId: undefined, containerName: undefined };
  const prefix = `${toVariable(project)}_TEST`;
  const get = (name: string) => env[`${prefix}_${name}`] || undefined;
  const port = get('DB_PORT');
  const options = { user: get('DB_USER'), password: get('DB_PASS'), database: get('DB_NAME') };
  const given = Object.entries(options).filter((entry): entry is [string, string] => entry[1] !== undefined);
  if (port !== undefined && !isPort(port))
    throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${prefix}_DB_PORT is ${JSON.stringify(port)}`, {
      hint: 'expected a port from 1 to 65535',
    });
  const database = port !== undefined || given.length > 0 ? await firstDatabase(services, registry) : undefined;
  const changed = (service: ServiceConfig): ServiceConfig => ({
    ...service,
    ...(port === undefined ? {} : { port: Number(port) }),
    options: { ...service.options, ...(Object.fromEntries(given) as Readonly<Record<string, Json>>) },
  });
  return {
    services: services.map((service) => (service === database ? changed(service) : service)),
    runId: readRunId(get('RUN_ID'), `${prefix}_RUN_ID`),
    containerName: get('CONTAINER'),
  };
}

/** A server that is not ours keeps its address and its users. */
async function firstDatabase(services: readonly ServiceConfig[], registry: Registry): Promise<ServiceConfig | undefined> {
  for (const service of services) {
    const entry = Object.hasOwn(registry.services, service.kind) ? registry.services[service.kind] : undefined;
    if (service.url === undefined && entry && 'database' in (await entry.load()).options) return service;
  }
  return undefined;
}

/** It becomes part of names of folders and databases. */
function readRunId(value: string | undefined, variable: string): string | undefined {
  if (value === undefined || /^[A-Za-z0-9][A-Za-z0-9_-]{0,40}$/.test(value)) return value;
  throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${variable} is ${JSON.stringify(value)}`, {
    hint: 'expected at most 41 letters, digits, _ and -, beginning with a letter or digit',
  });
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535;
}
