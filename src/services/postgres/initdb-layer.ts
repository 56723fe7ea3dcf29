import fs from 'node:fs/promises';
import path from 'node:path';
import type { OfflineLayer } from '../../core/launch-spec.ts';
import { quoteName, quoteText } from './identifier.ts';
import type { PostgresSettings } from './options.ts';

/**
 * The data directory with the user, its password and its database, made without starting a server: initdb, then two statements in a
 * single-user backend (30 ms; a start and stop of the server takes twice that).
 */
export function initdbLayer(settings: PostgresSettings): OfflineLayer {
  const { user, password, database, locale, initdbArgs, hostAuth } = settings;
  return {
    kind: 'offline',
    title: 'initdb',
    key: { recipe: 1, user, password, database, locale, initdbArgs: [...initdbArgs], hostAuth },
    async build({ tools, dataDir, exec }) {
      const major = Number.parseInt(tools.version, 10);
      const libc = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8';
      const icu = major >= 15 ? ['--locale-provider=icu', `--icu-locale=${locale}`] : [];
      await exec(tools.bin('initdb'), [
        `--pgdata=${dataDir}`,
        `--username=${user}`,
        '--auth-local=trust', // replaced below
        `--auth-host=${hostAuth}`,
        '--encoding=UTF8',
        `--locale=${libc}`,
        ...icu,
        '--no-sync',
        '--no-instructions',
        ...initdbArgs,
      ]);
      await fs.writeFile(path.join(dataDir, 'pg_hba.conf'), accessRules(hostAuth));
      const strategy = major >= 15 ? ' STRATEGY file_copy' : '';
      const create = database === 'postgres' ? [] : [`CREATE DATABASE ${quoteName(database)}${strategy}`];
      const statements = [`ALTER ROLE ${quoteName(user)} PASSWORD ${quoteText(password)}`, ...create];
      await exec(
        tools.bin('postgres'),
        ['--single', '-D', dataDir, '-c', 'fsync=off', '-c', 'log_checkpoints=off', '-c', 'exit_on_error=on', '-j', 'postgres'],
        { input: statements.map((statement) => `${statement};\n\n`).join('') },
      );
    },
  };
}

/** As in the official image, but the socket asks for the password too: other accounts of this machine can reach it. */
function accessRules(hostAuth: string): string {
  return ['local', 'host']
    .flatMap((type) =>
      ['all', 'replication'].map((database) => `${type} ${database} all${type === 'host' ? ' all' : ''} ${hostAuth}\n`),
    )
    .join('');
}
