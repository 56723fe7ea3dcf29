import path from 'node:path';
import type { ResolvedConfig, ServiceConfig } from '../core/config.ts';
import type { DriverName } from '../core/driver.ts';
import type { Isolation } from '../core/isolation.ts';
import type { Registry } from '../core/registry.ts';
import { applyEnvironment } from './apply-environment.ts';
import { applyFlags, applyPort, unknownName } from './apply-flags.ts';
import { checkNames } from './check-names.ts';
import { deepFreeze } from './deep-freeze.ts';
import type { Found } from './find-services.ts';
import { foldersUpward } from './find-upward.ts';
import { findAddresses } from './found-addresses.ts';
import type { WithMigrations } from './infer/infer-migrations.ts';
import { readManifests } from './infer/read-manifests.ts';
import { openFile } from './open-file.ts';
import { type FileSettings, parseFile } from './parse-file.ts';
import { parseServices } from './parse-services.ts';
import { toSlug } from './project-name.ts';
import type { SourceDocument } from './source-document.ts';

const DEFAULT_DRIVERS: readonly DriverName[] = ['embedded', 'native', 'docker', 'external'];
const DEFAULT_IDLE_MS = 8 * 3_600_000;

export interface ResolveOptions {
  readonly cwd: string;
  /** A file to use instead of the one that would be found; relative to `cwd`. */
  readonly configFile?: string | undefined;
  /** Instead of any file: what code has asked for. */
  readonly document?: SourceDocument | undefined;
  /** `postgres@18`, `redis`, `db=postgres@16`. */
  readonly services?: readonly string[] | undefined;
  readonly isolation?: Isolation | undefined;
  readonly drivers?: readonly DriverName[] | undefined;
  /** `db=5432`. */
  readonly ports?: readonly string[] | undefined;
  /** `db=postgres://...`. */
  readonly external?: readonly string[] | undefined;
  readonly command?: readonly string[] | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly registry: Registry;
}

/**
 * Files, inference, environment and flags as one frozen value. The first that says which services there are wins: a file of ours, a compose
 * file, the project's manifests. Flags then change single services, or stand in for what would only be guessed.
 */
export async function resolveConfig(options: ResolveOptions): Promise<ResolvedConfig> {
  const { env, registry } = options;
  const cwd = path.resolve(options.cwd);
  const folders = foldersUpward(cwd);
  const document = options.document ?? (await openFile(options.configFile, cwd, folders));
  const settings = document && parseFile(document);
  const found = document && settings?.hasServices ? await declared(document, options) : await find(cwd, folders, options);
  const root = document ? path.dirname(document.file) : (found.folder ?? cwd);
  const name = toSlug(settings?.project ?? manifestName(root) ?? path.basename(root));

  // What was only guessed gives way to what a flag says.
  const isGuess = !found.declared && (options.services ?? []).length > 0;
  const base = withPorts(isGuess ? [] : found.services, settings);
  const named = applyFlags(base, options, registry);
  const { services: overridden, runId, containerName } = await applyEnvironment(named, name, env, registry);
  const flagged = (options.ports ?? []).reduce(applyPort, overridden);
  const { services, notes: migrationNotes } = settings?.hasServices
    ? { services: flagged, notes: [] }
    : await migrations(flagged, root);
  const ownEnv = { ...found.test?.env, ...settings?.env };
  checkNames(services, ownEnv, document);
  const seen = await findAddresses(
    root,
    env,
    services.flatMap(({ url }) => url ?? []),
    registry,
  );
  return deepFreeze({
    project: { name, root },
    services,
    test: testConfig(options, cwd, settings, found),
    env: ownEnv,
    envFiles: settings?.envFiles ?? [],
    drivers: settings?.drivers ?? DEFAULT_DRIVERS,
    artifacts: settings?.artifacts ?? {},
    source: isGuess || (found.services.length === 0 && services.length > 0) ? 'the command line' : found.source,
    notes: [
      ...(settings?.notes ?? []),
      ...(isGuess ? found.notes.filter((note) => note.kind !== 'inferred') : found.notes),
      ...migrationNotes,
      ...seen.notes,
    ],
    found: seen.found,
    idleMs: settings?.idleMs ?? DEFAULT_IDLE_MS,
    runId,
    containerName,
  });
}

async function find(cwd: string, folders: readonly string[], { env, registry }: ResolveOptions): Promise<Found> {
  return (await import('./find-services.ts')).findServices({ cwd, folders, env, registry });
}

async function migrations(services: readonly ServiceConfig[], root: string): Promise<WithMigrations> {
  return (await import('./infer/infer-migrations.ts')).inferMigrations(services, root);
}

/** The name in the manifest of the folder, or of its backend. */
function manifestName(root: string): string | undefined {
  return readManifests([root])?.all.find((manifest) => manifest.name !== undefined)?.name;
}

async function declared(document: SourceDocument, { registry, env }: ResolveOptions): Promise<Found> {
  const services = await parseServices(document, registry, env);
  return { services, test: undefined, notes: [], source: document.label, folder: path.dirname(document.file), declared: true };
}

/** `ports:` of the file. */
function withPorts(services: readonly ServiceConfig[], settings: FileSettings | undefined): readonly ServiceConfig[] {
  const ports = settings?.ports ?? {};
  const names = services.map((service) => service.name);
  for (const name of Object.keys(ports)) if (!names.includes(name)) throw unknownName('ports', name, names);
  return services.map((service) => ({ ...service, port: service.port ?? ports[service.name] }));
}

/** A command after `--` runs where the user stands; one from a file where the file says. */
function testConfig(
  options: ResolveOptions,
  cwd: string,
  settings: FileSettings | undefined,
  found: Found,
): ResolvedConfig['test'] {
  const isolation = options.isolation ?? settings?.isolation ?? 'run';
  const { onReset } = settings ?? {};
  if (options.command && options.command.length > 0)
    return { command: options.command, cwd, isolation, onReset, origin: 'command line' };
  if (settings?.command)
    return { command: settings.command, cwd: settings.testCwd ?? cwd, isolation, onReset, origin: settings.testOrigin };
  if (found.test)
    return {
      command: found.test.command,
      cwd: settings?.testCwd ?? found.test.cwd,
      isolation,
      onReset,
      origin: found.test.origin,
    };
  return { command: undefined, cwd: settings?.testCwd ?? cwd, isolation, onReset, origin: 'default' };
}
