import { expect, test } from 'vitest';
import { jest, jestFromCode, mocha, nodeTest, oldJest, type RunnerCase } from '../runners/runner-cases.ts';
import { baselineFiles, expectedSeen, makeProject } from './baseline-suite.ts';
import { seatrial } from './cli.ts';
import { leftoversAfter } from './leftovers.ts';

const withRetries = (runner: RunnerCase) => ({ ...runner, retries: true });
const without = (runner: RunnerCase) => ({ ...runner, retries: false });

test.for([
  ...[
    jest(30, '-w', '2'),
    jest(30, '-i'),
    jest(30, '-w', '2', '--workerThreads'),
    jest(29, '-w', '2'),
    oldJest('-w', '2'),
    jestFromCode(30, 'runInBand'),
    jestFromCode(29, 'runInBand'),
    mocha(10),
    mocha(11),
    mocha(12),
    mocha(10, '--parallel', '--jobs', '2'),
    mocha(12, '--parallel', '--jobs', '2'),
  ].map(withRetries),
  ...[nodeTest('--test-concurrency=2'), nodeTest('--test-concurrency=1')].map(without),
])('Each test starts from the state of its file: $title', async (runner) => {
  const workspace = makeProject(runner, baselineFiles(runner, runner));

  const { code, stdout, stderr } = await seatrial(workspace, ['run', '--isolation', 'rewind', '--', ...runner.command]);

  expect(code, stdout + stderr).not.toBe(0);
  expect(workspace.read('seen').trim().split('\n').sort(), stdout + stderr).toEqual(expectedSeen(runner));
  expect(stderr).toMatch(
    runner.retries ? /18 tests: 15 passed, 3 failed; 18 resets/ : /16 tests: 14 passed, 2 failed; 16 resets/,
  );
  expect(await leftoversAfter(workspace)).toEqual([]);
});
