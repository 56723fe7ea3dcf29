import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { EnvFile } from '../core/config.ts';
import { isSeatrialError, SeatrialError } from '../errors.ts';
import { createCleanUpStack } from '../util/clean-up-stack.ts';
import { type HeldLock, type LockHolder, takeLock } from '../util/lock.ts';
import { runtimeDir } from '../util/platform/folders.ts';
import { RUN_TAG } from './command-processes.ts';
import { listLivingSessions } from './session-record.ts';

/**
 * Holds the files of `envFiles` for one run: a second one would take the first one's for the user's and leave its dead addresses behind.
 * A run inside the command of the one that holds a file is fine: it puts back first what it has found.
 */
export async function lockEnvFiles(files: readonly EnvFile[], signal: AbortSignal): Promise<AsyncDisposable> {
  await using stack = createCleanUpStack();
  for (const file of new Set(files.map((file) => realPath(file.path)))) stack.use(await lockOne(file, [file], signal));
  return stack.move();
}

async function lockOne(file: string, scope: readonly string[], signal: AbortSignal): Promise<HeldLock> {
  const name = createHash('sha256').update(scope.join('\0')).digest('hex').slice(0, 16);
  try {
    return await takeLock(path.join(runtimeDir(), 'locks', `env-file-${name}`), { timeoutMs: 0, signal });
  } catch (error) {
    const holder = isSeatrialError(error) && error.code === 'SEATRIAL_LOCK_TIMEOUT' ? (error.details.holder as LockHolder) : null;
    if (!holder) throw error;
    const session = listLivingSessions().find(({ pid }) => pid === holder.pid)?.id;
    if (session && session === process.env[RUN_TAG] && !scope.includes(session))
      return lockOne(file, [...scope, session], signal);
    throw new SeatrialError(
      'SEATRIAL_ENV_FILE_HELD',
      `envFiles: ${file} is written by another run at the moment (process ${holder.pid}${session ? `, session ${session}` : ''})`,
      {
        cause: error,
        hint: 'wait for that run to end, or give each run a file of its own: both would overwrite it with their addresses',
        details: { file, pid: holder.pid, session: session ?? null },
      },
    );
  }
}

/** The same for a file that is reached through a link; of one that is not there yet, as much of its path as is. */
function realPath(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    const parent = path.dirname(file);
    return parent === file ? file : path.join(realPath(parent), path.basename(file));
  }
}
