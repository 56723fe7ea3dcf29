import fs from 'node:fs';
import path from 'node:path';
import type { Json } from '../../core/json.ts';
import type { OfflineContext, OfflineLayer } from '../../core/launch-spec.ts';
import { SeatrialError } from '../../errors.ts';
import { accountStatements } from './accounts.ts';
import type { MariadbSettings } from './options.ts';
import { toArguments } from './server-settings.ts';
import { timeZoneStatements } from './time-zones.ts';

/**
 * MariaDB's data directory with accounts, databases and time zones, made without starting a server that listens: `mariadb-install-db`, then a
 * second bootstrap.
 */
export function mariadbLayer(settings: MariadbSettings): OfflineLayer {
  return {
    kind: 'offline',
    title: 'mariadb-install-db',
    key: layerInputs(settings),
    async build({ tools, dataDir, exec }) {
      const server = tools.bin('mariadbd');
      const options = ['--no-defaults', `--datadir=${dataDir}`, ...toArguments(bootstrapSettings(settings))];
      await exec(
        findTool('mariadb-install-db', server, tools.version),
        [...options, '--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve'],
        { env: { TMPDIR: path.dirname(dataDir) } },
      );
      const zones = settings.timeZones ? await timeZones(server, tools.version, exec) : '';
      const statements = [...ONE_ROOT, ...accountStatements(settings)].map((statement) => `${statement};\n`);
      await exec(server, [...options, '--bootstrap', '--skip-name-resolve'], {
        input: `${statements.join('')}${zones === '' ? '' : `USE mysql;\n${zones}`}`,
      });
      for (const name of ['ib_buffer_pool', 'mysql_upgrade_info']) fs.rmSync(path.join(dataDir, name), { force: true });
    },
  };
}

/** The installer leaves accounts for 127.0.0.1, ::1 and the machine's name, without passwords. */
const ONE_ROOT = ["DELETE FROM mysql.global_priv WHERE User IN ('root', '') AND Host <> 'localhost'", 'FLUSH PRIVILEGES'];

async function timeZones(server: string, version: string, exec: OfflineContext['exec']): Promise<string> {
  return timeZoneStatements(findTool('mariadb-tzinfo-to-sql', server, version), exec);
}

/** What a data directory is made with, and the server that starts on it must have. */
function bootstrapSettings({ characterSet, collation, settings }: MariadbSettings): Readonly<Record<string, string>> {
  const atCreation = Object.entries(settings).filter(([name]) =>
    /^innodb-(?:page-size|data-file-path|undo-)|^lower-case-table-names$/.test(name),
  );
  return {
    'innodb-log-file-size': '8M',
    'innodb-buffer-pool-size': '64M',
    'innodb-doublewrite': '0',
    'innodb-use-native-aio': '0',
    'innodb-flush-log-at-trx-commit': '0',
    'character-set-server': characterSet,
    ...(collation ? { 'collation-server': collation } : {}),
    ...Object.fromEntries(atCreation),
  };
}

function layerInputs({ standIn: _chosen, ...inputs }: MariadbSettings): Json {
  return { recipe: 3, ...inputs, collation: inputs.collation ?? null };
}

/** Distributions put the server into `sbin` and its tools into `bin`. */
function findTool(name: string, server: string, version: string): string {
  const places = [server, fs.realpathSync(server)].flatMap((file) =>
    ['.', '../bin', '../scripts'].map((folder) => path.join(path.dirname(file), folder, name)),
  );
  const found = places.find((file) => fs.existsSync(file));
  if (found) return found;
  throw new SeatrialError('SEATRIAL_SERVICE_START_FAILED', `${server} (MariaDB ${version}) has no ${name} beside it`, {
    hint: 'install the whole server package of MariaDB (mariadb-server)',
    details: { looked: places },
  });
}
