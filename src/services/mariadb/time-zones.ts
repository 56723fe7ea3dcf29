import fs from 'node:fs';
import type { OfflineContext } from '../../core/launch-spec.ts';

const FOLDER = '/usr/share/zoneinfo';

/**
 * The statements that fill the tables of named time zones, by the server's own tool; none where the machine has no time zones. The copies under
 * `posix` and `right` are left out: they are two thirds of the rows, and nobody names them.
 */
export async function timeZoneStatements(tool: string, exec: OfflineContext['exec']): Promise<string> {
  if (!fs.existsSync(FOLDER)) return '';
  const text = await exec(tool, ['--skip-write-binlog', FOLDER]);
  const zones = text.split(/^(?=INSERT INTO time_zone \(Use_leap_seconds\))/m);
  const last = zones.pop() ?? '';
  const end = /^UNLOCK TABLES/m.exec(last)?.index ?? last.length;
  return [...zones, last.slice(0, end)].filter((zone) => !/VALUES \('(?:posix|right)\//.test(zone)).join('') + last.slice(end);
}
