import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { onLoad } from './on-load.mjs';
import { shuffle, shuffleSeed } from './shuffle.mjs';

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
  let isWorker = false;
  let options;
  onLoad(/(^|[\\/])options(\.c?js)?$/, (exports) => {
    replace(exports, 'loadOptions', (own) => (...args) => {
      options = own(...args);
      return options;
    });
  });
  onLoad(/(^|[\\/])run-helpers(\.c?js)?$/, (exports) => {
    replace(exports, 'handleRequires', (own) => (...args) => {
      if (options && !hasWorkers(options)) {
        isWorker = true;
        worker.need();
      }
      return own(...args);
    });
  });
  onMocha((Mocha) => followMain(Mocha, worker, () => isWorker));
}

/** The same for a Mocha that has come so far that it loads what `--require` names. */
export function attachMocha(worker, program) {
  const require = createRequire(fs.realpathSync(program));
  const folder = path.dirname(fs.realpathSync(program));
  const load = (name) => require(fs.existsSync(path.join(folder, `${name}js`)) ? `${name}js` : `${name}cjs`);
  const options = load('../lib/cli/options.').loadOptions(process.argv.slice(2));
  if (hasWorkers(options)) return;
  followMain(load('../lib/mocha.'), worker, () => true);
  worker.need();
}

function hasWorkers({ parallel, jobs }) {
  return Boolean(parallel) && !(Number(jobs) <= 1);
}

function followMain(Mocha, { lifeCycle }, isWorker) {
  let file;
  followRunner(Mocha.Runner.prototype, lifeCycle, async (next) => {
    if (!isWorker() || !next || next === file) return;
    file = next;
    await lifeCycle.enterFile(path.relative(cwd, next));
  });
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
    if (shuffleSeed) {
      shuffle(suite.tests);
      // Files stay in their order: each has a scope.
      if (!suite.root) shuffle(suite.suites);
    }
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
