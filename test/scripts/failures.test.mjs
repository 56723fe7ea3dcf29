import { expect, test } from 'vitest';
import { describeFailures, findFailures } from '../../scripts/dev/failures.mjs';

test('names what failed in Vitest, with its file when a suite could not be read, and errors that no test caught', () => {
  const vitest = [
    ' \u001b[31m❯\u001b[39m a.test.ts (2 tests | 1 failed) 12ms',
    '⎯⎯⎯⎯⎯⎯ Failed Suites 1 ⎯⎯⎯⎯⎯⎯⎯',
    '',
    '\u001b[41m\u001b[1m FAIL \u001b[22m\u001b[49m \u001b[30m\u001b[42m e2e \u001b[49m\u001b[39m b.test.ts\u001b[2m [ b.test.ts ]\u001b[22m',
    "Error: Cannot find module './nothing.ts'",
    ' ❯ b.test.ts:1:1',
    "      1| import './nothing.ts';",
    '⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯[1/2]⎯',
    '⎯⎯⎯⎯⎯⎯⎯ Failed Tests 1 ⎯⎯⎯⎯⎯⎯⎯',
    '',
    ' FAIL  a.test.ts > group > adds up',
    'AssertionError: expected 1 to be 2 // Object.is equality',
    '',
    '- Expected',
    '+ Received',
    '',
    '- 2',
    '+ 1',
    '',
    ' ❯ a.test.ts:2:33',
    '⎯⎯⎯⎯⎯⎯ Unhandled Errors ⎯⎯⎯⎯⎯⎯',
    'Vitest caught 1 unhandled error during the test run.',
    '⎯⎯⎯⎯ Unhandled Rejection ⎯⎯⎯⎯⎯',
    'Error: nobody waited',
    ' ❯ c.test.ts:2:43',
  ].join('\n');
  expect(findFailures(vitest)).toEqual([
    { name: 'b.test.ts [ b.test.ts ]', lines: ["Error: Cannot find module './nothing.ts'", '❯ b.test.ts:1:1'] },
    {
      name: 'a.test.ts > group > adds up',
      lines: ['AssertionError: expected 1 to be 2 // Object.is equality', '- 2', '+ 1', '❯ a.test.ts:2:33'],
    },
    { name: 'Unhandled Rejection', lines: ['Error: nobody waited', '❯ c.test.ts:2:43'] },
  ]);
});

test('names what failed in pytest', () => {
  const pytest =
    "E   ModuleNotFoundError: No module named 'nothing'\n==== short test summary info ====\nSKIPPED [1] tests/test_a.py:6: why\nFAILED tests/test_a.py::test_adds[1 - 2] - assert 1 == 2\nERROR tests/test_b.py\n1 failed, 1 error in 0.1s\n";
  expect(findFailures(pytest)).toEqual([
    { name: "ModuleNotFoundError: No module named 'nothing'", lines: [] },
    { name: 'tests/test_a.py::test_adds[1 - 2]', lines: ['assert 1 == 2'] },
    { name: 'tests/test_b.py', lines: ['1 failed, 1 error in 0.1s'] },
  ]);
});

test('names what failed in node:test, not the suites around it', () => {
  const tap = [
    '    not ok 1 - inner',
    '      ---',
    '      duration_ms: 0.26',
    "      failureType: 'testCodeFailure'",
    '      error: |-',
    '        inner broke',
    "      code: 'ERR_TEST_FAILURE'",
    '      stack: |-',
    '        Test.run (node:internal/test_runner/test:1402:25)',
    '      ...',
    'not ok 2 - outer',
    '  ---',
    "  type: 'test'",
    "  failureType: 'subtestsFailed'",
    'not ok 3 - not yet # TODO',
    'ok 4 - fine',
  ].join('\n');
  expect(findFailures(tap)).toEqual([{ name: 'inner', lines: ['inner broke'] }]);
});

test('names what failed in Jest and in Maven', () => {
  const jest =
    'FAIL ./a.test.js\n  ✕ adds (5 ms)\n\n  ● group › adds\n\n    expect(received).toBe(expected)\n\n    Expected: 2\n    Received: 1\n\n    > 1 | test()\n      at Object.toBe (a.test.js:1:30)\n';
  const maven =
    '[ERROR] Tests run: 3, Failures: 1 <<< FAILURE! -- in shop.OrderTest\n[ERROR] Failures: \n[ERROR]   OrderTest.sells:25 expected: <1> but was: <2>\n[ERROR] Errors: \n[ERROR]   StockTest.buys:31 » IllegalState broke\n';
  expect(findFailures(jest)).toEqual([
    { name: 'group › adds', lines: ['expect(received).toBe(expected)', 'Expected: 2', 'Received: 1'] },
  ]);
  expect(findFailures(maven)).toEqual([
    { name: 'OrderTest.sells:25', lines: ['expected: <1> but was: <2>'] },
    { name: 'StockTest.buys:31', lines: ['» IllegalState broke'] },
  ]);
});

test('tells what the tools of `check` said', () => {
  const text =
    "src/a.ts:93:8 lint/correctness/noUnusedVariables  FIXABLE  ━━━━━━━━━━\n\n  ! This variable x is unused.\n  \n    91 │   }\n  i Unsafe fix\nsrc/b.ts format ━━━━━━━━━━\n\n  × Formatter would have printed the following content:\n  \n    91 91 │     }\nsrc/c.ts(1,8): error TS2322: Type 'string' is not assignable.\ncheck: failed: biome; tsc\n";
  expect(findFailures(text)).toEqual([
    { name: 'src/a.ts:93:8 lint/correctness/noUnusedVariables', lines: ['! This variable x is unused.'] },
    { name: 'src/b.ts format', lines: ['× Formatter would have printed the following content:'] },
    { name: 'src/c.ts(1,8)', lines: ["error TS2322: Type 'string' is not assignable."] },
    { name: 'check: failed', lines: ['biome; tsc'] },
  ]);
});

test('shows the last lines of an output that names no test', () => {
  const [failure] = findFailures('one\n\ntwo\nthree\nfour\nfive\nsix\n');
  expect(failure?.lines).toEqual(['two', 'three', 'four', 'five', 'six']);
});

test('keeps every name before what was wrong when there is little room', () => {
  const stages = (count) => [
    { stage: 'e2e', failures: Array.from({ length: count }, (_, at) => ({ name: `test ${at}`, lines: ['x'.repeat(99), 'b'] })) },
  ];
  expect(describeFailures(stages(1), { width: 20 })).toEqual(['  e2e: test 0', `      ${'x'.repeat(13)}…`, '      b']);
  expect(describeFailures(stages(8), { most: 10 })).toEqual(Array.from({ length: 8 }, (_, at) => `  e2e: test ${at}`));
  expect(describeFailures(stages(20), { most: 10 }).slice(-2)).toEqual(['  e2e: test 8', '  and 11 more']);
});
