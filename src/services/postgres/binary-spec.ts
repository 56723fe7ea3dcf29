import path from 'node:path';
import type { BinarySpec, DataLayer } from '../../core/launch-spec.ts';
import type { PostgresSettings } from './options.ts';
import { INSTANCE_SETTING } from './ready.ts';
import { serverSettings, toArguments } from './server-settings.ts';

/** How to start PostgreSQL on a data directory that `layers` make. `asked` is the version in the configuration. */
export function postgresBinary(asked: string | undefined, settings: PostgresSettings, layers: readonly DataLayer[]): BinarySpec {
  return {
    kind: 'binary',
    artifact: `postgres@${/^\d+/.exec(asked ?? '')?.[0] ?? '18'}`,
    version: asked,
    executables: ['postgres', 'initdb'],
    searchFolders: [
      '/usr/lib/postgresql/*/bin',
      '/usr/pgsql-*/bin',
      '/opt/homebrew/opt/postgresql@*/bin',
      '/usr/local/opt/postgresql@*/bin',
      '/Library/PostgreSQL/*/bin',
    ],
    versionProbe: { args: ['--version'], parse: (output) => /\(PostgreSQL\) (\d+(?:\.\d+)*)/.exec(output)?.[1] },
    refusesRoot: true,
    layers,
    command: ({ tools, dataDir, socketDir, port, addresses, nonce }) => ({
      file: tools.bin('postgres'),
      unixSocket: path.join(socketDir, `.s.PGSQL.${port}`),
      args: [
        '-D',
        dataDir,
        ...toArguments({
          ...serverSettings(tools.version, settings.settings),
          listen_addresses: addresses.join(','),
          port: String(port),
          unix_socket_directories: socketDir,
          [INSTANCE_SETTING]: nonce,
        }),
      ],
    }),
    stop: { signal: 'SIGINT', graceMs: 10_000, crashSignal: 'SIGQUIT' },
    isPortClash: (log) => /could not bind IPv[46] address[^\n]*in use|could not create any TCP\/IP sockets/.test(log),
  };
}
