import type { PostgresSettings } from './options.ts';

/** Where a test server differs from the official image of the same version, one line each. */
export function deviations(version: string, driver: string, settings: PostgresSettings, hasInit: boolean): readonly string[] {
  if (driver === 'external') return ignoredOutside(settings, hasInit);
  const forTests = 'settings for tests: fsync, full_page_writes, autovacuum and jit are off, max_connections is 500';
  if (driver === 'docker') return [forTests, 'the data lie in memory: a restart begins with new ones'];
  const lines = [
    forTests,
    Number.parseInt(version, 10) >= 15
      ? `the default collation is ICU ${settings.locale}; there are no libc locales such as en_US.utf8`
      : 'the default collation is C.UTF-8, not en_US: this version cannot take ICU as default',
  ];
  if (driver === 'embedded') lines.push('extensions: contrib only (no PostGIS, no pgvector)');
  return lines;
}

/** A server that runs already is taken as it is. */
function ignoredOutside(
  { databases, users, roles, extensions, settings }: PostgresSettings,
  hasInit: boolean,
): readonly string[] {
  const given = { databases, users, roles, extensions, settings };
  const ignored = Object.entries(given).flatMap(([name, value]) => (Object.keys(value).length > 0 ? [name] : []));
  if (hasInit) ignored.push('init scripts');
  return ignored.length > 0 ? [`an external server is taken as it is: ${ignored.join(', ')} have no effect`] : [];
}
