import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';

/**
 * Tells whether a signal that reached this process reached its whole process group (Ctrl-C of a terminal, `kill -- -GROUP`, `timeout`) or this
 * process alone (`kill PID`). A process can't see that by itself; a second one in the same group can: it is dead or dying when the group was meant.
 */
export interface Canary extends Disposable {
  /** Asked in the signal's handler. True: everyone in the group got it, so it must not be forwarded. */
  groupGotIt(): Promise<boolean>;
  /** Called right before a process is started: a signal that came until now has not reached that one. */
  renewIfHit(): void;
}

/** A signal to a group is posted to all members in one go; the wait only covers two handlers in a row. */
const WAIT_MS = 40;

export function startCanary(): Canary {
  let bird = hatch();
  return {
    groupGotIt: async () => {
      const deadline = performance.now() + WAIT_MS;
      for (;;) {
        if (isDying(bird)) {
          bird = hatch(); // for the next signal
          return true;
        }
        if (performance.now() >= deadline) return false;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    },
    renewIfHit: () => {
      if (isDying(bird)) bird = hatch();
    },
    [Symbol.dispose]: () => {
      bird.stdin?.destroy();
      bird.kill('SIGKILL');
    },
  };
}

/** Waits for a line that never comes; ends with this process, since the pipe closes. */
function hatch(): ChildProcess {
  const bird = spawn('/bin/sh', ['-c', 'read -r _'], { stdio: ['pipe', 'ignore', 'ignore'], env: {}, cwd: '/' });
  bird.on('error', () => {}); // no process can be made: signals are then forwarded, at worst twice
  bird.stdin?.on('error', () => {});
  bird.unref();
  (bird.stdin as unknown as { unref?(): void } | null)?.unref?.();
  return bird;
}

/** Gone, a zombie, or with a signal pending: ShdPnd of proc_pid_status(5). */
function isDying(bird: ChildProcess): boolean {
  if (bird.pid === undefined) return false;
  if (bird.exitCode !== null || bird.signalCode !== null) return true;
  let status: string;
  try {
    status = fs.readFileSync(`/proc/${bird.pid}/status`, 'latin1');
  } catch {
    return process.platform === 'linux';
  }
  return /^State:\s+[ZX]/m.test(status) || /^(?:Sig|Shd)Pnd:\s+0*[1-9a-f]/m.test(status);
}
