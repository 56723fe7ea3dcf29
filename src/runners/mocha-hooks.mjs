import path from 'node:path';
import { onLoad } from './on-load.mjs';

const cwd = process.cwd();

/** In a worker of `mocha --parallel`: each file has a Mocha of its own. */
export function hookMocha({ lifeCycle }) {
  const relative = (file) => path.relative(cwd, file);
  onMocha((Mocha) => {
    followRunner(Mocha.Runner.prototype, lifeCycle, async () => {});
    const { loadFilesAsync } = Mocha.prototype;
    Mocha.prototype.loadFilesAsync = async function (...args) {
      await lifeCycle.leaveFile();
      await lifeCycle.enterFile(relative(this.files[0] ?? ''));
      return loadFilesAsync.apply(this, args);
    };
  });
}

/**
 * In the main process of Mocha: without `--parallel` it is the worker. The options say so before anything of the project is loaded. All files
 * are loaded before the first test; from then on each has its scope.
 */
export function hookMochaMain(worker) {
  const { lifeCycle } = worker;
  let inParallel = false;
  let isMain = false;
  onLoad(/(^|[\\/])options(\.c?js)?$/, (exports) => {
    replace(exports, 'loadOptions', (own) => (...args) => {
      const options = own(...args);
      inParallel = Boolean(options.parallel) && !(Number(options.jobs) <= 1);
      return options;
    });
  });
  onLoad(/(^|[\\/])run-helpers(\.c?js)?$/, (exports) => {
    replace(exports, 'handleRequires', (own) => (...args) => {
      if (!inParallel) {
        isMain = true;
        worker.need();
      }
      return own(...args);
    });
  });
  let file;
  onMocha((Mocha) =>
    followRunner(Mocha.Runner.prototype, lifeCycle, async (next) => {
      if (!isMain || !next || next === file) return;
      file = next;
      await lifeCycle.enterFile(path.relative(cwd, next));
    }),
  );
}

function onMocha(act) {
  const seen = new WeakSet();
  onLoad(/(^|[\\/])mocha(\.c?js)?$/, (exports) => {
    const Mocha = exports?.Runner ? exports : exports?.default;
    if (!Mocha?.Runner?.prototype?.hookUp || seen.has(Mocha.Runner)) return;
    seen.add(Mocha.Runner);
    act(Mocha);
  });
}

/** Each attempt of a test goes down through its `beforeEach` hooks, and up through its `afterEach` hooks. */
function followRunner(prototype, lifeCycle, enterFileOf) {
  const { hookDown, hookUp, runSuite } = prototype;
  /** What hooks have thrown, by test: Mocha reports it as a failure of the hook. */
  const hookErrors = new WeakMap();
  prototype.runSuite = function (suite, done) {
    const run = () => {
      lifeCycle.boundary();
      runSuite.call(this, suite, (...args) => {
        lifeCycle.boundary();
        done(...args);
      });
    };
    if (suite.parent?.root) enterFileOf(suite.file).then(run, (error) => failAll(this, suite, error, done));
    else run();
  };
  prototype.hookDown = function (name, done) {
    const { test } = this;
    const down = () =>
      hookDown.call(this, name, (error, ...rest) => {
        if (error && test && !test.pending) hookErrors.set(test, error);
        done(error, ...rest);
      });
    if (!test) return down();
    return enterFileOf(test.file)
      .then(() => lifeCycle.beginTest(test, test.titlePath().join(' > ')))
      .then(down, (error) => {
        // In the place of what the test would do, so that it fails as tests do.
        test.fn = () => {
          throw error;
        };
        down();
      });
  };
  prototype.hookUp = function (name, done) {
    const { test } = this;
    hookUp.call(this, name, (error, errorSuite) => {
      const goOn = () => done(error, errorSuite);
      if (error && test) hookErrors.set(test, error);
      // After a hook that failed, those of the suites above it are still to come.
      if (!test || !lifeCycle.isRunning(test) || (error && errorSuite?.parent)) return goOn();
      return lifeCycle.endTest(test, resultOf(test, hookErrors.get(test))).then(goOn, (failure) => {
        this.fail(test, failure, true);
        goOn();
      });
    });
  };
}

function failAll(runner, suite, error, done) {
  suite.eachTest((test) => runner.fail(test, error, true));
  done();
}

function resultOf({ state, pending, duration, err }, hookError) {
  if (hookError) return { outcome: 'failed', ms: duration, message: hookError.message };
  if (pending || state === 'pending') return { outcome: 'skipped', ms: duration };
  return { outcome: state === 'passed' ? 'passed' : 'failed', ms: duration, message: err?.message };
}

function replace(exports, name, make) {
  if (typeof exports?.[name] !== 'function' || exports[name].ofSeatrial) return;
  exports[name] = Object.assign(make(exports[name]), { ofSeatrial: true });
}
