import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { makeCacheFolder } from '../util/platform/cache-folder.ts';
import { cacheDir } from '../util/platform/folders.ts';
import { type ParsedYaml, parseYaml } from './parse-yaml.ts';

/** Changes when the form of what is kept does. */
const FORM = 1;
const KEPT = 100;

/**
 * What a YAML text parses to, kept by its checksum: loading a YAML library takes longer than all else about a configuration. A cache that
 * can't be read or written is passed over in silence.
 */
export async function parseYamlCached(text: string): Promise<ParsedYaml> {
  const name = createHash('sha256').update(`${FORM}\n${text}`).digest('hex').slice(0, 32);
  const folder = path.join(cacheDir(), 'config');
  const file = path.join(folder, `${name}.json`);
  const kept = read(file);
  if (kept) return kept;
  const parsed = await parseYaml(text);
  if (isSameAsJson(parsed.value)) write(folder, file, parsed);
  return parsed;
}

function read(file: string): ParsedYaml | undefined {
  try {
    const parsed = JSON.parse(fs.readFileSync(file, 'utf8')) as Partial<ParsedYaml> | null;
    return parsed?.value !== undefined && parsed.places !== undefined
      ? { value: parsed.value, places: parsed.places }
      : undefined;
  } catch {
    return undefined;
  }
}

/** The text may hold passwords, so only its user may read what is kept of it. */
function write(folder: string, file: string, parsed: ParsedYaml): void {
  const draft = `${file}.${process.pid}`;
  try {
    makeCacheFolder();
    if (!fs.existsSync(folder)) fs.mkdirSync(folder, { mode: 0o700 });
    const names = fs.readdirSync(folder);
    if (names.length >= KEPT) for (const name of names) fs.rmSync(path.join(folder, name), { force: true });
    fs.writeFileSync(draft, JSON.stringify(parsed), { mode: 0o600 });
    fs.renameSync(draft, file);
  } catch {
    // it is parsed again next time
  }
}

/** `.inf` and `.nan` have no JSON. */
function isSameAsJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return typeof value !== 'bigint';
  return Object.values(value).every(isSameAsJson);
}
