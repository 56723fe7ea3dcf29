import { spawn } from 'node:child_process';
import path from 'node:path';
import type { Ground } from './ground.ts';

const MAIN = path.join(import.meta.dirname, '../../src/cli/main.ts');

export interface Cli {
  readonly pid: number;
  readonly startedAt: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly hasEnded: () => boolean;
  /** True once it has written `text` to stdout; false when it ended without. */
  wrote(text: string): Promise<boolean>;
}

/** Starts the CLI in a session and process group of its own, as in a terminal. */
export function startCli(ground: Ground, cwd: string, args: readonly string[]): Cli {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: ground.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  const wakers = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
      for (const wake of wakers) wake();
    });
  let over = false;
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      over = true;
      for (const wake of wakers) wake();
      resolve(code ?? signal ?? 'SIGKILL');
    });
  });
  return {
    pid: child.pid as number,
    startedAt: performance.now(),
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    ended,
    hasEnded: () => over,
    wrote: (wanted) =>
      new Promise((resolve) => {
        const look = () => {
          const found = text.stdout.includes(wanted);
          if (!found && !over) return;
          wakers.delete(look);
          resolve(found);
        };
        wakers.add(look);
        look();
      }),
  };
}

/** Runs it to its end; rejects when that is not exit code 0. */
export async function runCli(ground: Ground, cwd: string, args: readonly string[]): Promise<string> {
  const cli = startCli(ground, cwd, args);
  const code = await cli.ended;
  await new Promise((resolve) => setImmediate(resolve));
  if (code === 0) return cli.stdout();
  throw new Error(`seatrial ${args.join(' ')} ended with ${code}:\n${cli.stderr()}`);
}
