import { expect, test } from 'vitest';
import type { RunEventBody } from '../../src/core/event.ts';
import { compareOrders } from '../../src/report/compare-orders.ts';
import { createTestRunCollector, type TestRun } from '../../src/report/test-run.ts';

/** A run of one worker: names in order, `!` in front of those that fail. */
function ran(names: readonly string[], left: Readonly<Record<string, string>> = {}): TestRun {
  const collector = createTestRunCollector();
  const tell = (event: RunEventBody) => collector({ at: 1, ...event });
  tell({ type: 'lease.created', lease: 'l', key: { runner: 'pytest', mainPid: 1, slot: 'main' }, ms: 1 });
  names.forEach((written, index) => {
    const name = written.replace('!', '');
    const mark = { id: String(index), name, file: 'a.py' };
    const failed = written.startsWith('!');
    tell({ type: 'test.started', lease: 'l', test: mark });
    tell({
      type: 'test.finished',
      lease: 'l',
      test: mark,
      result: failed ? { outcome: 'failed', ms: 1, message: 'expected 0 rows\nfound 1' } : { outcome: 'passed', ms: 1 },
    });
    const leaks = left[name] ? [{ kind: 'write' as const, text: left[name] }] : [];
    tell({
      type: 'lease.reset',
      lease: 'l',
      scope: 'test',
      ms: 1,
      test: mark,
      reports: { db: { how: 'rewind', ms: 1, changed: 1, leaks } },
    });
  });
  return collector.read();
}

test('a suite that passes in both orders is isolated', () => {
  expect(compareOrders(ran(['a', 'b', 'c']), ran(['c', 'a', 'b']), '7')).toEqual({ lines: [] });
});

test('a test with another outcome is named, with what ran before it each time', () => {
  const { lines } = compareOrders(ran(['a', 'b', 'c']), ran(['c', '!b', 'a']), '7');
  expect(lines).toEqual([
    'depends on the order: a.py > b passed after a.py > a in the declared order, failed after a.py > c in the order of seed 7: expected 0 rows',
  ]);
  expect(compareOrders(ran(['!a', 'b']), ran(['b', 'a']), '7').lines).toEqual([
    'depends on the order: a.py > a failed as the first of its worker in the declared order, passed after a.py > b in the order of seed 7: expected 0 rows',
  ]);
});

test('a test that fails in both orders does not depend on them', () => {
  expect(compareOrders(ran(['!a', 'b']), ran(['b', '!a']), '7').lines).toEqual([]);
});

test('what tests have left is named', () => {
  expect(compareOrders(ran(['a', 'b'], { a: 'users: 2 rows' }), ran(['b', 'a']), '7').lines).toEqual([
    'leak: a.py > a left db: users: 2 rows',
  ]);
});

test('it says when nothing can be concluded', () => {
  expect(compareOrders(ran([]), ran([]), '7').void).toMatch(/no runner has told/);
  expect(compareOrders(ran(['a', 'b']), ran(['a', 'b']), '7').void).toMatch(/same order/);
});
