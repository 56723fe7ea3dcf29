import { spawn } from 'node:child_process';
import type { ProcessIdentity } from './process-identity.ts';
import { processStartTime } from './process-identity.ts';

export interface Watcher extends ProcessIdentity {
  /** Tells it that nothing is left to do; it ends without acting. */
  dismiss(): void;
  readonly ended: Promise<void>;
}

const WATCH = 'IFS= read -r verdict; [ "$verdict" = done ] || exec "$@"';

/**
 * Starts a detached process that does nothing until this one ends - whatever ends it, the kernel then closes the pipe - and then becomes
 * `node script ...args`. While it waits it is a shell of about 1 MB. It gets no more of the environment than it needs.
 */
export function spawnWatcher(script: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Watcher> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', WATCH, 'seatrial-watchdog', process.execPath, script, ...args], {
      cwd: '/',
      env,
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const ended = new Promise<void>((settle) => child.once('exit', () => settle()));
    child.once('error', reject);
    child.once('spawn', () => {
      const pid = child.pid as number;
      child.stdin?.on('error', () => {});
      child.unref();
      (child.stdin as unknown as { unref?(): void } | null)?.unref?.();
      resolve({
        pid,
        startTime: processStartTime(pid) ?? 'gone',
        ended,
        dismiss: () => {
          child.ref(); // whoever dismisses waits for `ended`
          child.stdin?.end('done\n');
        },
      });
    });
  });
}
