import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { cacheDir } from '../util/platform/folders.ts';
import type { ServiceUser } from '../util/platform/service-user.ts';
import { packFolder, unpackFile } from '../util/platform/tar.ts';

/** Data directories that were made once, by the hash of everything they depend on: a folder each in the cache, with two tar files. */
export interface Prepared {
  readonly folder: string;
  readonly bytes: number;
  readonly madeAt: number;
}

/** Each element: the hash of all layers up to it; undefined from the first layer on whose inputs can't be known. */
export function chainKeys(root: unknown, layerKeys: readonly unknown[]): (string | undefined)[] {
  let previous: string | undefined = hash(['seatrial-prepared-2', root]);
  return layerKeys.map((key) => {
    previous = key === undefined || previous === undefined ? undefined : hash([previous, key]);
    return previous;
  });
}

export function findPrepared(key: string, maxAgeMs = Number.POSITIVE_INFINITY): Prepared | undefined {
  const found = preparedAt(folderOf(key));
  return found && Date.now() - found.madeAt > maxAgeMs ? undefined : found;
}

function preparedAt(folder: string): Prepared | undefined {
  try {
    const [first, second] = PARTS.map((name) => fs.statSync(path.join(folder, name))) as [fs.Stats, fs.Stats];
    return { folder, bytes: first.size + second.size, madeAt: first.mtimeMs };
  } catch {
    return undefined;
  }
}

/** Unpacks into an existing empty folder, both halves at once: the time goes into making files, which two cores do faster. Marks the entry as used: its folder's mtime is what the cache is trimmed by. */
export async function usePrepared(
  prepared: Prepared,
  folder: string,
  user: ServiceUser | undefined,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const results = await Promise.allSettled(
    PARTS.map((name) => unpackFile(path.join(prepared.folder, name), folder, { user, env })),
  );
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  try {
    fs.utimesSync(prepared.folder, new Date(), new Date());
  } catch {
    // a read-only cache serves as well
  }
}

/** Appears under its key only when whole; one that is there already (made too long ago, or by another process meanwhile) is replaced. */
export async function savePrepared(key: string, folder: string, env: Readonly<Record<string, string>>): Promise<void> {
  const draft = path.join(path.dirname(folderOf(key)), `.${key}-${process.pid}`);
  try {
    await packInto(draft, folder, env);
    fs.rmSync(folderOf(key), { recursive: true, force: true });
    fs.renameSync(draft, folderOf(key));
  } catch (error) {
    fs.rmSync(draft, { recursive: true, force: true });
    if (!findPrepared(key)) throw error;
  }
}

/** Packs a data directory into a folder of its own, which nobody knows by a key. */
export async function packPrepared(at: string, folder: string, env: Readonly<Record<string, string>>): Promise<Prepared> {
  await packInto(at, folder, env);
  return preparedAt(at) as Prepared;
}

async function packInto(at: string, folder: string, env: Readonly<Record<string, string>>): Promise<void> {
  fs.mkdirSync(at, { recursive: true, mode: 0o700 });
  const half = fs.existsSync(folder) ? halfOf(folder) : [];
  await packFolder(folder, path.join(at, PARTS[0]), { without: half, env });
  await packFolder(folder, path.join(at, PARTS[1]), { only: half, env });
}

export function dropPrepared(prepared: Prepared): void {
  fs.rmSync(prepared.folder, { recursive: true, force: true });
}

/** The file of the cross-process lock under which the data directory with this key is made. */
export function preparedLock(key: string): string {
  return path.join(cacheDir(), 'locks', `prepared-${key}`);
}

const PARTS = ['rest.tar', 'half.tar'] as const;

/** Folders two levels down, or one where there are none below, that hold about half of the files; the largest ones first. */
function halfOf(folder: string): string[] {
  const names = listFolders(folder).flatMap((outer) => {
    const inner = listFolders(path.join(folder, outer)).map((name) => path.join(outer, name));
    return inner.length > 0 ? inner : [outer];
  });
  const counts = names.map((name) => ({ name, files: fs.readdirSync(path.join(folder, name), { recursive: true }).length }));
  const all = fs.readdirSync(folder, { recursive: true }).length;
  const half: string[] = [];
  let files = 0;
  for (const candidate of counts.sort((a, b) => b.files - a.files)) {
    if (files + candidate.files > all * 0.6) continue;
    half.push(candidate.name);
    files += candidate.files;
  }
  return half;
}

function listFolders(folder: string): string[] {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

function folderOf(key: string): string {
  return path.join(cacheDir(), 'prepared', key);
}

function hash(value: unknown): string {
  return crypto.createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);
}
