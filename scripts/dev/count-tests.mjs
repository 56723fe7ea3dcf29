/**
 * How many tests a runner's closing lines tell of: Vitest (`Tests  1 failed | 4 passed | 2 skipped (7)`) and pytest (`1 failed, 4 passed in 0.2s`).
 * Jest (`Tests:  1 failed, 4 passed, 5 total`), node:test in TAP (`# pass 3`) and Maven (`[INFO] Tests run: 4, Failures: 1, Errors: 0, Skipped: 0`)
 * count too. Several runs in one text are added up.
 */
export function countTests(text) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  const words = { pass: 'passed', fail: 'failed', skipped: 'skipped' };
  for (const line of stripColours(text).split('\n')) {
    const tap = /^# (pass|fail|skipped) (\d+)$/.exec(line);
    if (tap) count[words[tap[1]]] += Number(tap[2]);
    const maven = /^(?:\[\w+\] )?Tests run: (\d+), Failures: (\d+), Errors: (\d+), Skipped: (\d+)$/.exec(line.trimEnd());
    if (maven) addMaven(count, maven.slice(1).map(Number));
    const isJest = /^Tests: +(\d+ \w+, )+\d+ total$/.test(line);
    if (!isJest && !/^\s*Tests\s+\d+ \w+.*\(\d+\)\s*$/.test(line) && !/^[\s=]*(\d+ \w+(, )?)+ in [\d.]+s/.test(line)) continue;
    for (const [, number, word] of line.matchAll(/(\d+) (passed|failed|skipped|errors?)\b/g))
      count[word.startsWith('error') ? 'failed' : word] += Number(number);
  }
  return count;
}

function addMaven(count, [all, failures, errors, skipped]) {
  count.failed += failures + errors;
  count.skipped += skipped;
  count.passed += all - failures - errors - skipped;
}

export function stripColours(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a colour starts with
  return text.replace(/\u001b\[[0-9;]*m/g, '');
}
