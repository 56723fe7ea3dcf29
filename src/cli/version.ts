import fs from 'node:fs';

/** The version in the package's manifest, two folders up from source and package alike. */
export function version(): string {
  return (JSON.parse(fs.readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version;
}
