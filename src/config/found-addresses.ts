import path from 'node:path';
import type { FoundAddress, Note } from '../core/config.ts';
import type { Registry } from '../core/registry.ts';
import { SUB_PROJECTS } from './infer/read-manifests.ts';
import { kindOfUrl } from './kind-of-url.ts';
import { isOwnEnvironment } from './own-environment.ts';
import { readDotenv } from './read-dotenv.ts';

/** Names that hold a host and no URL, with the one that holds its port and the port when there is none. */
const HOST_NAMES: Readonly<Record<string, readonly [portName: string, port: number]>> = {
  PGHOST: ['PGPORT', 5432],
  POSTGRES_HOST: ['POSTGRES_PORT', 5432],
  DB_HOST: ['DB_PORT', 5432],
  DATABASE_HOST: ['DATABASE_PORT', 5432],
  MYSQL_HOST: ['MYSQL_PORT', 3306],
  MARIADB_HOST: ['MARIADB_PORT', 3306],
  REDIS_HOST: ['REDIS_PORT', 6379],
};

export interface Seen {
  readonly found: readonly FoundAddress[];
  readonly notes: readonly Note[];
}

/**
 * Addresses of databases and caches in the shell's environment and in the project's `.env`. They may be somebody's real ones: they are
 * said, never used. `adopted` are those that the configuration names itself.
 */
export async function findAddresses(
  folder: string,
  env: NodeJS.ProcessEnv,
  adopted: readonly string[],
  registry: Registry,
): Promise<Seen> {
  const sources: readonly (readonly [string, Readonly<Record<string, string | undefined>>])[] = [
    ['the environment', isOwnEnvironment(env) ? {} : env],
    ...['.env', ...SUB_PROJECTS.map((name) => `${name}/.env`)].map(
      (file) => [file, readDotenv(path.join(folder, file))] as const,
    ),
  ];
  const found: FoundAddress[] = [];
  const notes: Note[] = [];
  for (const [origin, values] of sources) {
    for (const [name, value = ''] of Object.entries(values)) {
      if (adopted.includes(value)) continue;
      const address = hostAddress(name, value, values) ?? (await urlAddress(value, registry));
      if (!address) continue;
      notes.push({ kind: 'unused', text: `${name} in ${origin} names ${address.text}: seen and not used`, origin });
      if (address.port !== undefined) found.push({ name, origin, host: address.host, port: address.port });
    }
  }
  return { found, notes };
}

interface Address {
  readonly host: string;
  readonly port: number | undefined;
  /** Host, port and database, never user or password. */
  readonly text: string;
}

function hostAddress(name: string, value: string, values: Readonly<Record<string, string | undefined>>): Address | undefined {
  const known = Object.hasOwn(HOST_NAMES, name) ? HOST_NAMES[name] : undefined;
  if (!known || value === '') return undefined;
  return { host: value, port: Number(values[known[0]]) || known[1], text: value };
}

async function urlAddress(value: string, registry: Registry): Promise<Address | undefined> {
  const kind = kindOfUrl(value, registry);
  if (kind === undefined) return undefined;
  const url = value.trim().replace(/^jdbc:/, '');
  if (!URL.canParse(url)) return { host: '', port: undefined, text: 'a server' };
  const { host, hostname, port, pathname } = new URL(url);
  const defaultPort = async () => (await registry.services[kind]?.load())?.defaultPort;
  return { host: hostname, port: Number(port) || (await defaultPort()), text: `${host}${pathname === '/' ? '' : pathname}` };
}
