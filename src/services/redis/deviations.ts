/** Where a test server differs from the official image of the version asked for, one line each. */
export function deviations(version: string, driver: string, asked: string | undefined): readonly string[] {
  if (driver === 'external') return [];
  const lines = ['nothing is written to disk: no snapshots, no append-only file'];
  if (driver === 'embedded')
    lines.unshift(
      `Valkey ${version} under the name redis${asked ? `@${asked}` : ''} (it reports redis_version 7.2.4; no JSON, search or bloom modules)`,
    );
  return lines;
}
