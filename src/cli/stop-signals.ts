import { constants } from 'node:os';

export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface StopSignals extends Disposable {
  /** Aborts with the first of them; the second of a kind ends this process as if nobody listened. */
  readonly signal: AbortSignal;
  /** For whoever has caught a failure: says whether a signal is why, after one line and the exit code that a shell expects. */
  explains(): boolean;
}

/** Being stopped by the user is not a failure: it has one line and 128 + n. */
export function listenForStop(): StopSignals {
  const stopping = new AbortController();
  let by: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals) => {
    by ??= signal;
    stopping.abort(new Error(`stopped by ${signal}`));
  };
  for (const signal of STOP_SIGNALS) process.once(signal, stop);
  return {
    signal: stopping.signal,
    explains: () => {
      if (!by) return false;
      process.stderr.write(`seatrial: stopped by ${by}\n`);
      process.exitCode = stopCode(by);
      return true;
    },
    [Symbol.dispose]: () => {
      for (const signal of STOP_SIGNALS) process.off(signal, stop);
    },
  };
}

/** Resolves with the next signal of them, whoever else listens. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    const alive = setInterval(() => {}, 60_000); // nothing else keeps this process from ending
    const end = () => {
      clearInterval(alive);
      for (const signal of STOP_SIGNALS) process.off(signal, end);
      resolve();
    };
    for (const signal of STOP_SIGNALS) process.on(signal, end);
  });
}

/** As a shell gives it for a program that a signal has ended. */
export function stopCode(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
