import fs from 'node:fs';
import path from 'node:path';
import { listLivingSessions } from '../../session/session-record.ts';
import { sweepDeadSessions } from '../../session/sweep.ts';
import { cacheDir } from '../../util/platform/folders.ts';
import { formatBytes } from '../../util/format.ts';

/** `seatrial prune`: sessions with a living owner are never touched. */
export async function prune(flags: { readonly json?: boolean; readonly cache?: boolean }): Promise<void> {
  const reports = await sweepDeadSessions();
  const freedBytes = flags.cache ? emptyCache() : 0;
  const result = { sessions: reports.length, processes: reports.reduce((sum, { ended }) => sum + ended, 0), left: reports.flatMap(({ left }) => left), failed: reports.flatMap(({ failed }) => failed), living: listLivingSessions().length, freedBytes };
  if (result.failed.length > 0) process.exitCode = 1;
  if (flags.json) return void process.stdout.write(`${JSON.stringify(result)}\n`);
  process.stdout.write(`removed ${result.sessions} dead sessions and ended ${result.processes} of their processes; ${result.living} sessions are alive\n`);
  if (flags.cache) process.stdout.write(`emptied the cache: ${formatBytes(freedBytes)}\n`);
  for (const what of result.left) process.stdout.write(`left alone, a daemon that a command started: ${what}\n`);
  for (const what of result.failed) process.stdout.write(`could not be removed: ${what}\n`);
}

/** Running servers keep their opened executables; the next start fetches again. */
function emptyCache(): number {
  let bytes = 0;
  for (const name of ['prepared', 'artifacts', 'compile']) {
    const folder = path.join(cacheDir(), name);
    bytes += sizeOf(folder);
    fs.rmSync(folder, { recursive: true, force: true });
  }
  return bytes;
}

function sizeOf(folder: string): number {
  try {
    return fs.readdirSync(folder, { recursive: true, withFileTypes: true }).reduce((sum, entry) => sum + (entry.isFile() ? fs.statSync(path.join(entry.parentPath, entry.name)).size : 0), 0);
  } catch {
    return 0;
  }
}
