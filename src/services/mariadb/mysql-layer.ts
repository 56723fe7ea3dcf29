import fs from 'node:fs/promises';
import path from 'node:path';
import type { OfflineLayer } from '../../core/launch-spec.ts';
import { accountStatements } from './accounts.ts';
import type { MariadbSettings } from './options.ts';
import { serverSettings, toArguments } from './server-settings.ts';

/** In the data directory: statements that MySQL carries out at each start, before it listens. */
export const INIT_FILE = 'seatrial-init.sql';

/**
 * MySQL's data directory. Its bootstrap takes no statements about accounts, so the first start carries them out (and each later one: they may
 * run twice).
 */
export function mysqlLayer(settings: MariadbSettings): OfflineLayer {
  const { standIn: _chosen, timeZones: _loadedLater, ...inputs } = settings;
  return {
    kind: 'offline',
    title: 'mysqld --initialize',
    key: { recipe: 1, ...inputs, collation: inputs.collation ?? null },
    async build({ tools, dataDir, exec }) {
      const options = { ...serverSettings('mysql', tools.version, settings.settings), ...characterSettings(settings) };
      await exec(tools.bin('mysqld'), [
        '--no-defaults',
        `--datadir=${dataDir}`,
        ...toArguments(options),
        '--initialize-insecure',
      ]);
      const statements = accountStatements(settings).map((statement) => `${statement};\n`);
      await fs.writeFile(path.join(dataDir, INIT_FILE), statements.join(''), { mode: 0o644 });
    },
  };
}

export function characterSettings({ characterSet, collation }: MariadbSettings): Readonly<Record<string, string>> {
  return { 'character-set-server': characterSet, ...(collation ? { 'collation-server': collation } : {}) };
}
