import fs from 'node:fs';
import { runCommand } from './run-command.ts';

/**
 * Removes System V shared memory segments that were made by the given processes, which have ended, and to which nobody is attached: a server
 * that was ended by SIGKILL leaves them behind (PostgreSQL one of 56 bytes). Linux only; best effort, since `ipcrm` may be missing.
 */
export async function removeSegmentsOf(pids: readonly number[]): Promise<void> {
  const ids = listSegments().flatMap(({ id, creator, attached }) =>
    pids.includes(creator) && attached === 0 ? [String(id)] : [],
  );
  if (ids.length > 0)
    await runCommand(
      'ipcrm',
      ids.flatMap((id) => ['-m', id]),
    ).catch(() => {});
}

/** proc_sysvipc(5): key, shmid, perms, size, cpid, lpid, nattch, ... */
function listSegments(): { id: number; creator: number; attached: number }[] {
  let text: string;
  try {
    text = fs.readFileSync('/proc/sysvipc/shm', 'latin1');
  } catch {
    return [];
  }
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [, id, , , creator, , attached] = line.trim().split(/\s+/).map(Number);
      return { id: id ?? -1, creator: creator ?? -1, attached: attached ?? -1 };
    });
}
