import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';

const inRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** How one version of a test runner is started, and how its test files begin. */
export interface RunnerCase {
  readonly title: string;
  readonly command: readonly string[];
  readonly dialect: keyof typeof HEADS;
  /** Beside the test files. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * All test files of ours are written in the same words: `describe`, `test`, `beforeAll`, `afterAll`, `beforeEach`, `afterEach`, and `retried`,
 * whose function may fail once. `load` imports a package. Jest runs CommonJS, in which a file cannot await.
 */
export const HEADS = {
  vitest: `import { describe, test, beforeAll, afterAll, beforeEach, afterEach } from 'vitest';
    const load = (name) => import(name); const retried = (name, body) => test(name, { retry: 1 }, body);\n`,
  // Without an import, so that it works with any version.
  'vitest globals': `const load = (name) => import(name); const retried = (name, body) => test(name, { retry: 1 }, body);\n`,
  jest: `const load = async (name) => require(name); const retried = (name, body) => { jest.retryTimes(1); test(name, body); };\n`,
  mocha: `const load = (name) => import(name); const test = it, beforeAll = before, afterAll = after;
    const retried = (name, body) => it(name, body).retries(1);\n`,
  'node:test': `import { describe, test, before as beforeAll, after as afterAll, beforeEach, afterEach } from 'node:test';
    const load = (name) => import(name);\n`,
} as const;

export function vitest(version: 3 | 4 | 5, ...flags: readonly string[]): RunnerCase {
  const folder = version === 5 ? 'node_modules' : `tools/runners/vitest-${version}/node_modules`;
  return {
    title: `Vitest ${version} ${flags.join(' ')}`.trim(),
    command: [execPath, inRoot(`${folder}/vitest/vitest.mjs`), 'run', ...flags],
    dialect: 'vitest globals',
    files: {
      'package.json': '{"name":"shop","type":"module"}',
      'vitest.config.js': 'export default { test: { globals: true } };',
    },
  };
}

export function jest(version: 29 | 30, ...flags: readonly string[]): RunnerCase {
  const folder = version === 30 ? 'node_modules' : 'tools/runners/jest-29/node_modules';
  return {
    title: `Jest ${version} ${flags.join(' ')}`.trim(),
    command: [execPath, inRoot(`${folder}/jest/bin/jest.js`), ...flags],
    dialect: 'jest',
    files: { 'package.json': '{"name":"shop"}' },
  };
}

/** Jest as it was before 29.5: nothing tells that a test is certain to run. */
export function oldJest(...flags: readonly string[]): RunnerCase {
  const adapter = inRoot('tools/runners/jest-29/node_modules/jest-circus/build/legacy-code-todo-rewrite/jestAdapter.js');
  const runner = jest(29, ...flags);
  return {
    ...runner,
    title: `${runner.title}, without test_started`,
    files: {
      'package.json': '{"name":"shop","jest":{"testRunner":"<rootDir>/jest-circus/runner.js"}}',
      'jest-circus/runner.js': `
        module.exports = (globalConfig, config, environment, ...rest) => {
          const { handleTestEvent } = environment;
          environment.handleTestEvent = async (event, state) => event.name === 'test_started' || handleTestEvent(event, state);
          return require(${JSON.stringify(adapter)}).default(globalConfig, config, environment, ...rest);
        };`,
    },
  };
}

/** A Jest that a script of the project starts in its own process, as react-scripts and nx do. */
export function jestFromCode(version: 29 | 30, ...flags: readonly string[]): RunnerCase {
  const folder = version === 30 ? 'node_modules' : 'tools/runners/jest-29/node_modules';
  return {
    title: `runCLI() of Jest ${version} ${flags.join(' ')}`.trim(),
    command: [execPath, 'scripts/test.js'],
    dialect: 'jest',
    files: {
      'package.json': '{"name":"shop"}',
      'scripts/test.js': `
        const { createRequire } = require('node:module');
        const load = createRequire(createRequire(${JSON.stringify(inRoot(`${folder}/jest/package.json`))}).resolve('@jest/core'));
        load('@jest/core').runCLI({ $0: 'test', _: [], ...${JSON.stringify(Object.fromEntries(flags.map((flag) => [flag, true])))} }, [process.cwd()])
          .then(({ results }) => process.exit(results.success ? 0 : 1));`,
    },
  };
}

export function mocha(version: 10 | 11 | 12, ...flags: readonly string[]): RunnerCase {
  const folder = version === 10 ? 'node_modules' : `tools/runners/mocha-${version}/node_modules`;
  const bin = inRoot(`${folder}/mocha/bin/mocha.js`);
  return {
    title: `Mocha ${version} ${flags.join(' ')}`.trim(),
    command: [execPath, bin, '*.test.js', '--exit', ...flags],
    dialect: 'mocha',
    files: { 'package.json': '{"name":"shop","type":"module"}' },
  };
}

export function nodeTest(...flags: readonly string[]): RunnerCase {
  return {
    title: `node:test ${flags.join(' ')}`.trim(),
    command: [execPath, '--test', '--test-reporter=tap', ...flags],
    dialect: 'node:test',
    files: { 'package.json': '{"name":"shop","type":"module"}' },
  };
}
