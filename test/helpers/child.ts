import { type ChildProcess, spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';

export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** The next line that it prints. */
  line(): Promise<string>;
  readonly ended: Promise<{ readonly exitCode: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** Starts a small program; what is left of it is ended after the test. `detached`: in a process group and session of its own. */
export function startChild(
  file: string,
  args: readonly string[],
  options: { readonly detached?: boolean; readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Child {
  const child = spawn(file, [...args], { ...options, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended: Child['ended'] = new Promise((resolve) => child.once('exit', (exitCode, signal) => resolve({ exitCode, signal })));
  const lines: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const next = waiting.shift();
      if (next) next(part);
      else lines.push(part);
    }
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    process: child,
    pid: child.pid as number,
    line: () => {
      const line = lines.shift();
      return line === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(line);
    },
    ended,
  };
}

/** Starts Node on the body of an async function, in which `src(path)` imports one of our modules. */
export function startScript(body: string, options: Parameters<typeof startChild>[2] = {}): Child {
  const root = new URL('../../src/', import.meta.url).href;
  const script = `const src = (path) => import(${JSON.stringify(root)} + path); (async () => { ${body} })();`;
  return startChild(process.execPath, ['-e', script], options);
}
