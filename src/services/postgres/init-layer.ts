import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Endpoint } from '../../core/connection.ts';
import type { Json } from '../../core/json.ts';
import type { OnlineLayer } from '../../core/launch-spec.ts';
import { SeatrialError } from '../../errors.ts';
import type { Target } from './connect.ts';
import { runSqlScript } from './script/run-script.ts';
import { runShellScript } from './script/run-shell-script.ts';

/**
 * The init scripts, as `/docker-entrypoint-initdb.d` of the official image takes them: `.sql`, `.sql.gz` and `.sh`, folders in name order.
 * What a shell script or an included file reads cannot be known, so that with one of them the result is not cached.
 */
export function initLayer(init: readonly string[], target: (endpoint: Endpoint) => Target): OnlineLayer {
  return {
    kind: 'online',
    title: 'init scripts',
    get key() {
      return contentKey(init);
    },
    async build({ endpoint, log, signal }) {
      for (const file of init.flatMap(scriptsIn)) {
        if (file.endsWith('.sh')) await runShellScript(target(endpoint), file, { log, signal });
        else if (/\.sql(\.gz)?$/.test(file)) await runSqlScript(target(endpoint), file, { log, signal });
        else log(`ignoring ${file}: init scripts end in .sql, .sql.gz or .sh`);
      }
    },
  };
}

function contentKey(init: readonly string[]): Json | undefined {
  try {
    const files = init.flatMap(scriptsIn);
    if (files.some((file) => file.endsWith('.sh'))) return undefined;
    const contents = files.map((file) => fs.readFileSync(file));
    if (
      contents.some(
        (bytes, index) =>
          files[index]?.endsWith('.gz') || /^\s*\\(?:i|ir|include|include_relative|copy)\b/m.test(bytes.toString('latin1')),
      )
    )
      return undefined;
    return contents.map((bytes, index) => [
      path.basename(files[index] as string),
      createHash('sha256').update(bytes).digest('hex'),
    ]);
  } catch {
    return undefined;
  }
}

/** The file itself, or the files of a folder in the order of their names' bytes. */
export function scriptsIn(at: string): readonly string[] {
  if (!fs.existsSync(at))
    throw new SeatrialError('SEATRIAL_SCRIPT_FAILED', `there is no script ${at}`, {
      hint: 'correct the path in the configuration',
    });
  if (!fs.statSync(at).isDirectory()) return [at];
  const names = fs.readdirSync(at).filter((name) => !name.startsWith('.') && fs.statSync(path.join(at, name)).isFile());
  return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))).map((name) => path.join(at, name));
}
