import fs from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../util/package-files.ts';

/** The version in the package's manifest. */
export function version(): string {
  return (JSON.parse(fs.readFileSync(path.join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version;
}
