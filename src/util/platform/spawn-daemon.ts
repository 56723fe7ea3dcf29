import type { Serializable } from 'node:child_process';
import { fork } from 'node:child_process';
import fs from 'node:fs';

export interface DaemonOptions<Message> {
  readonly request: Serializable;
  readonly cwd: string;
  /** A new file for its stderr, for as long as it lives; it may move it. */
  readonly errorFile: string;
  /** Asks it to end while it is not up yet; it is waited for. */
  readonly signal: AbortSignal;
  /** Called for each message; the answer `done` ends the conversation and lets the daemon go on alone. */
  onMessage(message: Message): 'go on' | 'done';
}

/** Starts a program that outlives this process, in a session of its own, and talks to it until it is up. Resolves when it said so; rejects when it ended before. */
export function spawnDaemon<Message>(script: string, options: DaemonOptions<Message>): Promise<void> {
  return new Promise((resolve, reject) => {
    options.signal.throwIfAborted();
    const errors = fs.openSync(options.errorFile, 'ax+', 0o600);
    const child = fork(script, [], { cwd: options.cwd, detached: true, stdio: ['ignore', 'ignore', errors, 'ipc'] });
    const stop = () => child.kill('SIGTERM');
    options.signal.addEventListener('abort', stop);
    const end = () => {
      options.signal.removeEventListener('abort', stop);
      fs.closeSync(errors);
      if (child.connected) child.disconnect();
      child.unref();
    };
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      const text = fs.readFileSync(errors, 'utf8').slice(-4000).trim();
      end();
      reject(
        new Error(`the background process ended with ${signal ?? `exit code ${code}`} before its services were ready. ${text}`),
      );
    });
    child.on('message', (message) => {
      if (options.onMessage(message as Message) === 'go on') return;
      child.removeAllListeners('exit');
      end();
      resolve();
    });
    child.send(options.request);
  });
}
