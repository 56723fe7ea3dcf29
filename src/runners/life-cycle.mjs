import { createRequire } from 'node:module';
import { toFailure } from './http-text.mjs';

const { writeSync } = createRequire(import.meta.url)('node:fs');
const now = performance.now.bind(performance);
const MAX_NAME = 1000;
const MAX_MESSAGE = 10_000;

/**
 * Tells the session where a worker is: in a file, in a test, between two tests. The hooks of all runners end here. As long as the worker has
 * no lease nothing is sent; a lease that is taken in the middle of a test catches up, without a turn of the event loop.
 *
 * What is done for one test alone lies between `beginTest` and `endTest`; they answer when the test may start, and when its state is gone.
 * `boundary` is called where hooks of a wider width may run: at the beginning and the end of each block of tests.
 */
export function createLifeCycle({ isolation, socketPath, call, callNow }) {
  const resets = isolation !== 'worker';
  let lease;
  let file;
  let between = 'keep';
  let toldRefusal = false;
  /** A test that has ended, whose end is told with the begin of the next one. */
  let untold;
  /** By the runner's own object of the test. */
  const running = new Map();

  const at = (path) => `/v1/leases/${lease}/${path}`;
  const ask = async (what, method, path, body) => {
    try {
      return await call(method, path, body);
    } catch (error) {
      throw toFailure(error, `Seatrial ${what()}`, socketPath);
    }
  };
  const markOf = (test) => ({ name: test.name, ...(file === undefined ? {} : { file }), between });
  const tell = async ({ name, test, ...result }) => {
    const ended = await ask(() => `cannot reset after "${name}"`, 'POST', at(`tests/${test}/end`), result);
    if (ended.refused && resets) tellRefusal(ended.refused);
  };
  const tellAll = async () => {
    const ended = untold;
    untold = undefined;
    if (ended) await tell(ended);
  };
  const tellRefusal = (reason) => {
    if (toldRefusal) return;
    toldRefusal = true;
    writeSync(2, `Seatrial resets nothing between overlapping tests${file === undefined ? '' : ` of ${file}`}: ${reason}\n`);
  };

  const lifeCycle = {
    /** The worker has leased. */
    leased(id) {
      lease = id;
      if (resets && file !== undefined) callNow('POST', at('enter'), { scope: 'file' });
      for (const test of running.values()) test.id = callNow('POST', at('tests'), markOf(test)).test.id;
      if (running.size > 0) between = 'undo';
    },
    async enterFile(name) {
      if (file !== undefined) await lifeCycle.leaveFile();
      else await tellAll();
      file = name;
      toldRefusal = false;
      between = 'keep';
      if (lease && resets) await ask(() => `cannot begin ${name}`, 'POST', at('enter'), { scope: 'file' });
    },
    /** The file that was entered before anybody knew which. */
    nameFile(name) {
      file = name;
      toldRefusal = false;
      between = 'keep';
    },
    async leaveFile() {
      if (file === undefined) return;
      const name = file;
      for (const test of [...running.keys()]) await lifeCycle.endTest(test, { outcome: 'skipped' });
      await tellAll();
      file = undefined;
      if (lease && resets) await ask(() => `cannot reset after ${name}`, 'POST', at('leave'), { scope: 'file' });
    },
    boundary() {
      between = 'keep';
    },
    /** Nothing can be reset in this file; said once. */
    refuse: (reason) => {
      if (resets) tellRefusal(reason);
    },
    async beginTest(key, name) {
      const test = { name: name.slice(0, MAX_NAME) || '(without a name)', startedAt: now(), id: undefined };
      running.set(key, test);
      if (!lease) return;
      const mark = markOf(test);
      between = 'undo';
      const { name: last, ...ended } = untold ?? {};
      untold = undefined;
      const what = last === undefined ? `cannot begin "${test.name}"` : `cannot reset after "${last}", or begin "${test.name}"`;
      try {
        const begun = await ask(() => what, 'POST', at('tests'), last === undefined ? mark : { ...mark, ended });
        test.id = begun.test.id;
        if (begun.ended?.refused && resets) tellRefusal(begun.ended.refused);
      } catch (error) {
        running.delete(key);
        throw error;
      }
    },
    isRunning: (key) => running.has(key),
    runningTests: () => [...running.keys()],
    /** `next`: nothing of the project's runs before the next test begins, so its reset is asked for together with that. */
    async endTest(key, { outcome, message, ms }, { next = false } = {}) {
      const test = running.get(key);
      running.delete(key);
      if (!lease || test?.id === undefined) return;
      const ended = {
        name: test.name,
        test: test.id,
        outcome,
        ms: Math.max(0, ms ?? now() - test.startedAt),
        ...(message ? { message: String(message).slice(0, MAX_MESSAGE) } : {}),
      };
      if (next && running.size === 0) untold = ended;
      else await tell(ended);
    },
    /** What this writes belongs to the file, also in the middle of a test. */
    async inFile(work) {
      await tellAll();
      const enter = (scope) => ask(() => `cannot write for ${file ?? 'the file'}`, 'POST', at('enter'), { scope });
      if (!resets || running.size === 0) return work();
      await enter('file');
      try {
        return await work();
      } finally {
        await enter('test');
      }
    },
    reset: () => tellAll().then(() => ask(() => 'cannot reset', 'POST', at('reset'), {})),
    askServices: (method, path, body) => ask(() => 'cannot tell of messages', method, at(path), body),
    diff: () => tellAll().then(() => ask(() => 'cannot tell what has changed', 'GET', at('diff'))),
  };
  return lifeCycle;
}
