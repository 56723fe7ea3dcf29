import { onLoad } from './on-load.mjs';
import { WORKER } from './worker-mark.mjs';

const RUNNER = /(^|[\\/])jest-runner([\\/]build[\\/]index(\.js)?)?$/;

const HOOKED = Symbol.for('seatrial.hooked');

/**
 * Jest runs the tests in its own process when they are few and fast, or with `-i`; and its own process may be that of another program, which
 * calls it: react-scripts, nx, a script of the project. That process then has the lease of a worker for as long as the tests run. What it takes
 * is loaded no sooner.
 */
export function awaitJest(env) {
  onLoad(RUNNER, (exports) => {
    const { prototype } = exports.default ?? exports;
    if (!prototype?.runTests || prototype[HOOKED]) return undefined;
    prototype[HOOKED] = true;
    const own = prototype.runTests;
    prototype.runTests = async function (...args) {
      if (!args.at(-1)?.serial) return own.apply(this, args);
      if (!process[WORKER]) await (await import('./start-main.mjs')).startMain(env, 'jest');
      const worker = process[WORKER];
      if (worker.lease()) worker.putOn();
      else worker.need();
      try {
        return await own.apply(this, args);
      } finally {
        worker.takeOff();
      }
    };
    return undefined;
  });
}
