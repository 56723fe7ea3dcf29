import fs from 'node:fs';
import path from 'node:path';
import { SeatrialError } from '../errors.ts';
import type { ArtifactEntry } from './lock-entry.ts';

/** A project's own choice of exact builds, committed beside its configuration. */
export interface ProjectLock {
  readonly file: string;
  readonly builds: readonly ArtifactEntry[];
}

export const PROJECT_LOCK = 'seatrial.lock';
const KEY = /^[a-z0-9-]+@[A-Za-z0-9.]+$/;
const PART = /^[\w][\w.-]*:[\w][\w.-]*:[\w][\w.+-]* [0-9a-f]{64}$/;
const NOTE = 'Exact server builds of this project. Written by `seatrial prefetch --lock`; commit it.';

/** The `seatrial.lock` of `folder`, or of the nearest folder above up to the repository's root. */
export function findProjectLock(folder: string): ProjectLock | undefined {
  for (let here = path.resolve(folder); ; here = path.dirname(here)) {
    const file = path.join(here, PROJECT_LOCK);
    if (fs.existsSync(file)) return { file, builds: parse(file, fs.readFileSync(file, 'utf8')) };
    if (here === path.dirname(here) || fs.existsSync(path.join(here, '.git'))) return undefined;
  }
}

export function writeProjectLock(file: string, builds: readonly ArtifactEntry[]): void {
  const sorted = builds.toSorted((a, b) => a.key.localeCompare(b.key));
  const draft = `${file}.${process.pid}`;
  fs.writeFileSync(draft, `${JSON.stringify({ note: NOTE, lock: 1, builds: sorted }, null, 2)}\n`);
  fs.renameSync(draft, file);
}

/** The builds to choose from: for a key that the project pins, only its own. */
export function withPins(lock: ProjectLock | undefined, entries: readonly ArtifactEntry[]): readonly ArtifactEntry[] {
  if (!lock) return entries;
  const pinned = new Set(lock.builds.map((build) => build.key));
  return [...lock.builds, ...entries.filter((entry) => !pinned.has(entry.key))];
}

function parse(file: string, text: string): readonly ArtifactEntry[] {
  try {
    const { lock, builds } = JSON.parse(text) as { lock?: unknown; builds?: unknown };
    if (lock !== 1) throw new Error(`"lock" is ${JSON.stringify(lock)}, and this seatrial reads 1`);
    if (!Array.isArray(builds)) throw new Error('"builds" is not a list');
    for (const build of builds) check(build as ArtifactEntry);
    return builds as ArtifactEntry[];
  } catch (error) {
    throw new SeatrialError('SEATRIAL_CONFIG_INVALID', `${file}: ${(error as Error).message}`, {
      cause: error,
      hint: 'delete it and run `seatrial prefetch --lock` to write it anew',
      details: { file },
    });
  }
}

/** What is handed to package clients and joined to paths must be what it seems: the file is reviewed less than it should be. */
function check(build: ArtifactEntry): void {
  expect(build, 'key', KEY);
  expect(build, 'version', /^[A-Za-z0-9][A-Za-z0-9.-]*$/);
  expect(build, 'packageVersion', /^[A-Za-z0-9][A-Za-z0-9.+_-]*$/);
  expect(build, 'carrier', /^(npm|pypi|maven)$/);
  if (!Array.isArray(build.standsFor)) throw new Error(`${build.key}: "standsFor" is not a list`);
  if (build.runtime) expect(build.runtime, 'key', KEY);
  for (const file of Object.values(build.platforms)) {
    expect(
      file,
      'package',
      build.carrier === 'maven' ? /^[\w.-]+:[\w.-]+$/ : /^(@[a-z0-9][a-z0-9._-]*\/)?[A-Za-z0-9][A-Za-z0-9._-]*$/,
    );
    for (const part of file.parts ?? []) if (!PART.test(part)) throw new Error(`${build.key}: a part is ${JSON.stringify(part)}`);
    expect(file, 'file', /^[A-Za-z0-9][A-Za-z0-9._+-]*$/);
    expect(file, 'sha256', /^[0-9a-f]{64}$/);
    for (const size of [file.bytes, file.unpackedBytes])
      if (!Number.isSafeInteger(size) || size < 0) throw new Error(`${build.key}: a size is ${size}`);
    for (const inside of [...Object.values(file.executables), ...(file.symlinks === undefined ? [] : [file.symlinks])])
      if (path.isAbsolute(inside) || inside.split('/').includes('..'))
        throw new Error(`${build.key}: the path ${inside} leaves the archive`);
  }
}

function expect<T extends object>(value: T, name: keyof T & string, pattern: RegExp): void {
  const text = value[name];
  if (typeof text !== 'string' || !pattern.test(text))
    throw new Error(`"${name}" is ${JSON.stringify(text)}, which does not match ${pattern.source}`);
}
