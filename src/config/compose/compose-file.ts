import path from 'node:path';
import type { Note } from '../../core/config.ts';
import { checkShape, isObject } from '../check-shape.ts';
import { invalidConfig } from '../problem.ts';
import { readDotenv } from '../read-dotenv.ts';
import type { SourceDocument } from '../source-document.ts';
import { interpolate, RequiredVariableError } from './interpolate.ts';

export const COMPOSE_FILES = [
  'docker-compose.test.yml',
  'docker-compose.test.yaml',
  'compose.test.yaml',
  'compose.test.yml',
  'docker-compose.yml',
  'docker-compose.yaml',
  'compose.yaml',
  'compose.yml',
];

/** A service of a compose file, its variables filled in. */
export interface RawService {
  readonly name: string;
  readonly keys: Readonly<Record<string, unknown>>;
}

/** A compose file of which services are taken one by one, so that a variable which only an unused one requires is not missed. */
export interface ComposeFile {
  readonly document: SourceDocument;
  readonly folder: string;
  readonly names: readonly string[];
  readonly notes: Note[];
  /** The service with its variables filled in and `extends` followed. */
  service(name: string): RawService;
  /** As it stands in the file. */
  raw(name: string): Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, unknown>>;
}

/** Reads what a compose file says of its services; the project's `.env` and the environment fill its variables, as compose does. */
export function openCompose(document: SourceDocument, env: NodeJS.ProcessEnv): ComposeFile {
  const folder = path.dirname(document.file);
  const problems = checkShape(
    isObject(document.value) ? (document.value.services ?? {}) : document.value,
    {
      type: 'map',
      of: { type: 'either', of: [{ type: 'map', of: { type: 'any' } }], expected: 'the keys of a service' },
    },
    isObject(document.value) ? ['services'] : [],
  );
  if (problems.length > 0) throw invalidConfig(document, problems);
  const value = document.value as {
    services?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    include?: unknown;
    secrets?: unknown;
  };
  const services = value.services ?? {};
  const variables = { ...readDotenv(path.join(folder, '.env')), ...env };
  const notes: Note[] = [];
  const missing = new Set<string>();
  if (value.include !== undefined)
    notes.push({ kind: 'ignored', text: `${document.label}: include is not followed`, origin: document.label });

  const fillIn = (item: unknown, at: readonly (string | number)[]): unknown => {
    if (typeof item === 'string') {
      try {
        const { text, missing: names } = interpolate(item, variables);
        for (const name of names.filter((each) => !missing.has(each))) {
          missing.add(name);
          notes.push({
            kind: 'warning',
            text: `${document.label}: the variable ${name} is not set and taken as empty`,
            origin: document.label,
          });
        }
        return text;
      } catch (error) {
        if (error instanceof RequiredVariableError)
          throw invalidConfig(document, [{ path: at, at: 'value', message: error.message }]);
        throw error;
      }
    }
    if (Array.isArray(item)) return item.map((each, index) => fillIn(each, [...at, index]));
    if (isObject(item)) return Object.fromEntries(Object.entries(item).map(([key, each]) => [key, fillIn(each, [...at, key])]));
    return item;
  };
  const raw = (name: string, seen: readonly string[] = []): Readonly<Record<string, unknown>> => {
    const own = services[name] ?? {};
    const base =
      typeof own.extends === 'string'
        ? own.extends
        : isObject(own.extends) && own.extends.file === undefined
          ? String(own.extends.service)
          : undefined;
    if (base === undefined || seen.includes(base)) return own;
    return mergeService(raw(base, [...seen, name]), own);
  };
  return {
    document,
    folder,
    names: Object.keys(services),
    notes,
    raw: (name) => raw(name),
    service: (name) => ({ name, keys: fillIn(raw(name), ['services', name]) as Readonly<Record<string, unknown>> }),
    secrets: isObject(value.secrets) ? value.secrets : {},
  };
}

function mergeService(
  base: Readonly<Record<string, unknown>>,
  own: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const merged: Record<string, unknown> = { ...base, ...own };
  for (const [key, value] of Object.entries(own)) {
    const inherited = base[key];
    if (isObject(value) && isObject(inherited)) merged[key] = { ...inherited, ...value };
    else if (Array.isArray(value) && Array.isArray(inherited) && key !== 'command' && key !== 'entrypoint')
      merged[key] = [...inherited, ...value];
  }
  return merged;
}
