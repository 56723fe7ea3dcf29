import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Workspace } from './workspace.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** Words that run the CLI. */
export const SEATRIAL: readonly string[] = [process.execPath, MAIN];

export interface Ended {
  /** As a shell gives it: 128 + n when signal n ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
export interface Started {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly ended: Promise<Ended>;
  /** Waits for the first match in what it has written, from the beginning. Fails when it ends without. */
  untilStdout(pattern: RegExp): Promise<RegExpExecArray>;
  untilStderr(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
  /** To its process group, as a terminal would. */
  killGroup(signal: NodeJS.Signals): void;
  /** Writes to its stdin. */
  write(text: string): void;
  closeStdin(): void;
}
export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Given at once, and stdin closed; without it stdin stays open until the test closes it. */
  readonly input?: string;
}

/** Runs the CLI to its end. */
export function seatrial(workspace: Workspace, args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return startSeatrial(workspace, args, { input: '', ...options }).ended;
}

/** Starts the CLI in a session and process group of its own. */
export function startSeatrial(workspace: Workspace, args: readonly string[], options: StartOptions = {}): Started {
  return startProgram(workspace, [...SEATRIAL, ...args], options);
}

export function startProgram(
  workspace: Workspace,
  [file, ...args]: readonly string[],
  { env, cwd, input }: StartOptions = {},
): Started {
  const child = spawn(file as string, args, {
    cwd: path.resolve(workspace.project, cwd ?? '.'),
    env: { ...workspace.env, ...env },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const pid = child.pid as number;
  workspace.sids.add(pid);
  child.stdin.on('error', () => {}); // it ended without reading
  if (input !== undefined) child.stdin.end(input);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) =>
      resolve({ code: code ?? 128 + constants.signals[signal as NodeJS.Signals], stdout: stdout.text(), stderr: stderr.text() }),
    );
  });
  const all = () => `stdout:\n${stdout.text()}\nstderr:\n${stderr.text()}`;
  return {
    pid,
    stdout: stdout.text,
    stderr: stderr.text,
    ended,
    untilStdout: (pattern) => stdout.until(pattern, child, all),
    untilStderr: (pattern) => stderr.until(pattern, child, all),
    kill: (signal) => void process.kill(pid, signal),
    killGroup: (signal) => void process.kill(-pid, signal),
    write: (text) => void child.stdin.write(text),
    closeStdin: () => void child.stdin.end(),
  };
}

/** What `run` gives its command, from a command that prints it. */
export async function environmentOf(
  workspace: Workspace,
  flags: readonly string[] = [],
  options: StartOptions = {},
): Promise<Record<string, string>> {
  const { code, stdout, stderr } = await seatrial(workspace, ['run', ...flags, '--', 'env', '-0'], options);
  if (code !== 0) throw new Error(`run failed with ${code}:\n${stderr}`);
  return Object.fromEntries(
    stdout
      .split('\0')
      .filter(Boolean)
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

function collect(stream: Readable) {
  let text = '';
  const wakers = new Set<() => void>();
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    for (const wake of wakers) wake();
  });
  return {
    text: () => text,
    until: (pattern: RegExp, child: ChildProcess, all: () => string) =>
      new Promise<RegExpExecArray>((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(text);
          if (!match) return;
          wakers.delete(look);
          child.off('close', ended);
          resolve(match);
        };
        const ended = (code: number | null, signal: string | null) =>
          reject(new Error(`it ended with ${signal ?? code} and never wrote ${pattern}\n${all()}`));
        wakers.add(look);
        child.once('close', ended);
        look();
      }),
  };
}
