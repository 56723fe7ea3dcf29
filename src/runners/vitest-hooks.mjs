import path from 'node:path';
import vm from 'node:vm';
import { shuffleSeed } from './shuffle.mjs';

/** Under these names Vitest 3, 4 and 5 put what loads modules on the runner of each file: by them we recognise the runner. */
const MARKS = new Set(['moduleRunner', '__vitest_executor']);
/** Under this name a global object gets the state of the worker; with vm pools it is that of a new context. */
const STATE = '__vitest_worker__';
const cwd = process.cwd();

/**
 * Follows Vitest's runner of tests in a worker of any pool. Nothing leads from a preload to that object: it is bundled, made anew for each
 * file, and the project may have a class of its own. But in all versions it is handed to `Object.defineProperty` before it is used.
 */
export function hookVitest({ lifeCycle }) {
  const hooked = new WeakSet();
  const watch = (Realm) => {
    const { defineProperty } = Realm;
    Realm.defineProperty = (target, name, descriptor) => {
      const result = defineProperty(target, name, descriptor);
      if (name === STATE && target !== globalThis && vm.isContext(target)) watch(vm.runInContext('Object', target));
      else if (MARKS.has(name) && typeof target.importFile === 'function' && !hooked.has(target)) {
        hooked.add(target);
        followRunner(target, lifeCycle);
      }
      return result;
    };
  };
  watch(Object);
}

function followRunner(runner, lifeCycle) {
  /** Tests that could not begin: they fail with the reason as soon as an error fails a test, and not the file. */
  const failures = new WeakMap();
  const wrap = (name, around) => {
    const own = runner[name];
    runner[name] = (...args) => around((...given) => own?.apply(runner, given.length > 0 ? given : args), ...args);
  };
  const begin = (test) => lifeCycle.beginTest(test, nameOf(test)).catch((error) => void failures.set(test, error));
  const end = async (test, result, how) => {
    try {
      await lifeCycle.endTest(test, result, how);
    } catch (error) {
      const failed = toVitestError(error);
      const add = (result) => Object.assign(result, { state: 'fail', errors: [...(result.errors ?? []), failed] });
      test.result = add({ ...test.result });
      // Vitest 5 reports what the attempts say.
      const attempt = test.result.attempts?.at(-1);
      if (attempt) add(attempt);
    }
  };
  const endSkipped = async () => {
    for (const test of lifeCycle.runningTests())
      if (test.mode === 'skip') await end(test, { outcome: 'skipped', message: test.result?.note });
  };

  wrap('onBeforeCollect', async (own, paths) => {
    if (shuffleSeed) runner.config.sequence = { ...runner.config.sequence, shuffle: true, seed: shuffleSeed };
    await lifeCycle.enterFile(path.relative(cwd, fileOf(paths)));
    return own();
  });
  wrap('onAfterRunFiles', async (own) => {
    await own();
    // Thrown from here it would take the results with it that Vitest has not sent yet. What nobody handles fails the run as well.
    await lifeCycle.leaveFile().catch((error) => void Promise.reject(error));
  });
  for (const name of ['onBeforeRunSuite', 'onAfterRunSuite'])
    wrap(name, async (own) => {
      await own();
      await endSkipped();
      lifeCycle.boundary();
    });
  // Before all that is done for a test, `aroundEach` included; called for tests that do not run, too.
  wrap('onBeforeRunTask', async (own, test) => {
    await own();
    if ((test.mode !== 'run' && test.mode !== 'queued') || test.result?.state === 'fail') return;
    await endSkipped();
    await begin(test);
  });
  // Before each attempt: what follows the first is a test of its own.
  wrap('onBeforeTryTask', async (own, test, attempt) => {
    if (attempt && (attempt.retry > 0 || attempt.repeats > 0) && lifeCycle.isRunning(test)) {
      await end(test, { outcome: attempt.retry > 0 ? 'failed' : 'passed', message: messageOf(test) });
      await begin(test);
    }
    const failure = failures.get(test);
    failures.delete(test);
    if (failure) throw failure;
    return own();
  });
  // A test that skips itself is not told of again.
  wrap('onAfterRetryTask', async (own, test) => {
    await own();
    if (test.result?.pending || test.result?.state === 'skip') await end(test, { outcome: 'skipped', message: test.result.note });
  });
  // After all that is done for a test.
  wrap('onAfterRunTask', async (own, test) => {
    await own();
    const result = { outcome: test.result?.state === 'fail' ? 'failed' : 'passed', message: messageOf(test) };
    await end(test, result, { next: isFollowed(test, runner.config) });
  });
}

/** The test after it in its block comes next, in this order and for certain, and with no hooks of a wider width in between. */
function isFollowed(test, config) {
  const block = test.suite ?? test.file;
  if (config.sequence?.shuffle || config.sequence?.concurrent || config.bail || !block || block.shuffle) return false;
  const next = block.tasks[block.tasks.indexOf(test) + 1];
  return [test, next].every((task) => task?.type === 'test' && !task.concurrent) && next.mode === 'run';
}

function fileOf(specs) {
  const first = specs?.[0];
  return typeof first === 'string' ? first : (first?.filepath ?? '');
}

function nameOf(test) {
  const names = [test.name];
  for (let suite = test.suite; suite && suite !== test.file; suite = suite.suite) if (suite.name) names.unshift(suite.name);
  return names.join(' > ');
}

function messageOf(test) {
  return test.result?.state === 'pass' ? undefined : test.result?.errors?.at(-1)?.message;
}

function toVitestError({ name, message, stack, code, hint }) {
  return { name, message, stack, stackStr: stack, code, hint };
}
