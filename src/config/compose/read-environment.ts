import fs from 'node:fs';
import path from 'node:path';
import { isObject } from '../check-shape.ts';
import { readDotenv } from '../read-dotenv.ts';
import type { ComposeFile, RawService } from './compose-file.ts';

export interface ComposeEnvironment {
  readonly values: Readonly<Record<string, string>>;
  /** Files named by `env_file` that are not there and not optional. */
  readonly missingFiles: readonly string[];
}

/** `env_file`, then `environment` as a map or a list; a name without a value is taken from the environment. `*_FILE` secrets are read. */
export function readEnvironment(service: RawService, compose: ComposeFile, env: NodeJS.ProcessEnv): ComposeEnvironment {
  const values: Record<string, string> = {};
  const missingFiles: string[] = [];
  for (const { file, required } of envFilesOf(service.keys.env_file)) {
    const absolute = path.resolve(compose.folder, file);
    if (fs.existsSync(absolute)) Object.assign(values, readDotenv(absolute));
    else if (required) missingFiles.push(file);
  }
  for (const [name, value] of entriesOf(service.keys.environment)) {
    const taken = value ?? env[name];
    if (taken !== undefined) values[name] = taken;
  }
  return { values: withSecrets(values, compose), missingFiles };
}

function envFilesOf(value: unknown): readonly { readonly file: string; readonly required: boolean }[] {
  return [value ?? []].flat().flatMap((item) => {
    if (typeof item === 'string') return [{ file: item, required: true }];
    return isObject(item) && typeof item.path === 'string' ? [{ file: item.path, required: item.required !== false }] : [];
  });
}

function entriesOf(value: unknown): readonly (readonly [string, string | undefined])[] {
  if (Array.isArray(value))
    return value.map((item) => {
      const text = String(item);
      const cut = text.indexOf('=');
      return cut === -1 ? [text, undefined] : [text.slice(0, cut), text.slice(cut + 1)];
    });
  if (!isObject(value)) return [];
  return Object.entries(value).map(([name, item]) => [name, item === null || item === undefined ? undefined : String(item)]);
}

/** `POSTGRES_PASSWORD_FILE: /run/secrets/db` becomes `POSTGRES_PASSWORD`, where the secret is a file of the project. */
function withSecrets(values: Readonly<Record<string, string>>, compose: ComposeFile): Readonly<Record<string, string>> {
  const entries = Object.entries(values).map(([name, value]): [string, string] => {
    const secret = name.endsWith('_FILE') ? /^\/run\/secrets\/([^/]+)$/.exec(value)?.[1] : undefined;
    const source = secret === undefined ? undefined : compose.secrets[secret];
    if (!isObject(source) || typeof source.file !== 'string') return [name, value];
    try {
      return [name.slice(0, -5), fs.readFileSync(path.resolve(compose.folder, source.file), 'utf8').trimEnd()];
    } catch {
      return [name, value];
    }
  });
  return Object.fromEntries(entries);
}
