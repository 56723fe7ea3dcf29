import path from 'node:path';
import type { BinarySpec, DataLayer, ProbedVersion } from '../../core/launch-spec.ts';
import type { Flavor } from './flavor.ts';
import { mariadbLayer } from './mariadb-layer.ts';
import { characterSettings, INIT_FILE, mysqlLayer } from './mysql-layer.ts';
import type { MariadbSettings } from './options.ts';
import { INSTANCE_SETTING } from './ready.ts';
import { serverSettings, toArguments } from './server-settings.ts';

/** How to start MariaDB; `asked` is the version in the configuration, `layers` what follows the data directory's making. */
export function mariadbBinary(asked: string | undefined, settings: MariadbSettings, layers: readonly DataLayer[]): BinarySpec {
  return {
    ...common('mariadb', settings),
    artifact: `mariadb@${/^\d+/.exec(asked ?? '')?.[0] ?? '11'}`,
    version: asked,
    executables: ['mariadbd'],
    searchFolders: [
      '/usr/sbin',
      '/usr/libexec',
      '/usr/local/sbin',
      '/opt/homebrew/opt/mariadb*/bin',
      '/usr/local/opt/mariadb*/bin',
      '/usr/local/mysql/bin',
    ],
    versionProbe: { args: ['--no-defaults', '--version'], parse: parseMariadb },
    layers: [mariadbLayer(settings), ...layers],
  };
}

/** How to start MySQL itself: under the name `mysqld` many machines have MariaDB, which is refused. */
export function mysqlBinary(asked: string | undefined, settings: MariadbSettings, layers: readonly DataLayer[]): BinarySpec {
  return {
    ...common('mysql', settings),
    artifact: `mysql@${/^\d+/.exec(asked ?? '')?.[0] ?? '8'}`,
    version: asked,
    executables: ['mysqld'],
    searchFolders: [
      '/usr/sbin',
      '/usr/libexec',
      '/usr/local/sbin',
      '/opt/homebrew/opt/mysql*/bin',
      '/usr/local/opt/mysql*/bin',
      '/usr/local/mysql/bin',
    ],
    versionProbe: { args: ['--no-defaults', '--version'], parse: parseMysql },
    layers: [mysqlLayer(settings), ...layers],
  };
}

const SOCKET = 'mysql.sock';

function common(
  flavor: Flavor,
  settings: MariadbSettings,
): Pick<BinarySpec, 'kind' | 'refusesRoot' | 'command' | 'stop' | 'isPortClash'> {
  return {
    kind: 'binary',
    refusesRoot: true,
    command: ({ tools, dataDir, socketDir, port, addresses, nonce }) => ({
      file: tools.bin(flavor === 'mysql' ? 'mysqld' : 'mariadbd'),
      env: { TZ: 'UTC' },
      unixSocket: path.join(socketDir, SOCKET),
      args: [
        '--no-defaults',
        ...toArguments({
          ...serverSettings(flavor, tools.version, settings.settings),
          ...characterSettings(settings),
          ...(flavor === 'mysql' ? { 'init-file': path.join(dataDir, INIT_FILE) } : {}),
          datadir: dataDir,
          tmpdir: socketDir, // in /tmp its files would outlive a killed server
          socket: path.join(socketDir, SOCKET),
          'pid-file': path.join(socketDir, 'mysqld.pid'),
          'bind-address': addresses.join(','),
          port: String(port),
          [INSTANCE_SETTING]: nonce,
        }),
      ],
    }),
    stop: { signal: 'SIGTERM', graceMs: 15_000, crashSignal: 'SIGKILL' },
    isPortClash: (log) => /Bind on TCP\/IP port[^\n]*in use|Do you already have another .* running on port/i.test(log),
  };
}

/** `mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)`. */
function parseMariadb(output: string): ProbedVersion {
  const version = /Ver (\d+\.\d+\.\d+)-MariaDB/i.exec(output)?.[1];
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  if (version && (major < 10 || (major === 10 && minor < 11)))
    return { refused: `it is MariaDB ${version}, which listens on one address only: 10.11 or later is needed` };
  return version;
}

/** `/usr/sbin/mysqld  Ver 8.0.39 for Linux on x86_64 (MySQL Community Server - GPL)`. */
function parseMysql(output: string): ProbedVersion {
  const mariadb = /Ver (\d+\.\d+\.\d+)-MariaDB/i.exec(output)?.[1];
  if (mariadb)
    return {
      refused: `it is MariaDB ${mariadb}, not MySQL (\`use: mariadb\`, \`--service NAME=mariadb\` or \`standIn: true\` takes it)`,
    };
  const version = /Ver (\d+\.\d+\.\d+)/.exec(output)?.[1];
  if (version && Number.parseInt(version, 10) < 8) return { refused: `it is MySQL ${version}: 8.0 or later is needed` };
  return version;
}
