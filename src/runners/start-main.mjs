import { createWorker } from './worker.mjs';

/** In the main process of a runner: makes it the worker `main` as soon as it is certain that it runs the tests itself. */
export async function startMain(env, runner) {
  const worker = createWorker(env, { runner, mainPid: process.pid, slot: () => 'main' });
  if (runner === 'mocha') (await import('./mocha-hooks.mjs')).hookMochaMain(worker);
  else if (runner === 'jest') (await import('./jest-hooks.mjs')).hookJest(worker);
  else {
    (await import('./node-test-hooks.mjs')).hookNodeTest(worker, { manyFiles: true });
    worker.need();
  }
}
