import { createHook } from 'node:async_hooks';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { shuffle, shuffleSeed } from './shuffle.mjs';

const cwd = process.cwd();

/**
 * Follows the tests of node:test in this process. Hooks at the root would do, but would make a root test in scripts that have none, and their
 * place among other hooks differs between versions. So `run` of the class of all tests is wrapped; the class is not public, but each test is
 * an async resource, and the first that is made leads to it.
 */
export function hookNodeTest({ lifeCycle }, { manyFiles = false } = {}) {
  lifeCycle.enterFile(path.relative(cwd, process.argv[1] ?? '')).catch(() => {}); // sends nothing: there is no lease yet
  const finder = createHook({
    init(_id, _type, _trigger, resource) {
      const prototype = findTestPrototype(resource);
      if (!prototype) return;
      finder.disable();
      followTests(prototype, lifeCycle, manyFiles);
      if (shuffleSeed) shuffleSuites(prototype);
    },
  }).enable();
}

function findTestPrototype(resource) {
  for (let at = Object.getPrototypeOf(resource); at && at !== Object.prototype; at = Object.getPrototypeOf(at))
    if (
      at.constructor?.name === 'Test' &&
      Object.hasOwn(at, 'postRun') &&
      Object.hasOwn(at, 'run') &&
      Object.hasOwn(at, 'runHook')
    )
      return at;
  return undefined;
}

/** With `--test-isolation=none` all files are one to node:test: they share the hooks of the root. We know them by where tests are. */
function followTests(prototype, lifeCycle, manyFiles) {
  const { run, postRun } = prototype;
  let lastParent;
  let lastFile;
  const follow = (test) => {
    const file = manyFiles ? fileOf(test) : undefined;
    if (file !== lastFile) lifeCycle.nameFile(file);
    else if (test.parent !== lastParent) lifeCycle.boundary();
    lastFile = file;
    lastParent = test.parent;
  };
  prototype.run = async function (...args) {
    if (!isUnit(this, prototype)) return run.apply(this, args);
    const { parent } = this;
    parent.activeSubtests++; // as `run` does, so that nothing else starts while this test waits
    // Hooks of a wider width that run late: else the first test would start them, as its own.
    if (parent.hooks?.before?.length > 0) await parent.runHook('before', parent.getRunArgs()).catch(() => {});
    follow(this);
    try {
      await lifeCycle.beginTest(this, nameOf(this));
    } catch (error) {
      this.fn = () => {
        throw error;
      };
    }
    // The next test starts in `postRun`: it has to wait.
    let isOver = false;
    this.postRun = (...given) => {
      // With a reason: the process is about to end, and what still runs is given up.
      if (given.length > 0) return postRun.apply(this, given);
      isOver = true;
      return undefined;
    };
    parent.activeSubtests--;
    await run.apply(this, args);
    await lifeCycle.endTest(this, resultOf(this)).catch((error) => this.fail(error));
    delete this.postRun;
    if (isOver) this.postRun();
  };
}

/** Tests of a `describe` block start when all are known; those outside of blocks when they are declared, so their order stays. */
function shuffleSuites(prototype) {
  const { createSubtest } = prototype;
  const seen = new WeakSet();
  prototype.createSubtest = function (Factory, ...rest) {
    const suite = Factory.prototype;
    if (suite !== prototype && Object.hasOwn(suite, 'run') && !seen.has(suite)) {
      seen.add(suite);
      const { run } = suite;
      suite.run = async function (...args) {
        this.parent.activeSubtests++; // as `run` does
        await this.buildSuite;
        shuffle(this.subtests);
        this.parent.activeSubtests--;
        return run.apply(this, args);
      };
    }
    return createSubtest.call(this, Factory, ...rest);
  };
}

/** The outermost tests: what is inside of one is a part of it. Suites and hooks are of other classes. */
function isUnit(test, prototype) {
  const isTest = (one) => one !== null && Object.getPrototypeOf(one) === prototype;
  if (!isTest(test) || test.parent === null || test.skipped) return false;
  for (let { parent } = test; parent !== null; parent = parent.parent) if (isTest(parent) && parent.parent !== null) return false;
  return true;
}

function fileOf({ loc }) {
  if (!loc?.file) return undefined;
  return path.relative(cwd, loc.file.startsWith('file:') ? fileURLToPath(loc.file) : loc.file);
}

function nameOf(test) {
  const names = [test.name];
  for (let { parent } = test; parent?.parent; parent = parent.parent) names.unshift(parent.name);
  return names.join(' > ');
}

function resultOf(test) {
  if (test.skipped) return { outcome: 'skipped', message: test.message };
  const { error } = test;
  return { outcome: test.passed ? 'passed' : 'failed', message: error ? (error.cause?.message ?? error.message) : undefined };
}
