import path from 'node:path';
import type { Note } from '../core/config.ts';
import type { Registry } from '../core/registry.ts';
import { kindOfUrl } from './kind-of-url.ts';
import { readDotenv } from './read-dotenv.ts';

/** Names that hold a host and no URL. */
const HOST_NAMES = ['PGHOST', 'POSTGRES_HOST', 'DB_HOST', 'DATABASE_HOST', 'REDIS_HOST'];

/**
 * Addresses of databases and caches in the shell's environment and in the project's `.env`. They may be somebody's real ones: they are
 * said, never used. `adopted` are those that the configuration names itself.
 */
export function findAddresses(
  folder: string,
  env: NodeJS.ProcessEnv,
  adopted: readonly string[],
  registry: Registry,
): readonly Note[] {
  const inSession = env.SEATRIAL_SESSION !== undefined; // then the environment holds our own
  const sources: readonly (readonly [string, Readonly<Record<string, string | undefined>>])[] = [
    ['the environment', inSession ? {} : env],
    ['.env', readDotenv(path.join(folder, '.env'))],
  ];
  return sources.flatMap(([origin, values]) =>
    Object.entries(values).flatMap(([name, value = '']): Note[] => {
      const where = addressOf(name, value, registry);
      if (where === undefined || adopted.includes(value)) return [];
      return [{ kind: 'unused', text: `${name} in ${origin} names ${where}: seen and not used`, origin }];
    }),
  );
}

/** Host, port and database of an address, never user or password. */
function addressOf(name: string, value: string, registry: Registry): string | undefined {
  if (HOST_NAMES.includes(name) && value !== '') return value;
  if (kindOfUrl(value, registry) === undefined) return undefined;
  const url = value.trim().replace(/^jdbc:/, '');
  if (!URL.canParse(url)) return 'a server';
  const { host, pathname } = new URL(url);
  return `${host}${pathname === '/' ? '' : pathname}`;
}
