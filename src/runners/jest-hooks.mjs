import { createRequire } from 'node:module';
import path from 'node:path';
import { onLoad } from './on-load.mjs';
import { shuffleSeed } from './shuffle.mjs';
import { WORKER } from './worker-mark.mjs';

const CIRCUS = /(^|[\\/])jest-circus([\\/]build)?[\\/]runner(\.js)?$/;
const cwd = process.cwd();

/** What a file sets up before its tests are loaded is its own: a worker is in some file from the beginning. */
const NEXT = 'the next file';

/** In what runs tests of Jest: follows the files that jest-circus runs in it. */
export function hookJest(worker) {
  worker.lifeCycle.enterFile(NEXT).catch(() => {}); // sends nothing: there is no lease yet
  const wrapped = new Map();
  onLoad(CIRCUS, (exports, request, parent) => {
    const own = exports.default ?? exports;
    if (typeof own !== 'function') return undefined;
    if (!wrapped.has(own)) wrapped.set(own, followFiles(own, worker, startsConcurrentTestsEarly(request, parent)));
    return exports.default ? { ...exports, __esModule: true, default: wrapped.get(own) } : wrapped.get(own);
  });
}

/** The test framework's function, which runs one file in an environment that has been made for it. */
function followFiles(own, worker, startsEarly) {
  const { lifeCycle } = worker;
  return async (globalConfig, config, environment, runtime, testPath, ...rest) => {
    lifeCycle.nameFile(path.relative(cwd, testPath));
    environment.global[WORKER] = worker;
    const handle = environment.handleTestEvent;
    const follow = followEvents(lifeCycle, startsEarly);
    environment.handleTestEvent = async (event, state) => {
      await follow.before(event, state);
      await handle?.call(environment, event, state);
      await follow.after(event, state);
    };
    const shuffled = shuffleSeed ? { ...globalConfig, randomize: true, seed: shuffleSeed } : globalConfig;
    let result;
    try {
      result = await own(shuffled, config, environment, runtime, testPath, ...rest);
    } finally {
      await lifeCycle.enterFile(NEXT).catch((error) => failFile(result, error));
    }
    return result;
  };
}

/** As Jest tells of a file that fails beside its tests, whose results stay. Without a result the file has failed by itself. */
function failFile(result, { message, stack, code, hint }) {
  if (!result) return;
  result.testExecError = { message, stack, code, hint };
  result.failureMessage = [result.failureMessage, `  \u25cf ${message}`].filter(Boolean).join('\n\n');
}

function followEvents(lifeCycle, startsEarly) {
  let ignore = false;
  const begun = new WeakSet();
  const fail = (test) => (error) => void test.errors.push(error);
  return {
    async before(event, state) {
      if (event.name === 'run_start' && startsEarly && hasConcurrentTests(state.rootDescribeBlock)) {
        ignore = true;
        lifeCycle.refuse('test.concurrent of Jest before 30 starts them before the tests that come first');
      }
      if (ignore) return;
      if (event.name === 'run_describe_start' || event.name === 'run_describe_finish') lifeCycle.boundary();
      if (event.name === 'test_start') begun.delete(event.test);
      const test = testThatRuns(event, state);
      if (!test || begun.has(test)) return;
      begun.add(test);
      await lifeCycle.beginTest(test, nameOf(test)).catch(fail(test));
    },
    async after(event, state) {
      if (event.name !== 'test_done') return;
      const { errors, duration } = event.test;
      const result = { outcome: errors.length > 0 ? 'failed' : 'passed', ms: duration, message: messageOf(errors[0]) };
      await lifeCycle.endTest(event.test, result, { next: isFollowed(event.test, state) }).catch(fail(event.test));
    },
  };
}

/** The test after it in its block comes next, for certain, and with no hooks of a wider width in between. */
function isFollowed(test, { hasFocusedTests, testNamePattern }) {
  const { children } = test.parent;
  const next = children[children.indexOf(test) + 1];
  if (hasFocusedTests || testNamePattern) return false;
  return next?.type === 'test' && next.mode !== 'skip' && next.mode !== 'todo' && !next.concurrent && !test.concurrent;
}

/** Since 29.5 Jest tells when a test is certain to run; before, its first hook or its function does. */
function testThatRuns({ name, test }, state) {
  if (name === 'test_started' || name === 'test_fn_start') return test;
  return name === 'hook_start' ? state.currentlyRunningTest : undefined;
}

/** Before Jest 30, functions of concurrent tests are called when the file begins, whatever the events say. */
function startsConcurrentTestsEarly(request, parent) {
  const from = path.isAbsolute(request) ? path.dirname(request) : path.dirname(parent?.filename ?? cwd);
  for (const name of path.isAbsolute(request) ? ['./package.json', '../package.json'] : ['jest-circus/package.json']) {
    try {
      return Number.parseInt(createRequire(path.join(from, 'x.js'))(name).version, 10) < 30;
    } catch {}
  }
  return false;
}

function hasConcurrentTests(block) {
  return block.children.some((child) =>
    child.type === 'test' ? child.concurrent && child.mode !== 'skip' : hasConcurrentTests(child),
  );
}

function nameOf(test) {
  const names = [test.name];
  for (let block = test.parent; block?.parent; block = block.parent) names.unshift(block.name);
  return names.join(' > ');
}

/** Errors in circus are what was thrown, or a pair of that and where. */
function messageOf(error) {
  const thrown = Array.isArray(error) ? (error[0] ?? error[1]) : error;
  return thrown === undefined ? undefined : (thrown?.message ?? String(thrown));
}
