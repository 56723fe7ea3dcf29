import { spawn } from 'node:child_process';
import type { ServiceUser } from './service-user.ts';

export interface RunCommandOptions {
  readonly cwd?: string;
  /** The whole environment; default: this process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly signal?: AbortSignal;
  /** Run as another uid and gid (only root can). */
  readonly user?: ServiceUser | undefined;
  /** Called for each line of stdout and stderr as it comes. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Put it in a session of its own, so that a Ctrl-C of the terminal does not reach it. */
  readonly detached?: boolean;
}
export interface CommandResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program without a shell and collects its output. Rejects only when it can't be started (ENOENT, EACCES) or `signal` aborts. */
export function runCommand(file: string, args: readonly string[], options: RunCommandOptions = {}): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...args], {
      cwd: options.cwd,
      env: options.env as NodeJS.ProcessEnv | undefined,
      signal: options.signal,
      detached: options.detached ?? false,
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...(options.user ? { uid: options.user.uid, gid: options.user.gid } : {}),
    });
    const text = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      let rest = '';
      child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
        text[name] += chunk;
        if (!options.onLine) return;
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) options.onLine(line, name);
      });
      child[name]?.on('end', () => {
        if (rest !== '') options.onLine?.(rest, name);
      });
    }
    child.on('error', reject);
    child.on('close', (exitCode, signal) => resolve({ exitCode, signal, ...text }));
    if (options.input !== undefined) {
      child.stdin?.on('error', () => {}); // a program may end before it has read its input
      child.stdin?.end(options.input);
    }
  });
}
