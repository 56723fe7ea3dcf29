import { attach } from './attach.mjs';
import { attachMocha } from './mocha-hooks.mjs';
import { createWorker } from './worker.mjs';
import { WORKER } from './worker-mark.mjs';

export { seatrial } from './seatrial.cjs';

// As `--require`: for a Mocha that is started without `seatrial run`. Workers of `--parallel` inherit all of it.
if (isMochaMain() && !process[WORKER]) {
  attach();
  const worker = createWorker(process.env, { runner: 'mocha', mainPid: process.pid, slot: () => 'main' });
  attachMocha(worker, process.argv[1]);
}

/** Also imported in test files, by then the worker is there; and in Mocha's workers, which have preloaded it. */
function isMochaMain() {
  return !process.env.MOCHA_WORKER_ID && /(^|[\\/])_?mocha(\.[cm]?js)?$/.test(process.argv[1] ?? '');
}
