import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Endpoint } from '../../core/connection.ts';
import type { Json } from '../../core/json.ts';
import type { OnlineLayer } from '../../core/launch-spec.ts';
import type { Target } from './connect.ts';
import { runSqlScript } from './script/run-script.ts';
import { runShellScript } from './script/run-shell-script.ts';
import { scriptsIn } from './scripts-in.ts';

/**
 * The init scripts, as `/docker-entrypoint-initdb.d` of the official images takes them: `.sql` and `.sql.gz` as root on the app's database, and
 * `.sh`, folders in name order. What a shell script or a file that is named in SQL holds cannot be known, so that with one of them the result is
 * not cached.
 */
export function initLayer(
  init: readonly string[],
  target: (endpoint: Endpoint) => Target,
  env: (endpoint: Endpoint) => Readonly<Record<string, string>>,
): OnlineLayer {
  return {
    kind: 'online',
    title: 'init scripts',
    get key() {
      return contentKey(init);
    },
    async build({ endpoint, log, signal }) {
      for (const file of init.flatMap(scriptsIn)) {
        if (file.endsWith('.sh')) await runShellScript(file, env(endpoint), { log, signal });
        else if (/\.sql(\.gz)?$/.test(file)) await runSqlScript(target(endpoint), file, { log, signal });
        else log(`ignoring ${file}: init scripts end in .sql, .sql.gz or .sh`);
      }
    },
  };
}

const NAMES_A_FILE = /^\s*(?:source\s|\\\.)|\bLOAD\s+(?:DATA|XML)\b|\bLOAD_FILE\s*\(/im;

function contentKey(init: readonly string[]): Json | undefined {
  try {
    const files = init.flatMap(scriptsIn);
    if (files.some((file) => file.endsWith('.sh'))) return undefined;
    const contents = files.map((file) => (file.endsWith('.gz') ? gunzipSync(fs.readFileSync(file)) : fs.readFileSync(file)));
    if (contents.some((bytes) => NAMES_A_FILE.test(bytes.toString('latin1')))) return undefined;
    return contents.map((bytes, index) => [
      path.basename(files[index] as string),
      createHash('sha256').update(bytes).digest('hex'),
    ]);
  } catch {
    return undefined;
  }
}
