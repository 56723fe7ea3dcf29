import { type ChildProcess, spawn } from 'node:child_process';

// Ends by itself when its parent is gone: a soak that is killed leaves no busy loop behind.
const BURN = 'const parent = process.ppid; while (process.ppid === parent) for (let i = 0; i < 1e6; i++);';

/** Processes that compute without end. */
export function startBurners(count: number): AsyncDisposable {
  const burners = Array.from({ length: count }, () => spawn(process.execPath, ['-e', BURN], { stdio: 'ignore' }));
  return { [Symbol.asyncDispose]: async () => void (await Promise.all(burners.map(end))) };
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
