#!/usr/bin/env node
// Every npm script of this repository goes through here, so that `npm run demo` and `npm test` work on a fresh clone: this file is plain
// JavaScript that an older Node runs too; it installs what the lock names, finds the Node that the sources need, and runs the task under it.
import { developmentEnv } from './dev/development-env.mjs';
import { ensureInstalled } from './dev/ensure-installed.mjs';

/** Task name to the module that does it; each exports `run(args, env)` and answers an exit code. */
const TASKS = {
  demo: () => import('./dev/tasks/demo.mjs'),
  test: () => import('./dev/tasks/test.mjs'),
  'test:unit': () => import('./dev/tasks/test-unit.mjs'),
  check: () => import('./dev/tasks/check.mjs'),
  build: () => import('./dev/tasks/build.mjs'),
  bench: () => import('./dev/tasks/bench.mjs'),
  soak: () => import('./dev/tasks/soak.mjs'),
  seatrial: () => import('./dev/tasks/seatrial.mjs'),
};

const [name = '', ...args] = process.argv.slice(2);
const load = Object.hasOwn(TASKS, name) ? TASKS[name] : undefined;
if (!load) {
  console.error(`unknown task '${name}'; there are: ${Object.keys(TASKS).join(', ')}`);
  process.exit(2);
}
try {
  await ensureInstalled();
  const { run } = await load();
  process.exitCode = await run(args, developmentEnv());
} catch (error) {
  console.error(`npm run ${name}: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
