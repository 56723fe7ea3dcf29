import fs from 'node:fs';
import path from 'node:path';
import { cacheDir } from '../util/platform/folders.ts';
import { platformKey } from '../util/platform/machine.ts';
import type { Carrier } from './lock-entry.ts';

/** What a whole entry holds, beside its files. Written last, so an entry without it is half made. */
export interface Marker {
  readonly version: string;
  readonly sha256: string;
  readonly source: string;
  /** Unpacked size. */
  readonly bytes: number;
  /** Path of each executable in `files/`. */
  readonly executables: Readonly<Record<string, string>>;
  /** The mtime of each folder and executable: when one changed, files came, went or were cut, and the whole list is looked at. */
  readonly stamps: Readonly<Record<string, number>>;
}

const MARKER = 'entry.json';
const LIST = 'files.json';

export function artifactsDir(): string {
  return path.join(cacheDir(), 'artifacts');
}

/** `<cache>/artifacts/<key>-<version>-<platform>-<start of the checksum>`. */
export function entryFolder(key: string, version: string, sha256: string): string {
  return path.join(artifactsDir(), `${key}-${version}-${platformKey()}-${sha256.slice(0, 8)}`);
}

export function entryLock(folder: string): string {
  return path.join(cacheDir(), 'locks', `${path.basename(folder)}.lock`);
}

export function filesFolder(entry: string): string {
  return path.join(entry, 'files');
}

export function toSource(carrier: Carrier, name: string, packageVersion: string): string {
  return `${carrier} ${name} ${packageVersion}`;
}

/** The marker of a whole entry; undefined when the entry is absent, half made, or files are missing or cut. */
export function readEntry(entry: string): Marker | undefined {
  const marker = readJson<Marker>(path.join(entry, MARKER));
  if (!marker?.version || !marker.executables) return undefined;
  const root = filesFolder(entry);
  const same =
    marker.stamps !== undefined &&
    Object.entries(marker.stamps).every(([name, mtimeMs]) => mtimeOf(path.join(root, name)) === mtimeMs);
  if (same) return marker;
  const list = readJson<Record<string, number>>(path.join(entry, LIST));
  const whole = list !== undefined && Object.entries(list).every(([name, size]) => sizeOf(path.join(root, name)) === size);
  return whole ? marker : undefined;
}

/** Completes an entry whose `files/` are all in place. */
export function writeEntry(entry: string, facts: Omit<Marker, 'bytes' | 'stamps'>): void {
  const root = filesFolder(entry);
  const stamps: Record<string, number> = { '.': fs.statSync(root).mtimeMs };
  const list: Record<string, number> = {};
  let bytes = 0;
  for (const found of fs.readdirSync(root, { recursive: true, withFileTypes: true })) {
    const file = path.join(found.parentPath, found.name);
    const name = path.relative(root, file);
    const stats = fs.lstatSync(file);
    if (found.isDirectory()) {
      stamps[name] = stats.mtimeMs;
    } else {
      list[name] = stats.size;
      bytes += stats.size;
    }
  }
  for (const name of Object.values(facts.executables)) stamps[name] = fs.statSync(path.join(root, name)).mtimeMs;
  fs.writeFileSync(path.join(entry, LIST), JSON.stringify(list));
  const marker: Marker = { ...facts, bytes, stamps };
  fs.writeFileSync(path.join(entry, MARKER), JSON.stringify(marker));
}

function mtimeOf(file: string): number | undefined {
  return fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}

function sizeOf(file: string): number | undefined {
  return fs.lstatSync(file, { throwIfNoEntry: false })?.size;
}

function readJson<T>(file: string): T | undefined {
  try {
    const value: unknown = JSON.parse(fs.readFileSync(file, 'utf8'));
    return typeof value === 'object' && value !== null ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}
