import { spawnWatcher, type Watcher } from '../util/platform/spawn-watcher.ts';

export interface Watchdog {
  readonly pid: () => number;
  /** Called when everything is cleaned up: it ends without acting. */
  dismiss(): Promise<void>;
}

/** Only what the watchdog needs to find the session's folders; no secret of the user reaches it. */
const PASSED = [
  'PATH',
  'HOME',
  'TMPDIR',
  'XDG_RUNTIME_DIR',
  'XDG_CACHE_HOME',
  'SEATRIAL_RUNTIME_DIR',
  'SEATRIAL_CACHE_DIR',
  'SEATRIAL_DATA_DIR',
];

/**
 * Keeps one watchdog alive beside the session: `program` is what it becomes when this process dies, with the session's id as its argument.
 * A watchdog that is killed is replaced; when both die at once, the next `seatrial` sweeps.
 */
export async function startWatchdog(program: string, sessionId: string): Promise<Watchdog> {
  const env = Object.fromEntries(
    PASSED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name] as string]])),
  );
  let dismissed = false;
  let watcher: Watcher;
  const start = async () => {
    watcher = await spawnWatcher(program, [sessionId], env);
    void watcher.ended.then(() => {
      if (!dismissed) start().catch(() => {}); // no process can be made now: the sweep remains
    });
  };
  await start();
  return {
    pid: () => watcher.pid,
    dismiss: async () => {
      dismissed = true;
      watcher.dismiss();
      await watcher.ended;
    },
  };
}
