// A suite of equal tests with real commits, in Vitest: what it takes to give each test the seed and nothing else, in four ways. Then the
// examples with their own suites, by isolation.

import fs from 'node:fs';
import path from 'node:path';
import { type BenchResult, publish, type Ratio } from './lib/result.ts';
import { round, type Summary, summarize } from './lib/stats.ts';
import { barChart } from './suite/bar-chart.ts';
import { benchExamples } from './suite/examples.ts';
import { makeSuite, runSuite, type Strategy, type SuiteTimes } from './suite/project.ts';

const quick = process.argv.includes('--quick');
const WORKERS = [1, 2, 4];
const FILES = 4;
const ROUNDS = quick ? 1 : 3;
/** Slow ways run a share of the tests: what counts is how many of them go through in a second. */
const TESTS: Readonly<Record<Strategy, number>> = quick
  ? { rewind: 200, truncate: 40, clone: 40, snapshot: 8 }
  : { rewind: 1000, truncate: 200, clone: 400, snapshot: 24 };
const TITLES: Readonly<Record<Strategy, string>> = {
  rewind: 'Seatrial rewind',
  truncate: 'TRUNCATE all + reseed on the server',
  clone: 'a template clone for each test',
  snapshot: 'Testcontainers snapshot and restore',
};

const image = process.env.SEATRIAL_BENCH_IMAGE;
const cases: Record<string, Summary> = {};
const perSecond = new Map<string, number>();
const notes = image ? [] : ['no Docker image was named (SEATRIAL_BENCH_IMAGE): snapshot and restore was not measured'];
for (const workers of WORKERS) {
  const runs = new Map<Strategy, SuiteTimes[]>();
  for (let number = 0; number < ROUNDS; number++)
    for (const strategy of ['truncate', 'rewind', 'clone', 'snapshot'] as const) {
      if (strategy === 'snapshot' && (!image || workers > 1)) continue;
      const tests = TESTS[strategy];
      using suite = makeSuite({ tests, files: FILES });
      const times = await runSuite(suite.folder, strategy, { workers, tests, ...(image ? { image } : {}) });
      runs.set(strategy, [...(runs.get(strategy) ?? []), times]);
    }
  for (const [strategy, times] of runs) {
    const name = `${TITLES[strategy]}, ${workers} ${workers === 1 ? 'worker' : 'workers'}`;
    cases[`one test after the other, ${name}`] = summarize(times.flatMap(({ cyclesMs }) => cyclesMs));
    cases[`whole command of ${TESTS[strategy]} tests, ${name}`] = summarize(times.map(({ commandMs }) => commandMs));
    perSecond.set(`${strategy} ${workers}`, summarize(times.map(({ testsPerSecond }) => testsPerSecond)).medianMs);
  }
}
const ratios: Ratio[] = WORKERS.flatMap((workers) =>
  (['truncate', 'clone', 'snapshot'] as const).flatMap((strategy): Ratio[] => {
    const [ours, theirs] = [perSecond.get(`rewind ${workers}`), perSecond.get(`${strategy} ${workers}`)];
    if (!ours || !theirs) return [];
    const value = round(ours / theirs);
    const least = { truncate: 10, clone: 3, snapshot: undefined }[strategy];
    const name = `tests per second, rewind / ${TITLES[strategy]}, ${workers} ${workers === 1 ? 'worker' : 'workers'}`;
    return [{ name, value, ...(least ? { target: `>= ${least}`, reached: value >= least } : {}) }];
  }),
);
const examples = await benchExamples({ quick });
const result: BenchResult = {
  name: 'suite',
  cases: { ...cases, ...examples.cases },
  ratios,
  versions: { node: process.version },
  notes: [...notes, ...examples.notes],
  details: { testsPerSecond: Object.fromEntries([...perSecond].map(([name, value]) => [name, round(value)])) },
};
publish(result, { quick });
if (!quick)
  fs.writeFileSync(
    path.join(import.meta.dirname, '../docs/guide/suite.svg'),
    barChart(
      'Tests per second in a suite of equal tests with real commits (60 tables, 2,000 seed rows, 2 cores)',
      [...perSecond].map(([name, value]) => {
        const [strategy, workers] = name.split(' ') as [Strategy, string];
        return { label: `${TITLES[strategy]}, ${workers}x`, value };
      }),
    ),
  );
