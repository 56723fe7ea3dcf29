import fs from 'node:fs';
import path from 'node:path';
import type { EnvFile } from '../core/config.ts';
import { SeatrialError } from '../errors.ts';
import type { Ledger } from './ledger.ts';

/** Writes the dotenv and JSON files that the configuration asks for, readable by their user only. They are put back as they were on dispose, or by the watchdog. */
export function writeEnvFiles(
  files: readonly EnvFile[],
  env: Readonly<Record<string, string>>,
  fill: (values: Readonly<Record<string, string>>) => Record<string, string>,
  ledger: Ledger | undefined,
): Disposable {
  const undo: (() => void)[] = [];
  for (const [index, file] of files.entries()) {
    const values = file.values ? fill(file.values) : env;
    const original = readOriginal(file.path);
    const id = `env-file-${index}`;
    ledger?.write({ op: 'own', id, thing: { kind: 'file', path: file.path, original } });
    undo.push(() => {
      if (original === null) fs.rmSync(file.path, { force: true });
      else fs.writeFileSync(file.path, original);
      ledger?.write({ op: 'gone', id });
    });
    try {
      fs.mkdirSync(path.dirname(file.path), { recursive: true });
      fs.writeFileSync(file.path, file.format === 'json' ? `${JSON.stringify(values, null, 2)}\n` : toDotenv(values), {
        mode: 0o600,
      });
    } catch (cause) {
      for (const step of undo.reverse()) step();
      throw new SeatrialError('SEATRIAL_CONFIG_INVALID', `envFiles: ${file.path} can't be written: ${(cause as Error).message}`, {
        cause,
        hint: 'name another path',
      });
    }
  }
  return {
    [Symbol.dispose]: () => {
      for (const step of undo.reverse()) step();
    },
  };
}

/** Double quotes with escapes are read alike by the dotenv libraries of Node, Python and Ruby; `$` is escaped since some expand it. */
function toDotenv(values: Readonly<Record<string, string>>): string {
  const quote = (value: string) =>
    /^[A-Za-z0-9_./:@?&=%+,~-]*$/.test(value) ? value : `"${value.replace(/[\\"$]/g, '\\$&').replaceAll('\n', '\\n')}"`;
  return Object.entries(values)
    .map(([name, value]) => `${name}=${quote(value)}\n`)
    .join('');
}

function readOriginal(file: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
