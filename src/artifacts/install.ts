import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SeatrialError } from '../errors.ts';
import { formatBytes } from '../util/format.ts';
import { withLock } from '../util/lock.ts';
import { makeCacheFolder } from '../util/platform/cache-folder.ts';
import { cacheDir, freeBytes } from '../util/platform/folders.ts';
import { runCommand } from '../util/platform/run-command.ts';
import { checksumMismatch } from './checksum-mismatch.ts';
import { evict } from './evict.ts';
import { takeParts } from './parts.ts';
import { artifactsDir, entryLock, filesFolder, type Marker, readEntry, writeEntry } from './store.ts';
import { isDiskError, unpack } from './unpack.ts';

/** One build to bring into the cache. */
export interface Installation {
  /** Folder of the entry. */
  readonly entry: string;
  /** As in messages, e.g. `postgres@18 18.4`. */
  readonly title: string;
  readonly source: string;
  /** Undefined: it is computed, not compared. */
  readonly sha256: string | undefined;
  /** Room that download and unpacked files take together. */
  readonly neededBytes: number;
  readonly symlinks: string | undefined;
  /** The build is these jars, as they are; see the lock list. */
  readonly parts?: readonly string[] | undefined;
  readonly signal: AbortSignal;
  progress(line: string): void;
  /** Puts the archive into the empty folder, or answers the path of one that lies elsewhere. */
  obtain(folder: string): Promise<string | undefined>;
  /** Version and executables, once the files are unpacked. */
  inspect(files: string): Promise<{ readonly version: string; readonly executables: Readonly<Record<string, string>> }>;
  readonly executables: readonly string[];
}

/** A disk with less room than this is why a client or an unpacking failed, whatever it said. */
const FULL_BYTES = 100_000;

/** Brings a build into the cache, once for all processes that ask at the same time; repairs an entry that is not whole. */
export async function install(what: Installation): Promise<Marker> {
  try {
    for (const name of ['artifacts', 'locks']) makeCacheFolder(name);
    return await withLock(
      entryLock(what.entry),
      lockOptions(what),
      async () => readEntry(what.entry) ?? (await installLocked(what)),
    );
  } catch (error) {
    if (isDiskError(error) || freeBytes(cacheDir()) < FULL_BYTES) throw cacheUnusable((error as Error).message, error);
    throw error;
  }
}

async function installLocked(what: Installation): Promise<Marker> {
  const free = freeBytes(artifactsDir());
  if (free < what.neededBytes) throw cacheUnusable(`${what.title} needs ${formatBytes(what.neededBytes)}`);
  const prefix = `.partial-${path.basename(what.entry)}-`;
  removeAll(prefix);
  const partial = fs.mkdtempSync(path.join(artifactsDir(), prefix));
  try {
    fs.chmodSync(partial, 0o755); // mkdtemp made it 0700, and another uid runs what is inside
    const folder = path.join(partial, 'download');
    fs.mkdirSync(folder);
    const obtained = await what.obtain(folder);
    const files = filesFolder(partial);
    let sha256 = what.sha256;
    if (what.parts) await takeParts(folder, files, what.parts, what.source);
    else {
      const archive = obtained ?? onlyFile(folder, what);
      sha256 = await checksum(archive, what);
      what.progress(`unpacking ${what.title}`);
      await unpack(archive, files, what);
    }
    fs.rmSync(folder, { recursive: true });
    const found = await what.inspect(files);
    if (!what.parts) await proveStarts(what.title, files, found.executables);
    writeEntry(partial, { version: found.version, executables: found.executables, sha256: sha256 ?? '', source: what.source });
    fs.rmSync(what.entry, { recursive: true, force: true }); // there is one only when it is not whole
    fs.renameSync(partial, what.entry);
  } finally {
    fs.rmSync(partial, { recursive: true, force: true });
  }
  await evict({ keep: [what.entry] });
  const marker = readEntry(what.entry);
  if (!marker)
    throw new SeatrialError(
      'SEATRIAL_ARTIFACT_UNPACK_FAILED',
      `${what.title} was unpacked to ${what.entry} and is not whole there`,
    );
  return marker;
}

/** The server must at least tell its version: a missing system library is found now. Also outlasts ETXTBSY: a concurrent fork may hold the file open. */
async function proveStarts(title: string, files: string, executables: Readonly<Record<string, string>>): Promise<void> {
  const [server] = Object.values(executables);
  if (server === undefined) return;
  for (let attempt = 0; ; attempt++) {
    try {
      const { exitCode, stdout, stderr } = await runCommand(path.join(files, server), ['--version']);
      if (exitCode === 0) return;
      throw new Error(`exit code ${exitCode}: ${(stderr || stdout).trim().slice(-500)}`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ETXTBSY' && attempt < 100) {
        await sleep(20);
        continue;
      }
      throw new SeatrialError(
        'SEATRIAL_ARTIFACT_UNPACK_FAILED',
        `${title} does not start on this machine: ${(error as Error).message}`,
        {
          cause: error,
          hint: 'a system library may be missing, or the cache folder is mounted noexec: set SEATRIAL_CACHE_DIR to another one',
          details: { title },
        },
      );
    }
  }
}

async function checksum(archive: string, what: Installation): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of fs.createReadStream(archive, { signal: what.signal })) hash.update(chunk as Buffer);
  const got = hash.digest('hex');
  if (what.sha256 === undefined || got === what.sha256) return got;
  throw checksumMismatch(path.basename(archive), what.source, what.sha256, got);
}

function onlyFile(folder: string, what: Installation): string {
  const [file] = fs.readdirSync(folder);
  if (file) return path.join(folder, file);
  throw new SeatrialError('SEATRIAL_ARTIFACT_FETCH_FAILED', `the client said that it fetched ${what.source}, but wrote no file`);
}

function removeAll(prefix: string): void {
  for (const name of fs.readdirSync(artifactsDir()))
    if (name.startsWith(prefix)) fs.rmSync(path.join(artifactsDir(), name), { recursive: true, force: true });
}

function lockOptions({ signal, title, progress }: Installation) {
  return {
    signal,
    onWait: (holder: { readonly pid: number }) => progress(`waiting for process ${holder.pid}, which fetches ${title}`),
  };
}

function cacheUnusable(why: string, cause?: unknown): SeatrialError {
  const folder = cacheDir();
  const free = freeBytes(folder);
  return new SeatrialError(
    'SEATRIAL_CACHE_UNUSABLE',
    `the cache ${folder} can't be written to (${formatBytes(free)} free): ${why}`,
    {
      cause,
      hint: 'free some room (`seatrial prune --cache`), or set SEATRIAL_CACHE_DIR to a folder on another disk',
      details: { folder, freeBytes: free },
    },
  );
}
