import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { ArtifactFound, FetchOptions } from '../core/artifact.ts';
import type { ArtifactOverride } from '../core/config.ts';
import { SeatrialError } from '../errors.ts';
import { markUsed } from '../util/cache-entry.ts';
import { runCommand } from '../util/platform/run-command.ts';
import type { ArtifactEntry } from './lock-entry.ts';
import { entryFolder, filesFolder, type Marker, readEntry } from './store.ts';

const SEARCH_DEPTH = 5;

/** A company's own build in place of the lock list's: a folder is used where it lies, an archive is unpacked into the cache. */
export interface Override {
  find(version: string | undefined): Promise<ArtifactFound>;
  /** The entry's folder of files and what is in it. */
  fetch(options: FetchOptions): Promise<{ readonly files: string; readonly marker: Omit<Marker, 'stamps' | 'bytes'> }>;
}

export function createOverride(key: string, override: ArtifactOverride, entries: readonly ArtifactEntry[]): Override {
  const source = `artifacts.${key} ${override.path}`;
  const stats = fs.statSync(override.path, { throwIfNoEntry: false });
  if (!stats) {
    throw new SeatrialError(
      'SEATRIAL_ARTIFACT_FETCH_FAILED',
      `\`artifacts\` points ${key} at ${override.path}, and there is nothing`,
      {
        hint: 'the path is relative to the configuration file; it names an archive or an unpacked folder',
        details: { key, path: override.path },
      },
    );
  }
  const id = override.sha256 ?? digest([override.path, stats.size, stats.mtimeMs].join('\n'));
  const inspect = async (files: string) => {
    const executables = locateAll(key, files, entries);
    return { executables, version: await askVersion(path.join(files, Object.values(executables)[0] as string)) };
  };
  const inFolder = async () => ({
    files: override.path,
    marker: { ...(await inspect(override.path)), sha256: override.sha256 ?? buildIdOf(key, override.path, entries), source },
  });
  if (stats.isDirectory()) {
    return {
      find: async () => ({ version: (await inFolder()).marker.version, source, present: true, downloadBytes: 0 }),
      fetch: inFolder,
    };
  }
  const entry = entryFolder(key, 'own', id);
  return {
    async find(version) {
      const present = readEntry(entry);
      return {
        version: present?.version ?? version ?? (key.split('@')[1] as string),
        source,
        present: present !== undefined,
        downloadBytes: 0,
      };
    },
    async fetch({ signal, progress }) {
      markUsed(entry);
      const present = readEntry(entry);
      if (present) return { files: filesFolder(entry), marker: present };
      const { install } = await import('./install.ts');
      const marker = await install({
        entry,
        title: `${key} from ${override.path}`,
        source,
        sha256: override.sha256,
        neededBytes: stats.size * 4,
        symlinks: undefined,
        executables: [],
        signal,
        progress: (line) => progress(line),
        obtain: async () => override.path,
        inspect: (files) => {
          for (const name of Object.values(locateAll(key, files, entries))) fs.chmodSync(path.join(files, name), 0o755);
          return inspect(files);
        },
      });
      markUsed(entry);
      return { files: filesFolder(entry), marker };
    },
  };
}

/** The executables that the lock list names for this kind; names which it holds under one path are the same program. */
function locateAll(key: string, root: string, entries: readonly ArtifactEntry[]): Record<string, string> {
  const programs = programsOf(key, entries);
  const found: Record<string, string> = {};
  for (const names of programs) {
    const file = names.map((name) => locate(root, name, SEARCH_DEPTH)).find((path) => path !== undefined);
    if (file !== undefined) for (const name of names) found[name] = path.relative(root, file);
  }
  if (programs[0]?.[0] !== undefined && found[programs[0][0]] !== undefined) return found;
  throw new SeatrialError(
    'SEATRIAL_ARTIFACT_UNPACK_FAILED',
    `${root} holds no executable ${programs[0]?.join(' or ') ?? `of ${key}`}`,
    {
      hint: `a build of ${key} has its executables in a folder such as bin/`,
      details: { key, folder: root },
    },
  );
}

function programsOf(key: string, entries: readonly ArtifactEntry[]): string[][] {
  const kind = `${key.split('@')[0]}@`;
  const entry = entries.find((candidate) => candidate.key === key) ?? entries.find((candidate) => candidate.key.startsWith(kind));
  const executables = Object.values(entry?.platforms ?? {})[0]?.executables ?? {};
  const byPath = Map.groupBy(Object.keys(executables), (name) => executables[name]);
  return [...byPath.values()];
}

function locate(folder: string, name: string, depth: number): string | undefined {
  const here = path.join(folder, name);
  if (fs.statSync(here, { throwIfNoEntry: false })?.isFile()) return here;
  if (depth === 0) return undefined;
  const folders = fs.readdirSync(folder, { withFileTypes: true }).filter((found) => found.isDirectory());
  return folders.map((found) => locate(path.join(folder, found.name), name, depth - 1)).find((file) => file !== undefined);
}

async function askVersion(server: string): Promise<string> {
  const { stdout, stderr } = await runCommand(server, ['--version']);
  const version = /\d+(\.\d+)+/.exec(stdout)?.[0];
  if (version) return version;
  throw new SeatrialError(
    'SEATRIAL_ARTIFACT_UNPACK_FAILED',
    `${server} --version tells no version: ${(stdout + stderr).trim()}`,
    {
      hint: 'is this build for another platform?',
      details: { server },
    },
  );
}

function buildIdOf(key: string, root: string, entries: readonly ArtifactEntry[]): string {
  const files = Object.values(locateAll(key, root, entries)).map((name) => path.join(root, name));
  return digest(files.map((file) => [file, fs.statSync(file).size, fs.statSync(file).mtimeMs].join(' ')).join('\n'));
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
