import { type Flavor, isMariadb } from './flavor.ts';
import type { MariadbSettings } from './options.ts';

/** Where a test server differs from the official image of the same version, one line each. */
export function deviations(
  flavor: Flavor,
  version: string,
  driver: string,
  settings: MariadbSettings,
  hasInit: boolean,
): readonly string[] {
  if (driver === 'external') return ignoredOutside(settings, hasInit);
  const lines = [
    'settings for tests: no binary log, nothing is synced to disk, no doublewrite buffer, a buffer pool of 64 MB',
    `the user ${settings.user} has all privileges, so that suites can make databases of their own (in the image: on its database only)`,
  ];
  if (flavor === 'mysql' && isMariadb(version))
    lines.unshift(
      `MariaDB ${version} under the name mysql, because \`standIn\` asks for it: other JSON type and functions, other collations (no utf8mb4_0900_ai_ci), no caching_sha2_password`,
    );
  if (driver === 'docker') lines.push('the data lie in memory: a restart begins with new ones');
  return 'log-bin' in settings.settings ? lines.map((line) => line.replace('no binary log, ', '')) : lines;
}

/** A server that runs already is taken as it is. */
function ignoredOutside({ databases, users, settings }: MariadbSettings, hasInit: boolean): readonly string[] {
  const ignored = Object.entries({ databases, users, settings }).flatMap(([name, value]) =>
    Object.keys(value).length > 0 ? [name] : [],
  );
  if (hasInit) ignored.push('init scripts');
  return ignored.length > 0 ? [`an external server is taken as it is: ${ignored.join(', ')} have no effect`] : [];
}
