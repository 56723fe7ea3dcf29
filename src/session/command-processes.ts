import { isProcessAlive, type ProcessIdentity, type ProcessStat } from '../util/platform/process-identity.ts';
import { descendantsOf, listPids, listProcesses, startEnvironment } from '../util/platform/process-table.ts';

/** Environment variable of the user's command and all that it starts: the id of the session whose process started it. */
export const RUN_TAG = 'SEATRIAL_RUN';

export interface CommandProcesses {
  /** The command, its descendants, and what it left behind in the background of its own terminal session. */
  readonly tree: readonly ProcessStat[];
  /** What made a session of its own and lost its parent: daemons that were left on purpose (Gradle, watchman), and their workers. */
  readonly daemons: readonly ProcessStat[];
}

/** What there is now of the user's command. Most commands leave nobody behind: then one look at the environments is all it takes. */
export function findCommandProcesses(id: string, commands: readonly ProcessIdentity[] = []): CommandProcesses {
  const carriers = new Set(listPids().filter((pid) => pid !== process.pid && startEnvironment(pid, RUN_TAG) === id));
  const alive = new Set(commands.filter(isProcessAlive).map(({ pid }) => pid));
  if (carriers.size === 0 && alive.size === 0) return { tree: [], daemons: [] };

  const table = listProcesses();
  const isDaemon = ({ pid, sid }: ProcessStat) => sid === pid || carriers.has(sid);
  const roots = table.filter((process) => alive.has(process.pid) || (carriers.has(process.pid) && !isDaemon(process)));
  const pids = roots.map(({ pid }) => pid);
  const found = [...roots, ...descendantsOf(pids, table)].filter(({ pid }) => pid !== process.pid);
  const tree = new Map(found.map((process) => [process.pid, process]));
  return { tree: [...tree.values()], daemons: table.filter(({ pid }) => carriers.has(pid) && !tree.has(pid)) };
}
