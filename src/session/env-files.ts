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
  const restore = () => {
    for (const step of undo.splice(0).reverse()) step();
  };
  for (const [index, file] of files.entries()) {
    const values = file.values ? fill(file.values) : env;
    const id = `env-file-${index}`;
    try {
      const original = readOriginal(file.path);
      ledger?.write({ op: 'own', id, thing: { kind: 'file', path: file.path, original: original?.content.toString() ?? null } });
      const made = fs.mkdirSync(path.dirname(file.path), { recursive: true });
      undo.push(() => {
        putBack(file.path, original);
        if (made) removeEmptyFolders(path.dirname(file.path), made);
        ledger?.write({ op: 'gone', id });
      });
      if (original) fs.chmodSync(file.path, 0o600); // before the passwords are in it
      fs.writeFileSync(file.path, file.format === 'json' ? `${JSON.stringify(values, null, 2)}\n` : toDotenv(values), {
        mode: 0o600,
      });
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

interface Original {
  readonly content: Buffer;
  readonly mode: number;
}

/** Undefined only when there is no such file: what is there and can't be read is not to be replaced. */
function readOriginal(file: string): Original | undefined {
  try {
    return { content: fs.readFileSync(file), mode: fs.statSync(file).mode & 0o7777 };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function putBack(file: string, original: Original | undefined): void {
  if (original) {
    fs.writeFileSync(file, original.content);
    fs.chmodSync(file, original.mode);
  } else fs.rmSync(file, { force: true });
}

/** From `folder` up to `topmost`, both of which we made; those that hold something by now stay. */
function removeEmptyFolders(folder: string, topmost: string): void {
  try {
    for (let at = folder; at.startsWith(topmost); at = path.dirname(at)) fs.rmdirSync(at);
  } catch {
    // somebody has put something there
  }
}
