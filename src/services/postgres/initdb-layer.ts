import fs from 'node:fs/promises';
import path from 'node:path';
import type { Json } from '../../core/json.ts';
import type { OfflineLayer } from '../../core/launch-spec.ts';
import { SeatrialError } from '../../errors.ts';
import { quoteName, quoteText } from './identifier.ts';
import type { PostgresSettings } from './options.ts';
import { toArguments } from './server-settings.ts';

/**
 * The data directory with the user, its password and its database, made without starting a server: initdb, then two statements in a
 * single-user backend (30 ms; a start and stop of the server takes twice that).
 */
export function initdbLayer(settings: PostgresSettings): OfflineLayer {
  const { user, database, locale, initdbArgs, hostAuth } = settings;
  return {
    kind: 'offline',
    title: 'initdb',
    key: layerInputs(settings),
    async build({ tools, dataDir, exec }) {
      const major = Number.parseInt(tools.version, 10);
      const libc = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8';
      const icu = major >= 15 ? ['--locale-provider=icu', `--icu-locale=${locale}`] : [];
      await exec(tools.bin('initdb'), [
        `--pgdata=${dataDir}`,
        `--username=${user}`,
        '--auth-local=trust', // replaced below; like this initdb asks for no password
        `--auth-host=${hostAuth}`,
        '--encoding=UTF8',
        `--locale=${libc}`,
        ...icu,
        '--wal-segsize=1', // 8 MB less to copy at each start; bulk loads are as fast
        '--no-sync',
        '--no-instructions',
        ...initdbArgs,
      ]);
      await fs.writeFile(path.join(dataDir, 'pg_hba.conf'), accessRules(hostAuth));
      const inSingleUserMode = (name: string, statements: readonly string[]) =>
        exec(tools.bin('postgres'), ['--single', '-D', dataDir, ...toArguments(SINGLE_USER_SETTINGS), '-j', name], {
          input: statements.map((statement) => `${statement};\n\n`).join(''),
        });
      await inSingleUserMode('postgres', clusterStatements(settings, major));
      const { extensions } = settings;
      if (extensions.length === 0) return;
      const statements = extensions.map((name) => `CREATE EXTENSION IF NOT EXISTS ${quoteName(name)} CASCADE`);
      await inSingleUserMode(database, statements).catch((error: Error) => {
        throw explainMissingExtension(error, tools.version);
      });
    },
  };
}

/** `exit_on_error` turns the first error into the end of the program, so that its message is the last line of the output. */
const SINGLE_USER_SETTINGS = { fsync: 'off', full_page_writes: 'off', log_checkpoints: 'off', exit_on_error: 'on' };

function layerInputs({ settings: _atStart, ...inputs }: PostgresSettings): Json {
  return { recipe: 2, ...inputs };
}

function clusterStatements(
  { user, password, database, databases, users, roles }: PostgresSettings,
  major: number,
): readonly string[] {
  const strategy = major >= 15 ? ' STRATEGY file_copy' : '';
  return [
    `ALTER ROLE ${quoteName(user)} PASSWORD ${quoteText(password)}`,
    ...roles.map((name) => `CREATE ROLE ${quoteName(name)}`),
    ...Object.entries(users).map(([name, secret]) => `CREATE ROLE ${quoteName(name)} LOGIN PASSWORD ${quoteText(secret)}`),
    ...[database, ...databases]
      .filter((name) => name !== 'postgres')
      .map((name) => `CREATE DATABASE ${quoteName(name)}${strategy}`),
  ];
}

/** As in the official image, but the socket asks for the password too: other accounts of this machine can reach it. */
function accessRules(hostAuth: string): string {
  return ['local', 'host']
    .flatMap((type) =>
      ['all', 'replication'].map((database) => `${type} ${database} all${type === 'host' ? ' all' : ''} ${hostAuth}\n`),
    )
    .join('');
}

function explainMissingExtension(error: Error, version: string): Error {
  const missing = /extension "([^"]+)" is not available/.exec(error.message)?.[1];
  if (missing === undefined) return error;
  return new SeatrialError(
    'SEATRIAL_OPTION_INVALID',
    `the extension ${missing} is not part of this build of PostgreSQL ${version}`,
    {
      cause: error,
      hint: 'embedded builds have contrib only: use a server that has it, by `drivers: [native]` or `url`',
      details: { extension: missing },
    },
  );
}
