import type { ImageSpec } from '../../core/image-spec.ts';
import { initFiles } from '../../core/init-files.ts';
import { quoteName, quoteText } from './identifier.ts';
import { scriptsIn } from './init-layer.ts';
import { type PostgresSettings, postgresOptions } from './options.ts';
import { INSTANCE_SETTING } from './ready.ts';
import { serverSettings, toArguments } from './server-settings.ts';

const PORT = 5432;

/** The official image, or one that keeps its contract (PostGIS, pgvector, TimescaleDB): environment, init folder, entry point. */
export function postgresImage(asked: string | undefined, settings: PostgresSettings, init: readonly string[]): ImageSpec {
  return {
    kind: 'image',
    image: `postgres:${asked ?? '18'}`,
    version: asked,
    versionOf: ({ env, tag }) => env.PG_VERSION ?? (/^\d+\.\d/.test(tag) ? undefined : env.PG_MAJOR),
    ports: [PORT],
    container: ({ version, nonce }) => {
      const major = Number.parseInt(version ?? '', 10) || 0;
      return {
        env: {
          POSTGRES_USER: settings.user,
          POSTGRES_PASSWORD: settings.password,
          POSTGRES_DB: settings.database,
          POSTGRES_HOST_AUTH_METHOD: settings.hostAuth,
          POSTGRES_INITDB_ARGS: initdbArguments(settings, major).join(' '),
        },
        args: ['postgres', ...toArguments({ ...serverSettings(version ?? '', settings.settings), [INSTANCE_SETTING]: nonce })],
        tmpfs: [major >= 18 ? '/var/lib/postgresql' : '/var/lib/postgresql/data'],
        files: initFiles(clusterScript(settings), init.flatMap(scriptsIn)),
      };
    },
  };
}

/** The image's own collation stays unless another one is asked for. */
function initdbArguments({ locale, initdbArgs }: PostgresSettings, major: number): readonly string[] {
  const icu = locale !== postgresOptions.locale?.default && major >= 15;
  return ['--no-sync', ...(icu ? ['--locale-provider=icu', `--icu-locale=${locale}`] : []), ...initdbArgs];
}

function clusterScript({ roles, users, databases, extensions, database }: PostgresSettings): string {
  return [
    ...roles.map((name) => `CREATE ROLE ${quoteName(name)}`),
    ...Object.entries(users).map(([name, secret]) => `CREATE ROLE ${quoteName(name)} LOGIN PASSWORD ${quoteText(secret)}`),
    ...databases.filter((name) => name !== 'postgres' && name !== database).map((name) => `CREATE DATABASE ${quoteName(name)}`),
    ...extensions.map((name) => `CREATE EXTENSION IF NOT EXISTS ${quoteName(name)} CASCADE`),
  ]
    .map((statement) => `${statement};\n`)
    .join('');
}
