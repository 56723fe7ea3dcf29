import type { Reporter, TestCase, TestModule } from 'vitest/node';

/**
 * Why a test may be skipped in CI: what a machine may lack and .ci/run can't install. A skip is written `context.skip('reason')`; another reason, or none, fails in CI,
 * so that no test hides there.
 */
const ALLOWED = [
  /^needs root$/,
  /^needs an unprivileged user$/,
  /^no container engine answers/,
  /^no IPv6 loopback/,
  /^needs Linux$/,
  /^no mysqld /, // Debian has MariaDB only
  /^this machine has one loopback address only$/,
];

/** Prints each skipped test with its reason, and each that passed only when it was tried again. */
export default class SkipReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules.flatMap((module) => [...module.children.allTests('skipped')]).filter((test) => !isVictim(test));
    const refused = skipped.filter((test) => !ALLOWED.some((pattern) => pattern.test(reasonOf(test))));
    for (const test of skipped) console.log(`skipped: ${test.fullName}: ${reasonOf(test) || 'no reason given'}`);
    for (const test of modules.flatMap((module) => [...module.children.allTests('passed')]))
      if (test.diagnostic()?.flaky) console.log(`flaky: ${test.fullName}: passed at the second try`);
    if (refused.length === 0 || !process.env.CI || filtersByName()) return;
    console.error(`${refused.length} tests were skipped without a reason that test/helpers/skip-reporter.ts allows`);
    process.exitCode = 1;
  }
}

/** Left out because a hook before it failed, which fails the run anyway. */
function isVictim(test: TestCase): boolean {
  return test.module.state() === 'failed' && reasonOf(test) === '';
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  return result.state === 'skipped' ? (result.note ?? '') : '';
}

/** `vitest -t NAME` skips all others, and that is no secret. */
function filtersByName(): boolean {
  return process.argv.some((arg) => arg === '-t' || arg.startsWith('--testNamePattern') || arg.startsWith('--test-name-pattern'));
}
