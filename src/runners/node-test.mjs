import { attach } from './attach.mjs';
import { hookNodeTest } from './node-test-hooks.mjs';
import { createWorker } from './worker.mjs';
import { WORKER } from './worker-mark.mjs';

export { seatrial } from './seatrial.cjs';

// As `--import`: for a node:test that is started without `seatrial run`. `node --test` loads it into the process of each file only, and with
// `--test-isolation=none` into its own; a file that is started alone is its own worker too. Under `seatrial run` there is one already.
const { env, execArgv, pid, ppid } = process;
if (!process[WORKER] && !(env.NODE_TEST_CONTEXT && env.SEATRIAL_CONTROL_SOCKET)) {
  attach();
  const manyFiles = execArgv.some((word) => word.endsWith('test-isolation=none'));
  const place = env.NODE_TEST_CONTEXT
    ? { mainPid: ppid, slot: () => env.NODE_TEST_WORKER_ID ?? String(pid) }
    : { mainPid: pid, slot: () => 'main' };
  if ((manyFiles || !execArgv.includes('--test')) && !env.SEATRIAL_LEASE) {
    const worker = createWorker(env, { runner: 'node-test', ...place });
    hookNodeTest(worker, { manyFiles });
    worker.need();
  }
}
