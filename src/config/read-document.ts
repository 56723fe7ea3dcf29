import fs from 'node:fs/promises';
import path from 'node:path';
import { SeatrialError } from '../errors.ts';
import { type ParsedYaml, placeKey, YamlFault } from './parse-yaml.ts';
import { parseYamlCached } from './parsed-cache.ts';
import type { Path, Position, SourceDocument } from './source-document.ts';

/** Reads YAML, or JSON as the subset of it that it is. */
export async function readDocument(file: string, cwd: string): Promise<SourceDocument> {
  const label = labelOf(file, cwd);
  const text = await readText(file, label);
  try {
    const parsed = await parseYamlCached(text);
    return { file, label, value: parsed.value, locate: (at, kind) => locate(parsed, at, kind) };
  } catch (error) {
    throw error instanceof YamlFault ? notYaml(file, label, error) : error;
  }
}

export function labelOf(file: string, cwd: string): string {
  return path.relative(cwd, file) || path.basename(file);
}

async function readText(file: string, label: string): Promise<string> {
  try {
    return await fs.readFile(file, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new SeatrialError(
      missing ? 'SEATRIAL_CONFIG_NOT_FOUND' : 'SEATRIAL_CONFIG_UNREADABLE',
      missing ? `there is no file ${label}` : `${label} can't be read: ${(cause as Error).message}`,
      { cause, details: { file } },
    );
  }
}

function notYaml(file: string, label: string, { position, message }: YamlFault): SeatrialError {
  const format = file.endsWith('.json') ? 'JSON' : 'YAML';
  return new SeatrialError(
    'SEATRIAL_CONFIG_INVALID',
    `${label}:${position.line}:${position.column}: not valid ${format}: ${message}`,
    {
      hint: 'indent with spaces, and quote a value that holds ": ", "#", or starts with one of {[*&!|>%@`',
      details: { file, problems: [{ ...position, key: '', message }] },
    },
  );
}

/** The place of the value or its key; where it came by an alias or a merge key, of the nearest parent that stands in the file. */
function locate({ places }: ParsedYaml, at: Path, kind: 'key' | 'value'): Position | undefined {
  for (let length = at.length; length >= 0; length--) {
    const place = places[placeKey(at.slice(0, length))];
    const position = kind === 'key' && length > 0 ? (place?.key ?? place?.value) : place?.value;
    if (position) return position;
  }
  return undefined;
}
