import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureJunitJars, hasMaven } from '../../scripts/dev/java.mjs';
import { ensureVenv } from '../../scripts/dev/python.mjs';
import type { RunEvent } from '../../src/core/event.ts';
import { runProgram, timed } from '../lib/program.ts';
import { round, type Summary, summarize } from '../lib/stats.ts';

const ISOLATIONS = ['rewind', 'truncate', 'database'] as const;
type IsolationName = (typeof ISOLATIONS)[number];
/** Each with its own suite, as its reader runs it; the quickest first. */
const EXAMPLES = ['express-orders-jest', 'flask-notes', 'express-orders', 'fastapi-blog', 'spring-notes'] as const;
type Example = (typeof EXAMPLES)[number];

const SEATRIAL = path.join(import.meta.dirname, '../../src/cli/main.ts');
const folderOf = (example: Example) => path.join(import.meta.dirname, '../../examples', example);

interface ExampleTimes {
  readonly commandMs: number;
  /** From the begin of the first test to the end of the last one, resets included, by the number of tests. */
  readonly perTestMs: number;
  readonly resetsMs: readonly number[];
  readonly tests: number;
  readonly failed: number;
}
export interface ExampleResults {
  readonly cases: Readonly<Record<string, Summary>>;
  readonly notes: readonly string[];
}

/** The examples' suites by isolation. A suite that fails under one is told, and not timed: it was written for another. */
export async function benchExamples({ quick }: { readonly quick: boolean }): Promise<ExampleResults> {
  const rounds = quick ? 1 : 3;
  const cases: Record<string, Summary> = {};
  const notes: string[] = [];
  const examples = (quick ? EXAMPLES.slice(0, 1) : EXAMPLES).filter((example) => example !== 'spring-notes' || hasMaven());
  if (!quick && !hasMaven()) notes.push('Maven is not here: spring-notes was not measured');
  for (const example of examples) {
    const runs = new Map<IsolationName, ExampleTimes[]>();
    prepare(example);
    for (let number = 0; number < rounds; number++)
      for (const isolation of ISOLATIONS) {
        const times = await runExample(example, isolation);
        runs.set(isolation, [...(runs.get(isolation) ?? []), times]);
      }
    for (const [isolation, times] of runs) {
      const [bad] = times.filter(({ failed }) => failed > 0);
      if (bad) {
        notes.push(`${example} is not timed with ${isolation}: ${bad.failed} of its ${bad.tests} tests fail with it`);
        continue;
      }
      const name = `${example}, ${times[0]?.tests} tests, ${isolation}`;
      cases[`whole command, ${name}`] = summarize(times.map(({ commandMs }) => commandMs));
      cases[`a test, ${name}`] = summarize(times.map(({ perTestMs }) => perTestMs));
      cases[`a reset, ${name}`] = summarize(times.flatMap(({ resetsMs }) => resetsMs));
    }
  }
  return { cases, notes };
}

/** What is made once for all runs is none of them. */
function prepare(example: Example): void {
  const requirements = path.join(folderOf(example), 'requirements.txt');
  if (fs.existsSync(requirements)) ensureVenv(folderOf(example), [requirements]);
  if (example === 'spring-notes') ensureJunitJars();
}

async function runExample(example: Example, isolation: IsolationName): Promise<ExampleTimes> {
  const report = fs.mkdtempSync(path.join(os.tmpdir(), 'seatrial-bench-example-'));
  try {
    const args = [SEATRIAL, '--cwd', folderOf(example), 'run', '--isolation', isolation, '--report', report];
    let failure: unknown;
    const commandMs = await timed(() =>
      runProgram(process.execPath, args).catch((error: unknown) => {
        failure = error;
      }),
    );
    const times = readEvents(path.join(report, 'events.ndjson'));
    if (times.tests === 0 || (failure !== undefined && times.failed === 0)) throw failure ?? new Error(`${example} has no tests`);
    return { ...times, commandMs };
  } finally {
    fs.rmSync(report, { recursive: true });
  }
}

function readEvents(file: string): Omit<ExampleTimes, 'commandMs'> {
  const events = fs
    .readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent);
  const tests = events.filter((event) => event.type === 'test.finished');
  const resetsMs = events.flatMap((event) => (event.type === 'lease.reset' && event.scope === 'test' ? [event.ms] : []));
  const around = events.filter(({ type }) => type === 'test.started' || type === 'test.finished' || type === 'lease.reset');
  return {
    tests: tests.length,
    failed: tests.filter(({ result }) => result.outcome === 'failed').length,
    perTestMs: round(((around.at(-1)?.at ?? 0) - (around[0]?.at ?? 0)) / Math.max(1, tests.length), 2),
    resetsMs,
  };
}
