import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { type ProcessIdentity, processStartTime } from './process-identity.ts';
import type { ServiceUser } from './service-user.ts';

export interface GatedSpec {
  /** Absolute path of the program. */
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment. Names must be shell identifiers: dash drops others. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly user: ServiceUser | undefined;
  /** Open file descriptor that takes stdout and stderr. */
  readonly logFd: number;
}
export interface Gated extends ProcessIdentity {
  /** Lets the program start. Until then the process is a shell that waits; when this process dies before, it never starts. */
  open(): void;
  readonly ended: Promise<{ readonly exitCode: number | null; readonly signal: NodeJS.Signals | null }>;
}

const GATE = 'IFS= read -r _ <&3 && exec 3<&- && exec "$@"';

/**
 * Starts a program behind a gate, in a session of its own (a Ctrl-C of the terminal does not reach it): the pid exists and can be recorded
 * before the program runs. Rejects when the process can't be made. The pid stays the same when the gate opens.
 */
export function spawnGated(spec: GatedSpec): Promise<Gated> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn('/bin/sh', ['-c', GATE, 'seatrial-gate', spec.file, ...spec.args], {
      cwd: spec.cwd,
      env: spec.env,
      detached: true,
      stdio: ['ignore', spec.logFd, spec.logFd, 'pipe'],
      ...(spec.user ? { uid: spec.user.uid, gid: spec.user.gid } : {}),
    });
    const ended: Gated['ended'] = new Promise((settle) => {
      child.once('exit', (exitCode, signal) => settle({ exitCode, signal }));
    });
    child.once('error', reject);
    child.once('spawn', () => {
      const pid = child.pid as number;
      const gate = child.stdio[3] as Writable;
      gate.on('error', () => {}); // it ended while waiting: `ended` tells
      child.unref();
      (gate as unknown as { unref?(): void }).unref?.();
      resolve({ pid, startTime: processStartTime(pid) ?? 'gone', ended, open: () => gate.end('go\n') });
    });
  });
}
