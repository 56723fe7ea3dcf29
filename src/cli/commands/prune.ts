import fs from 'node:fs';
import path from 'node:path';
import { evict } from '../../artifacts/evict.ts';
import { builtin } from '../../builtin.ts';
import { listLivingSessions } from '../../session/session-record.ts';
import { sweepDeadSessions } from '../../session/sweep.ts';
import { formatBytes } from '../../util/format.ts';
import { cacheDir } from '../../util/platform/folders.ts';

/** `seatrial prune`: sessions with a living owner are never touched. */
export async function prune(flags: { readonly json?: boolean; readonly cache?: boolean }): Promise<void> {
  const reports = await sweepDeadSessions(builtin);
  // What a living process uses stays: PostgreSQL loads libraries and extension scripts while it runs.
  const { freedBytes, leftBytes } = await evict(flags.cache ? { maxBytes: 0 } : {});
  if (flags.cache) fs.rmSync(path.join(cacheDir(), 'compile'), { recursive: true, force: true });
  const result = {
    sessions: reports.length,
    processes: reports.reduce((sum, { ended }) => sum + ended, 0),
    left: reports.flatMap(({ left }) => left),
    failed: reports.flatMap(({ failed }) => failed),
    living: listLivingSessions().length,
    freedBytes,
    leftBytes,
  };
  if (result.failed.length > 0) process.exitCode = 1;
  if (flags.json) return void process.stdout.write(`${JSON.stringify(result)}\n`);
  process.stdout.write(
    `removed ${result.sessions} dead sessions and ended ${result.processes} of their processes; ${result.living} sessions are alive\n`,
  );
  if (flags.cache || freedBytes > 0)
    process.stdout.write(`freed ${formatBytes(freedBytes)} of the cache; ${formatBytes(leftBytes)} are left\n`);
  for (const what of result.left) process.stdout.write(`left alone, a daemon that a command started: ${what}\n`);
  for (const what of result.failed) process.stdout.write(`could not be removed: ${what}\n`);
}
