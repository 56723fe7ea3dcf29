import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { SeatrialError } from '../errors.ts';
import { isUsed } from '../util/cache-entry.ts';
import { cacheDir } from '../util/platform/folders.ts';
import { namesIn } from '../util/read-if-there.ts';

export interface EvictOptions {
  /** Default: SEATRIAL_CACHE_MAX_BYTES, else 4 GB. */
  readonly maxBytes?: number;
  /** Folders that stay in any case. */
  readonly keep?: readonly string[];
}
export interface Eviction {
  readonly evicted: readonly string[];
  readonly freedBytes: number;
  /** What the cache holds afterwards. */
  readonly leftBytes: number;
}

/** What the cache holds: server builds, and data directories that the session prepared. One folder or file each; its mtime is its last use. */
const GROUPS = ['artifacts', 'prepared'] as const;
const DEFAULT_MAX_BYTES = 4_000_000_000;
/** Names with a leading dot are being made or removed; one this old was left by a process that died. */
const STALE_MS = 3_600_000;

/** Removes the least recently used entries until the cache fits its limit; never one that a living process has marked as used. */
export async function evict(options: EvictOptions = {}): Promise<Eviction> {
  const maxBytes = options.maxBytes ?? limitFromEnvironment();
  const keep = new Set(options.keep);
  removeStale(path.join(cacheDir(), 'locks'));
  const entries = GROUPS.flatMap((group) => listEntries(path.join(cacheDir(), group)));
  let leftBytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  const before = leftBytes;
  const evicted: string[] = [];
  for (const { folder } of entries) isUsed(folder); // forgets the marks of processes that were killed
  for (const { folder, bytes } of entries.sort((a, b) => a.usedAt - b.usedAt)) {
    if (leftBytes <= maxBytes) break;
    if (keep.has(folder) || !remove(folder)) continue;
    evicted.push(folder);
    leftBytes -= bytes;
  }
  return { evicted, freedBytes: before - leftBytes, leftBytes };
}

/** Out of the way first: whoever marks the folder after the second look finds it gone and makes it anew. */
function remove(folder: string): boolean {
  if (isUsed(folder)) return false;
  const aside = path.join(path.dirname(folder), `.evicted-${randomUUID()}`);
  try {
    fs.renameSync(folder, aside);
    if (isUsed(folder) && !fs.existsSync(folder)) {
      fs.renameSync(aside, folder);
      return false;
    }
    fs.rmSync(aside, { recursive: true, force: true });
    return true;
  } catch {
    return false; // another process was quicker, or the cache is read-only
  }
}

function listEntries(group: string): { folder: string; bytes: number; usedAt: number }[] {
  removeStale(group);
  return namesIn(group).flatMap((name) => {
    const folder = path.join(group, name);
    const usedAt = name.startsWith('.') ? undefined : mtimeOf(folder);
    return usedAt === undefined ? [] : [{ folder, bytes: sizeOf(folder), usedAt }];
  });
}

function removeStale(group: string): void {
  for (const name of namesIn(group)) {
    const file = path.join(group, name);
    if (name.startsWith('.') && Date.now() - (mtimeOf(file) ?? Date.now()) > STALE_MS)
      fs.rmSync(file, { recursive: true, force: true });
  }
}

function mtimeOf(file: string): number | undefined {
  return fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}

function sizeOf(folder: string): number {
  try {
    const files = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((found) => found.isFile());
    const sizes = files.map(
      (found) => fs.lstatSync(path.join(found.parentPath, found.name), { throwIfNoEntry: false })?.size ?? 0,
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch {
    return 0; // it goes away under our hands
  }
}

function limitFromEnvironment(): number {
  const text = process.env.SEATRIAL_CACHE_MAX_BYTES;
  if (!text) return DEFAULT_MAX_BYTES;
  const bytes = Number(text);
  if (Number.isFinite(bytes) && bytes >= 0) return bytes;
  throw new SeatrialError(
    'SEATRIAL_OPTION_INVALID',
    `SEATRIAL_CACHE_MAX_BYTES is ${JSON.stringify(text)}, which is no number of bytes`,
    {
      hint: 'for example SEATRIAL_CACHE_MAX_BYTES=4000000000',
      details: { value: text },
    },
  );
}
