import { spawn, spawnSync } from 'node:child_process';
import { root } from './root.mjs';

/**
 * Runs a program with this terminal and answers its exit code (128 + n after a signal). With `onText`, what it prints is passed on and
 * handed over too.
 */
export function runProgram(file, args, { env, cwd = root, onText } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, cwd, stdio: onText ? ['ignore', 'pipe', 'pipe'] : 'inherit' });
    for (const name of ['stdout', 'stderr']) {
      child[name]?.setEncoding('utf8').on('data', (text) => {
        process[name].write(text);
        onText(text);
      });
    }
    const forward = (signal) => () => child.kill(signal);
    const handlers = ['SIGTERM', 'SIGHUP'].map((signal) => [signal, forward(signal)]);
    const ignoreInterrupt = () => {}; // the terminal sends it to the child as well: its exit code ends us
    handlers.push(['SIGINT', ignoreInterrupt]);
    for (const [signal, handler] of handlers) process.on(signal, handler);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      for (const [name, handler] of handlers) process.off(name, handler);
      resolve(code ?? 128 + (signalNumbers[signal] ?? 0));
    });
  });
}

const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 };

/** Whether a program is there and says its version. */
export function hasProgram(file, args) {
  return spawnSync(file, args, { stdio: 'ignore' }).status === 0;
}
