import { expect, test } from 'vitest';
import { countTests } from '../../scripts/dev/count-tests.mjs';

test('adds up the closing lines of Vitest and pytest, coloured or not', () => {
  const vitest =
    ' Test Files  1 failed | 2 passed (3)\n\u001b[2m      Tests \u001b[22m \u001b[31m2 failed\u001b[39m | \u001b[32m7 passed\u001b[39m | 1 skipped\u001b[90m (10)\u001b[39m\n';
  const pytest = '===== 3 failed, 40 passed, 1 skipped, 2 errors in 2.31s =====\n12 passed, 1 warning in 62.31s (0:01:02)\n';
  expect(countTests(vitest)).toEqual({ passed: 7, failed: 2, skipped: 1 });
  expect(countTests(pytest)).toEqual({ passed: 52, failed: 5, skipped: 1 });
});

test('reads what node:test says in TAP', () => {
  expect(countTests('# tests 4\n# pass 2\n# fail 1\n# cancelled 0\n# skipped 1\n')).toEqual({ passed: 2, failed: 1, skipped: 1 });
});

test('reads the closing line of Jest', () => {
  const jest =
    'Test Suites: 1 failed, 1 passed, 2 total\nTests:       1 failed, 2 skipped, 6 passed, 9 total\nSnapshots:   0 total\n';
  expect(countTests(jest)).toEqual({ passed: 6, failed: 1, skipped: 2 });
});

test('reads the summaries of Maven, not the line of each class', () => {
  const maven =
    '[INFO] Tests run: 4, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.1 s -- in shop.OrderTest\n[INFO] Tests run: 4, Failures: 0, Errors: 0, Skipped: 1\n[ERROR] Tests run: 9, Failures: 1, Errors: 2, Skipped: 0\n';
  expect(countTests(maven)).toEqual({ passed: 9, failed: 3, skipped: 1 });
});

test('takes no other line for a count', () => {
  expect(countTests('      Tests  no tests\nI passed 3 passed things in town\nTests were 5 passed\n')).toEqual({
    passed: 0,
    failed: 0,
    skipped: 0,
  });
});
