import { setTimeout as sleep } from 'node:timers/promises';
import { isPassing } from './errors.ts';

const LIMIT_MS = 10_000;
const PAUSE_MS = 2;

/** Tries again while the broker says that it is not so far yet. */
export async function persistently<T>(run: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!isPassing(error) || performance.now() > deadline) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
