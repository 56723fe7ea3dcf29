import path from 'node:path';
import type { Isolation, Note, ResolvedConfig, ServiceConfig } from '../core/config.ts';
import type { DriverName } from '../core/driver.ts';
import type { Registry } from '../core/registry.ts';
import { applyEnvironment } from './apply-environment.ts';
import { applyFlags, unknownName } from './apply-flags.ts';
import { checkNames } from './check-names.ts';
import { deepFreeze } from './deep-freeze.ts';
import { type Found, findServices } from './find-services.ts';
import { findFirst, foldersUpward } from './find-upward.ts';
import { findAddresses } from './found-addresses.ts';
import { inferMigrations } from './infer/infer-migrations.ts';
import { readManifests } from './infer/read-manifests.ts';
import { type FileSettings, parseFile } from './parse-file.ts';
import { parseServices } from './parse-services.ts';
import { folderName, toSlug } from './project-name.ts';
import { readDocument } from './read-document.ts';
import { readModule } from './read-module.ts';
import type { SourceDocument } from './source-document.ts';

const CONFIG_FILES = [
  ...['seatrial.yaml', 'seatrial.yml', 'seatrial.json'],
  ...['seatrial.config.ts', 'seatrial.config.mts', 'seatrial.config.js', 'seatrial.config.mjs'],
];
const DEFAULT_DRIVERS: readonly DriverName[] = ['embedded', 'native', 'external'];
const DEFAULT_IDLE_MS = 8 * 3_600_000;

export interface ResolveOptions {
  readonly cwd: string;
  /** A file to use instead of the one that would be found; relative to `cwd`. */
  readonly configFile?: string | undefined;
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
  const document = await openFile(options.configFile, cwd, folders);
  const settings = document && parseFile(document);
  const manifests = readManifests(folders);
  const found =
    document && settings?.hasServices
      ? await declared(document, options)
      : await findServices(manifests, { cwd, folders, env, registry });

  const root = document ? path.dirname(document.file) : (found.folder ?? cwd);
  const name = toSlug(
    settings?.project ?? manifests?.all.find((manifest) => manifest.name !== undefined)?.name ?? folderName(root),
  );
  const flags = {
    services: options.services ?? [],
    external: options.external ?? [],
    ports: options.ports ?? [],
    drivers: options.drivers,
  };
  const guessed = !found.declared && flags.services.length > 0;
  const flagged = applyFlags(withPorts(guessed ? [] : found.services, settings), flags, registry);
  const { services: overridden, runId, containerName } = await applyEnvironment(flagged, name, env, registry);
  const migrations = settings?.hasServices ? { services: overridden, notes: [] } : inferMigrations(overridden, root);
  const services = migrations.services;
  const envOfTest = { ...found.test?.env, ...settings?.env };
  checkNames(services, envOfTest, document);
  const notes: readonly Note[] = [
    ...(settings?.notes ?? []),
    ...(guessed ? found.notes.filter((note) => note.kind !== 'inferred') : found.notes),
    ...migrations.notes,
    ...findAddresses(
      root,
      env,
      services.flatMap(({ url }) => url ?? []),
      registry,
    ),
  ];
  return deepFreeze({
    project: { name, root },
    services,
    test: testConfig(options, cwd, settings, found),
    env: envOfTest,
    envFiles: settings?.envFiles ?? [],
    drivers: settings?.drivers ?? DEFAULT_DRIVERS,
    artifacts: settings?.artifacts ?? {},
    source:
      guessed || found.services.length === 0
        ? flags.services.length > 0
          ? '--service'
          : (document?.label ?? found.source)
        : found.source,
    notes,
    idleMs: settings?.idleMs ?? DEFAULT_IDLE_MS,
    runId,
    containerName,
  });
}

async function openFile(given: string | undefined, cwd: string, folders: readonly string[]): Promise<SourceDocument | undefined> {
  const file = given === undefined ? findFirst(folders, CONFIG_FILES) : path.resolve(cwd, given);
  if (file === undefined) return undefined;
  return /\.[cm]?[jt]s$/.test(file) ? readModule(file, cwd) : readDocument(file, cwd);
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
  if (options.command && options.command.length > 0) return { command: options.command, cwd, isolation, origin: 'command line' };
  if (settings?.command)
    return { command: settings.command, cwd: settings.testCwd ?? cwd, isolation, origin: settings.testOrigin };
  if (found.test)
    return { command: found.test.command, cwd: settings?.testCwd ?? found.test.cwd, isolation, origin: found.test.origin };
  return { command: undefined, cwd: settings?.testCwd ?? cwd, isolation, origin: 'default' };
}
