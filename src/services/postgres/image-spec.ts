import type { ContainerFile, ImageSpec } from '../../core/image-spec.ts';
import { quoteName, quoteText } from './identifier.ts';
import { scriptsIn } from './init-layer.ts';
import { type PostgresSettings, postgresOptions } from './options.ts';
import { INSTANCE_SETTING } from './ready.ts';
import { serverSettings, toArguments } from './server-settings.ts';

const INIT_FOLDER = '/docker-entrypoint-initdb.d';
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
        files: initFiles(settings, init),
      };
    },
  };
}

/** The image's own collation stays unless another one is asked for. */
function initdbArguments({ locale, initdbArgs }: PostgresSettings, major: number): readonly string[] {
  const icu = locale !== postgresOptions.locale?.default && major >= 15;
  return ['--no-sync', ...(icu ? ['--locale-provider=icu', `--icu-locale=${locale}`] : []), ...initdbArgs];
}

/** Ours comes first. Names that are in order already stay as they are: scripts may name one another. */
function initFiles(settings: PostgresSettings, init: readonly string[]): readonly ContainerFile[] {
  const scripts = init.flatMap(scriptsIn);
  const names = scripts.map((file) => file.slice(file.lastIndexOf('/') + 1));
  const inOrder = names.every((name, index) => index === 0 || (names[index - 1] as string) < name);
  const own = clusterScript(settings);
  return [
    ...(own ? [{ path: `${INIT_FOLDER}/0000000000-seatrial.sql`, content: own }] : []),
    ...scripts.map((file, index) => ({
      path: `${INIT_FOLDER}/${inOrder ? '' : `${String(index).padStart(4, '0')}-`}${names[index]}`,
      content: { file },
      mode: 0o755,
    })),
  ];
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
