import fs from 'node:fs';
import path from 'node:path';
import type { EnvFile } from '../core/config.ts';
import { SeatrialError } from '../errors.ts';
import type { Ledger } from './ledger.ts';
import { hashOf, restoreFile, type WrittenFile } from './restore-file.ts';

/**
 * Writes the dotenv and JSON files that the configuration asks for, readable by their user only. On dispose, or by the watchdog, they are put
 * back as they were; one that somebody has written to meanwhile stays.
 */
export function writeEnvFiles(
  files: readonly EnvFile[],
  env: Readonly<Record<string, string>>,
  fill: (values: Readonly<Record<string, string>>) => Record<string, string>,
  ledger: Ledger | undefined,
): Disposable {
  const undo: (() => void)[] = [];
  const restore = () => {
    for (const step of undo.splice(0).reverse()) step();
  };
  for (const [index, file] of files.entries()) {
    const values = file.values ? fill(file.values) : env;
    const id = `env-file-${index}`;
    let whole = false;
    try {
      const content = file.format === 'json' ? `${JSON.stringify(values, null, 2)}\n` : toDotenv(values);
      const original = readOriginal(file.path);
      const thing: WrittenFile = { kind: 'file', path: file.path, sha256: hashOf(content), original };
      ledger?.write({ op: 'own', id, thing });
      const made = fs.mkdirSync(path.dirname(file.path), { recursive: true });
      undo.push(() => {
        restoreFile(thing, { evenIfChanged: !whole });
        if (made) removeEmptyFolders(path.dirname(file.path), made);
        ledger?.write({ op: 'gone', id });
      });
      if (original) fs.chmodSync(file.path, 0o600); // before the passwords are in it
      fs.writeFileSync(file.path, content, { mode: 0o600 });
      whole = true;
    } catch (cause) {
      restore();
      throw new SeatrialError('SEATRIAL_CONFIG_INVALID', `envFiles: ${file.path} can't be written: ${(cause as Error).message}`, {
        cause,
        hint: 'name another path',
      });
    }
  }
  return { [Symbol.dispose]: restore };
}

/**
 * In the quotes that every reader takes for what they are: none, else single ones, between which nothing is special. A value with a single quote
 * or a line break gets double ones; there readers differ in what a backslash does, so only what must have one has it.
 */
function toDotenv(values: Readonly<Record<string, string>>): string {
  const quote = (value: string) => {
    if (/^[A-Za-z0-9_./:@?=%+,-]*$/.test(value)) return value;
    if (!/['\n\r]/.test(value)) return `'${value}'`;
    const escaped = /["\\]/.test(value) ? value.replace(/["\\]/g, '\\$&') : value;
    return `"${escaped.replaceAll('\n', '\\n').replaceAll('\r', '\\r')}"`;
  };
  return Object.entries(values)
    .map(([name, value]) => `${name}=${quote(value)}\n`)
    .join('');
}

/** Null only when there is no such file: what is there and can't be read is not to be replaced. */
function readOriginal(file: string): WrittenFile['original'] {
  try {
    return { base64: fs.readFileSync(file, 'base64'), mode: fs.statSync(file).mode & 0o7777 };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** From `folder` up to `topmost`, both of which we made; those that hold something by now stay. */
function removeEmptyFolders(folder: string, topmost: string): void {
  try {
    for (let at = folder; at.startsWith(topmost); at = path.dirname(at)) fs.rmdirSync(at);
  } catch {
    // somebody has put something there
  }
}
