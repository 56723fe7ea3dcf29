import { describe, expect, test } from 'vitest';
import type { RunEventBody } from '../../src/core/event.ts';
import type { ResetReport } from '../../src/core/reset.ts';
import { toHtmlSummary } from '../../src/report/html-summary.ts';
import { escapeXml, toJunitXml } from '../../src/report/junit-xml.ts';
import { createTestRunCollector, summarise, type TestRun } from '../../src/report/test-run.ts';

const key = { runner: 'pytest', mainPid: 9, slot: 'gw0' };
const reset = (ms: number, more: Partial<ResetReport> = {}): ResetReport => ({
  how: 'rewind',
  ms,
  changed: 1,
  leaks: [],
  ...more,
});
const mark = (id: string, name = `test ${id}`) => ({ id, name, file: 'tests/a.py' });

function collect(events: readonly RunEventBody[]): TestRun {
  const collector = createTestRunCollector(({ runner }) => runner !== 'run');
  for (const [index, event] of events.entries()) collector({ at: 1_790_000_000_000 + index, ...event });
  return collector.read();
}

const EVENTS: readonly RunEventBody[] = [
  { type: 'lease.created', lease: 'main', key: { ...key, runner: 'run' }, ms: 1 },
  { type: 'lease.created', lease: 'l1', key, ms: 4.2 },
  { type: 'test.started', lease: 'l1', test: mark('1') },
  { type: 'test.finished', lease: 'l1', test: mark('1'), result: { outcome: 'passed', ms: 12.5 } },
  { type: 'lease.reset', lease: 'l1', scope: 'test', ms: 1.1, test: mark('1'), reports: { db: reset(1) } },
  { type: 'test.started', lease: 'l1', test: mark('2', 'a <b> & "c" \u0001\u001b[31mred') },
  {
    type: 'test.finished',
    lease: 'l1',
    test: mark('2', 'a <b> & "c" \u0001\u001b[31mred'),
    result: { outcome: 'failed', ms: 8, message: 'assert 1 == 2\n  at <script>' },
  },
  {
    type: 'lease.reset',
    lease: 'l1',
    scope: 'test',
    ms: 9,
    test: mark('2'),
    reports: {
      db: reset(9, {
        how: 'swap',
        fallback: 'DROP TABLE users',
        disconnected: true,
        leaks: [{ kind: 'transaction', text: 'idle for 500 ms: UPDATE' }],
      }),
    },
  },
  { type: 'test.started', lease: 'l1', test: mark('3') },
  { type: 'test.finished', lease: 'l1', test: mark('3'), result: { outcome: 'skipped', ms: 0, message: 'needs a GPU' } },
  { type: 'test.started', lease: 'l1', test: { id: '4', name: 'dies' } },
  { type: 'test.started', lease: 'main', test: mark('5', 'of another run') },
];

describe('a run of tests', () => {
  test('counts outcomes and resets, and leaves out what belongs to another run', () => {
    const run = collect(EVENTS);
    expect(summarise(run)).toBe('4 tests: 1 passed, 1 failed, 1 skipped, 1 unfinished; 2 resets, median 9.0 ms');
    expect(run.leases.map(({ id }) => id)).toEqual(['l1']);
    expect(run.resets.byWay).toEqual({ rewind: 1, swap: 1 });
    expect(summarise(collect([]))).toBeUndefined();
  });

  test('names leaks, fall-backs, ended connections, overlaps and failed resets with their test', () => {
    const run = collect([
      ...EVENTS,
      { type: 'test.overlap', lease: 'l1', tests: [mark('6'), mark('7')] },
      { type: 'lease.reset-failed', lease: 'l1', scope: 'file', message: 'no rights' },
      { type: 'lease.kept', lease: 'l1', test: mark('6'), kept: { db: { url: 'x', open: "psql 'postgres://u:secret@h/d'" } } },
    ]);
    expect(run.findings.map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
      'leak: tests/a.py > test 2 left db: idle for 500 ms: UPDATE',
      'fall-back: db after tests/a.py > test 2: swap, since DROP TABLE users',
      "disconnected: db after tests/a.py > test 2: the app's connections were ended",
      'overlap: these ran at the same time on one worker: tests/a.py > test 6, tests/a.py > test 7',
      'reset failed: scope file: no rights',
      "kept: db as tests/a.py > test 6 left it: psql 'postgres://u:***@h/d'",
    ]);
  });

  test('a test that has passed and could not be reset has failed, as its runner says', () => {
    const run = collect([
      ...EVENTS.slice(0, 4),
      { type: 'lease.reset-failed', lease: 'l1', scope: 'test', test: mark('1'), message: 'db died (SIGKILL)' },
    ]);
    expect(run.tests[0]?.result).toEqual({ outcome: 'failed', ms: 12.5, message: 'reset failed: db died (SIGKILL)' });
    expect(summarise(run)).toBe('1 tests: 1 failed');
  });

  test('a late write is told as a leak of the test before', () => {
    const run = collect([
      ...EVENTS.slice(0, 5),
      {
        type: 'lease.reset',
        lease: 'l1',
        scope: 'test',
        ms: 1,
        reports: { db: reset(1, { leaks: [{ kind: 'write', text: 'users' }] }) },
      },
    ]);
    expect(run.findings).toEqual([{ kind: 'leak', text: 'tests/a.py > test 1 left db: users' }]);
    expect(run.resets.count).toBe(1); // that of the end of the test
  });
});

describe('JUnit XML', () => {
  test('has a suite for each file, with counts, seconds, failures, skips, and an error for what never ended', () => {
    const xml = toJunitXml(collect(EVENTS));
    expect(xml).toContain('<testsuites name="seatrial" tests="4" failures="1" errors="1" skipped="1" time="0.021">');
    expect(xml).toContain(
      '<testsuite name="tests/a.py" tests="3" failures="1" errors="0" skipped="1" time="0.021" timestamp="2026-',
    );
    expect(xml).toContain('<failure message="assert 1 == 2">assert 1 == 2\n  at &#60;script&#62;</failure>');
    expect(xml).toContain('<skipped message="needs a GPU"/>');
    expect(xml).toMatch(/<testcase classname="tests" name="dies"[\s\S]*<error message="it began and never ended/);
    expect(xml).toContain('<property name="seatrial.reset.ms" value="9.00"/>');
  });

  test('holds nothing that XML forbids', () => {
    expect(escapeXml('a\u0000\u0008\ud800\ufffe <&"> \u001b[1mbold\u001b[0m 😀\n')).toBe(
      'a\ufffd\ufffd\ufffd\ufffd &#60;&#38;&#34;&#62; bold 😀\n',
    );
  });
});

test('the HTML summary shows verdict, findings, failures, leases and tests, and holds no markup of theirs', () => {
  const heading = {
    project: 'shop',
    command: "pytest -k 'a b'",
    isolation: 'rewind',
    startedAt: 1_790_000_000_000,
    ms: 1234,
    exitCode: 1,
  };
  const html = toHtmlSummary(collect(EVENTS), heading);
  expect(html).toContain('<h1>shop: <span class="failed">failed</span></h1>');
  expect(html).toContain(
    '<dt>tests</dt><dd class="">4</dd></div><div><dt>passed</dt><dd class="passed">1</dd></div><div><dt>failed</dt>',
  );
  expect(html).toContain('swap, since DROP TABLE users');
  expect(html).not.toContain('<script>');
  expect(html).not.toMatch(/https?:\/\//);
  const empty = toHtmlSummary(collect([]), { ...heading, exitCode: 0 });
  expect(empty).toContain('<span class="passed">passed</span>');
  expect(empty).toContain('No runner has told of its tests');
});
