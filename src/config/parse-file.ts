import path from 'node:path';
import type { ArtifactOverride, EnvFile, Note, OnReset } from '../core/config.ts';
import type { DriverName } from '../core/driver.ts';
import type { Isolation } from '../core/isolation.ts';
import { checkShape } from './check-shape.ts';
import { CONFIG_SHAPE, LATER_KEYS } from './config-shape.ts';
import type { CommandInput, SeatrialConfig } from './define-config.ts';
import { parseDurationMs } from './parse-duration.ts';
import { toArgv } from './parse-steps.ts';
import { invalidConfig } from './problem.ts';
import { originOf, type SourceDocument } from './source-document.ts';

/** What a configuration file says beside its services. */
export interface FileSettings {
  readonly project: string | undefined;
  /** False: the file leaves the services to be found. */
  readonly hasServices: boolean;
  readonly command: readonly string[] | undefined;
  readonly testCwd: string | undefined;
  readonly testOrigin: string;
  readonly isolation: Isolation | undefined;
  readonly onReset: OnReset | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly envFiles: readonly EnvFile[];
  readonly drivers: readonly DriverName[] | undefined;
  readonly ports: Readonly<Record<string, number>>;
  readonly artifacts: Readonly<Record<string, ArtifactOverride>>;
  readonly idleMs: number | undefined;
  readonly notes: readonly Note[];
}

/** Checks the outline of the file and takes everything but its services. */
export function parseFile(document: SourceDocument): FileSettings {
  const problems = checkShape(document.value, CONFIG_SHAPE);
  if (problems.length > 0) throw invalidConfig(document, problems);
  const config = document.value as SeatrialConfig;
  const folder = path.dirname(document.file);
  return {
    project: config.project,
    hasServices: config.services !== undefined,
    command: parseCommand(document, 'command', config.test?.command),
    testCwd: config.test?.cwd === undefined ? undefined : path.resolve(folder, config.test.cwd),
    testOrigin: originOf(document, ['test']),
    isolation: config.test?.isolation,
    onReset: parseOnReset(document, config, folder),
    env: texts(config.env ?? {}),
    envFiles: (config.envFiles ?? []).map((item) => parseEnvFile(item, folder)),
    drivers: config.drivers,
    ports: config.ports ?? {},
    artifacts: Object.fromEntries(
      Object.entries(config.artifacts ?? {}).map(([key, value]) => [key, parseArtifact(value, folder)]),
    ),
    idleMs: typeof config.idle === 'string' ? parseDurationMs(config.idle) : config.idle,
    notes: laterNotes(document),
  };
}

/** An address is called, anything else is run. */
function parseOnReset(document: SourceDocument, { test }: SeatrialConfig, folder: string): OnReset | undefined {
  const value = test?.onReset;
  if (typeof value === 'string' && /^https?:\/\/\S+$/.test(value)) return { url: value };
  const argv = parseCommand(document, 'onReset', value);
  return argv && { argv, cwd: path.resolve(folder, test?.cwd ?? '') };
}

function parseCommand(
  document: SourceDocument,
  key: 'command' | 'onReset',
  command: CommandInput | undefined,
): readonly string[] | undefined {
  if (command === undefined) return undefined;
  try {
    const argv = toArgv(command);
    if (argv.length > 0) return argv;
    throw new TypeError('expected a command, found nothing');
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw invalidConfig(document, [{ path: ['test', key], at: 'value', message: error.message }]);
  }
}

function parseEnvFile(item: NonNullable<SeatrialConfig['envFiles']>[number], folder: string): EnvFile {
  const input = typeof item === 'string' ? { path: item } : item;
  return {
    path: path.resolve(folder, input.path),
    format: input.format ?? (input.path.endsWith('.json') ? 'json' : 'dotenv'),
    values: input.values && texts(input.values),
  };
}

function parseArtifact(value: NonNullable<SeatrialConfig['artifacts']>[string], folder: string): ArtifactOverride {
  const { path: file, sha256 } = typeof value === 'string' ? { path: value, sha256: undefined } : value;
  return { path: path.resolve(folder, file), sha256: sha256?.toLowerCase() };
}

function texts(values: Readonly<Record<string, string | number | boolean>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

function laterNotes(document: SourceDocument): readonly Note[] {
  const keys = LATER_KEYS.filter((key) => Object.hasOwn(document.value as object, key));
  const [first] = keys;
  if (first === undefined) return [];
  return [
    { kind: 'ignored', text: `${keys.join(', ')}: not used by this version of Seatrial`, origin: originOf(document, [first]) },
  ];
}
