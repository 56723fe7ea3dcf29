import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * Where things lie. Services that root starts run as another uid, so for root nothing is put under a home folder that this uid can't traverse.
 * - cache: server builds and prepared data directories; survives; `SEATRIAL_CACHE_DIR`.
 * - runtime: sessions, ledgers, sockets, locks; `SEATRIAL_RUNTIME_DIR`.
 * - data: ephemeral data directories, on memory when there is room; `SEATRIAL_DATA_DIR`.
 */
export function cacheDir(): string {
  const { SEATRIAL_CACHE_DIR, XDG_CACHE_HOME } = process.env;
  if (SEATRIAL_CACHE_DIR) return path.resolve(SEATRIAL_CACHE_DIR);
  if (isRoot()) return '/var/cache/seatrial';
  if (process.platform === 'darwin') return path.join(os.homedir(), 'Library', 'Caches', 'seatrial');
  return path.join(XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'seatrial');
}

export function runtimeDir(): string {
  const { SEATRIAL_RUNTIME_DIR, XDG_RUNTIME_DIR } = process.env;
  if (SEATRIAL_RUNTIME_DIR) return path.resolve(SEATRIAL_RUNTIME_DIR);
  if (isRoot()) return '/run/seatrial';
  if (XDG_RUNTIME_DIR && isWritable(XDG_RUNTIME_DIR)) return path.join(XDG_RUNTIME_DIR, 'seatrial');
  return path.join('/tmp', `seatrial-${process.getuid?.() ?? os.userInfo().username}`);
}

/** Every folder in which sessions may have put data: the sweep looks into all of them, whatever the present choice is. */
export function dataRoots(): readonly string[] {
  const name = `seatrial-${process.getuid?.() ?? os.userInfo().username}`;
  const { SEATRIAL_DATA_DIR } = process.env;
  const roots = [path.join('/dev/shm', name), path.resolve(os.tmpdir(), `${name}-data`)];
  return SEATRIAL_DATA_DIR ? [path.resolve(SEATRIAL_DATA_DIR), ...roots] : roots;
}

/** The folder for the data of one service that needs `bytes`: memory where there is room for four times that and 256 MB of WAL, else disk. */
export function chooseDataRoot(bytes: number): string {
  const [first, second] = dataRoots() as readonly [string, string];
  if (process.env.SEATRIAL_DATA_DIR) return first;
  return freeBytes('/dev/shm') >= bytes * 4 + 256 * 1024 * 1024 && isWritable('/dev/shm') ? first : second;
}

/** Free bytes for unprivileged writers; 0 when the folder does not exist. */
export function freeBytes(folder: string): number {
  try {
    const stats = fs.statfsSync(folder);
    return stats.bavail * stats.bsize;
  } catch {
    return 0;
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function isWritable(folder: string): boolean {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
