import fs from 'node:fs';
import path from 'node:path';
import { SeatrialError } from '../errors.ts';
import { safeJoin } from './safe-join.ts';

export interface UnpackOptions {
  /** Paths to make executable besides those which the archive marks so. */
  readonly executables: readonly string[];
  /** A JSON list of `{source, target}` in the archive: the symbolic links which it could not hold. */
  readonly symlinks?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Unpacks `.tgz`, `.tar` (one leading folder dropped when it is npm's `package/`), `.zip`, `.whl` or `.jar` into the new folder `target`.
 * Nothing is ever written outside of it: an archive that tries is refused whole. The files end up readable by everybody.
 */
export async function unpack(archive: string, target: string, options: UnpackOptions): Promise<void> {
  fs.mkdirSync(target, { recursive: true });
  try {
    const isZip = /\.(zip|whl|jar)$/.test(archive);
    const { extract } = isZip ? await import('./unpack-zip.ts') : await import('./unpack-tar.ts');
    await extract(archive, target, options.signal);
    if (options.symlinks) makeSymlinks(target, options.symlinks);
    openToAll(target, new Set(options.executables.map((name) => path.join(target, name))));
  } catch (error) {
    options.signal.throwIfAborted();
    if (isDiskError(error) || error instanceof SeatrialError) throw error;
    throw new SeatrialError('SEATRIAL_ARTIFACT_UNPACK_FAILED', `${path.basename(archive)}: ${(error as Error).message}`, {
      cause: error,
      hint: 'the archive is damaged or not what it claims to be; nothing of it was kept',
      details: { archive },
    });
  }
}

/** True for failures of the disk under the cache: full, read-only, no permission. */
export function isDiskError(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException | undefined)?.code ?? '');
}

function makeSymlinks(target: string, listFile: string): void {
  const list = JSON.parse(fs.readFileSync(path.join(target, listFile), 'utf8')) as readonly { source: string; target: string }[];
  for (const link of list) {
    const from = safeJoin(target, link.target);
    const to = safeJoin(target, link.source);
    fs.mkdirSync(path.dirname(from), { recursive: true });
    fs.rmSync(from, { force: true });
    fs.symlinkSync(path.relative(path.dirname(from), to), from);
  }
}

function openToAll(target: string, executables: ReadonlySet<string>): void {
  fs.chmodSync(target, 0o755);
  for (const found of fs.readdirSync(target, { recursive: true, withFileTypes: true })) {
    const file = path.join(found.parentPath, found.name);
    if (found.isDirectory()) fs.chmodSync(file, 0o755);
    else if (found.isFile()) fs.chmodSync(file, executables.has(file) || (fs.statSync(file).mode & 0o100) !== 0 ? 0o755 : 0o644);
  }
}
