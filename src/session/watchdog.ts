import os from 'node:os';
import path from 'node:path';
import { cacheDir, runtimeDir } from '../util/platform/folders.ts';
import { spawnWatcher, type Watcher } from '../util/platform/spawn-watcher.ts';

export interface Watchdog {
  readonly pid: () => number;
  /** Called when everything is cleaned up: it ends without acting. */
  dismiss(): Promise<void>;
}

export interface WatchdogOptions {
  /** Called once, when no watchdog can be kept alive: from then on only the sweep of the next `seatrial` cleans up. */
  onLost(why: string): void;
}

/** Whatever ends more of them than this in so short a time will end the next one too. */
const MOST_REPLACED = 5;
const WITHIN_MS = 10_000;

/**
 * Keeps one watchdog alive beside the session: `program` is what it becomes when this process dies, with the session's id as its argument.
 * A watchdog that is killed is replaced; when both die at once, the next `seatrial` sweeps.
 */
export async function startWatchdog(program: string, sessionId: string, { onLost }: WatchdogOptions): Promise<Watchdog> {
  const env = watchdogEnv();
  const replacedAt: number[] = [];
  let dismissed = false;
  let watcher: Watcher;
  const start = async () => {
    watcher = await spawnWatcher(program, [sessionId], env);
    if (dismissed) watcher.dismiss();
    void watcher.ended.then(replace);
  };
  const replace = () => {
    if (dismissed) return;
    const now = performance.now();
    if (now - (replacedAt.at(-MOST_REPLACED) ?? Number.NEGATIVE_INFINITY) < WITHIN_MS)
      return onLost(`it was ended ${MOST_REPLACED + 1} times within ${WITHIN_MS / 1000} s`);
    replacedAt.push(now);
    start().catch((error: Error) => onLost(error.message));
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

/**
 * Only what the watchdog needs to run and to find the session's folders, which are resolved: it works in another folder. No secret of the user
 * reaches it.
 */
function watchdogEnv(): Record<string, string> {
  const { PATH, HOME, LD_LIBRARY_PATH, SEATRIAL_DATA_DIR } = process.env;
  const env = {
    PATH,
    HOME,
    LD_LIBRARY_PATH, // this Node may need it
    SEATRIAL_RUNTIME_DIR: runtimeDir(),
    SEATRIAL_CACHE_DIR: cacheDir(),
    SEATRIAL_DATA_DIR: SEATRIAL_DATA_DIR && path.resolve(SEATRIAL_DATA_DIR),
    TMPDIR: path.resolve(os.tmpdir()),
  };
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
