import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { cacheDir } from '../util/platform/folders.ts';
import type { ServiceUser } from '../util/platform/service-user.ts';
import { packFolder, unpackFile } from '../util/platform/tar.ts';

/** Data directories that were made once, by the hash of everything they depend on: one tar file each, in the cache. */
export interface Prepared {
  readonly file: string;
  readonly bytes: number;
  readonly madeAt: number;
}

/** Each element: the hash of all layers up to it; undefined from the first layer on whose inputs can't be known. */
export function chainKeys(root: unknown, layerKeys: readonly unknown[]): (string | undefined)[] {
  let previous: string | undefined = hash(['seatrial-prepared-1', root]);
  return layerKeys.map((key) => {
    previous = key === undefined || previous === undefined ? undefined : hash([previous, key]);
    return previous;
  });
}

export function findPrepared(key: string, maxAgeMs = Number.POSITIVE_INFINITY): Prepared | undefined {
  const file = path.join(folderOf(key), DATA);
  try {
    const stats = fs.statSync(file);
    return Date.now() - stats.mtimeMs > maxAgeMs ? undefined : { file, bytes: stats.size, madeAt: stats.mtimeMs };
  } catch {
    return undefined;
  }
}

/** Unpacks into an existing empty folder, and marks the entry as used: its folder's mtime is what the cache is trimmed by. */
export async function usePrepared(
  prepared: Prepared,
  folder: string,
  user: ServiceUser | undefined,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  await unpackFile(prepared.file, folder, { user, env });
  try {
    fs.utimesSync(path.dirname(prepared.file), new Date(), new Date());
  } catch {
    // a read-only cache serves as well
  }
}

/** Appears under its key only when whole; one that is there already (made too long ago, or by another process meanwhile) is replaced. */
export async function savePrepared(key: string, folder: string, env: Readonly<Record<string, string>>): Promise<void> {
  const draft = path.join(path.dirname(folderOf(key)), `.${key}-${process.pid}`);
  try {
    fs.mkdirSync(draft, { recursive: true, mode: 0o700 });
    await packFolder(folder, path.join(draft, DATA), env);
    fs.rmSync(folderOf(key), { recursive: true, force: true });
    fs.renameSync(draft, folderOf(key));
  } catch (error) {
    fs.rmSync(draft, { recursive: true, force: true });
    if (!findPrepared(key)) throw error;
  }
}

export function dropPrepared(prepared: Prepared): void {
  fs.rmSync(path.dirname(prepared.file), { recursive: true, force: true });
}

/** The file of the cross-process lock under which the data directory with this key is made. */
export function preparedLock(key: string): string {
  return path.join(cacheDir(), 'locks', `prepared-${key}`);
}

const DATA = 'data.tar';

function folderOf(key: string): string {
  return path.join(cacheDir(), 'prepared', key);
}

function hash(value: unknown): string {
  return crypto.createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);
}
