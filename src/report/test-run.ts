import type { RunEvent } from '../core/event.ts';
import type { LeaseKey } from '../core/lease.ts';
import type { ResetReport } from '../core/reset.ts';
import type { TestMark, TestResult } from '../core/test-mark.ts';
import { redact } from '../errors.ts';

/** What a run's tests did, for reports: made from events alone. Times are milliseconds since the epoch, durations milliseconds. */
export interface TestRun {
  readonly tests: readonly RecordedTest[];
  readonly leases: readonly RecordedLease[];
  /** Median and 95th percentile of the resets at the end of tests, and how many there were of each way. */
  readonly resets: {
    readonly count: number;
    readonly medianMs: number;
    readonly p95Ms: number;
    readonly byWay: Readonly<Record<string, number>>;
  };
  /** What the user should look at, one line each. */
  readonly findings: readonly Finding[];
}
export interface RecordedTest {
  readonly mark: TestMark;
  readonly lease: string;
  readonly startedAt: number;
  /** Undefined: it never ended, since its worker did. */
  readonly result: TestResult | undefined;
  readonly resetMs: number | undefined;
}
export interface RecordedLease {
  readonly id: string;
  readonly key: LeaseKey;
  readonly ms: number;
  readonly startedAt: number;
}
export interface Finding {
  readonly kind: 'leak' | 'fall-back' | 'disconnected' | 'overlap' | 'reset failed' | 'kept';
  readonly text: string;
}

export interface TestRunCollector {
  (event: RunEvent): void;
  read(): TestRun;
}

/** `isOurs`: a session that is attached to serves other runs too. */
export function createTestRunCollector(isOurs: (key: LeaseKey) => boolean = () => true): TestRunCollector {
  const leases = new Map<string, RecordedLease>();
  const tests = new Map<string, RecordedTest>();
  const findings: Finding[] = [];
  const resetMs: number[] = [];
  const byWay: Record<string, number> = {};
  const last = new Map<string, TestMark>();

  const find = (kind: Finding['kind'], text: string) => void findings.push({ kind, text });
  const change = (mark: TestMark, to: Partial<RecordedTest>) => {
    const test = tests.get(mark.id);
    if (test) tests.set(mark.id, { ...test, ...to });
  };
  /** As its runner does: the test has passed, its reset has not. */
  const failTest = (mark: TestMark, message: string) => {
    const result = tests.get(mark.id)?.result;
    if (result?.outcome === 'passed')
      change(mark, { result: { ...result, outcome: 'failed', message: `reset failed: ${message}` } });
  };
  const noteReports = (reports: Readonly<Record<string, ResetReport>>, who: string) => {
    for (const [service, report] of Object.entries(reports)) {
      byWay[report.how] = (byWay[report.how] ?? 0) + 1;
      for (const { text } of report.leaks) find('leak', `${who} left ${service}: ${text}`);
      if (report.fallback) find('fall-back', `${service} after ${who}: ${report.how}, since ${report.fallback}`);
      if (report.disconnected) find('disconnected', `${service} after ${who}: the app's connections were ended`);
    }
  };
  const collect = (event: RunEvent) => {
    if ('lease' in event && event.type !== 'lease.created' && !leases.has(event.lease)) return;
    switch (event.type) {
      case 'lease.created':
        if (isOurs(event.key)) leases.set(event.lease, { id: event.lease, key: event.key, ms: event.ms, startedAt: event.at });
        return;
      case 'test.started':
        last.set(event.lease, event.test);
        tests.set(event.test.id, {
          mark: event.test,
          lease: event.lease,
          startedAt: event.at,
          result: undefined,
          resetMs: undefined,
        });
        return;
      case 'test.finished':
        return change(event.test, { result: event.result });
      case 'test.overlap':
        return find('overlap', `these ran at the same time on one worker: ${event.tests.map(nameOf).join(', ')}`);
      case 'lease.reset': {
        const before = event.test ?? last.get(event.lease);
        noteReports(event.reports, before ? nameOf(before) : `scope ${event.scope}`);
        if (event.scope !== 'test' || !event.test) return;
        resetMs.push(event.ms);
        return change(event.test, { resetMs: event.ms });
      }
      case 'lease.reset-failed':
        if (event.test) failTest(event.test, event.message);
        return find('reset failed', `${event.test ? nameOf(event.test) : `scope ${event.scope}`}: ${event.message}`);
      case 'lease.kept':
        for (const [service, { open }] of Object.entries(event.kept))
          find('kept', `${service} as ${nameOf(event.test)} left it: ${redact(open)}`);
        return;
      default:
    }
  };
  return Object.assign(collect, {
    read: (): TestRun => ({
      tests: [...tests.values()],
      leases: [...leases.values()],
      resets: { count: resetMs.length, medianMs: quantile(resetMs, 0.5), p95Ms: quantile(resetMs, 0.95), byWay: { ...byWay } },
      findings: [...findings],
    }),
  });
}

export function nameOf({ file, name }: TestMark): string {
  return file ? `${file} > ${name}` : name;
}

/** In the order in which the files came; tests of no file are in `tests`. */
export function byFile(tests: readonly RecordedTest[]): readonly (readonly [string, readonly RecordedTest[]])[] {
  const files = new Map<string, RecordedTest[]>();
  for (const test of tests) {
    const file = test.mark.file ?? 'tests';
    const inFile = files.get(file);
    if (inFile) inFile.push(test);
    else files.set(file, [test]);
  }
  return [...files];
}

export interface Totals {
  readonly tests: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Begun and never ended. */
  readonly unfinished: number;
}
export function totalsOf(tests: readonly RecordedTest[]): Totals {
  const count = (outcome: TestResult['outcome'] | undefined) => tests.filter(({ result }) => result?.outcome === outcome).length;
  return {
    tests: tests.length,
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    unfinished: count(undefined),
  };
}

/** `12 tests: 10 passed, 2 failed; 12 resets, median 1.1 ms`; undefined when no test was marked. */
export function summarise({ tests, resets }: TestRun): string | undefined {
  if (tests.length === 0) return undefined;
  const totals = totalsOf(tests);
  const parts = (['passed', 'failed', 'skipped', 'unfinished'] as const).flatMap((name) =>
    totals[name] > 0 ? [`${totals[name]} ${name}`] : [],
  );
  const went = resets.count > 0 ? `; ${resets.count} resets, median ${resets.medianMs.toFixed(1)} ms` : '';
  return `${totals.tests} tests: ${parts.join(', ')}${went}`;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
