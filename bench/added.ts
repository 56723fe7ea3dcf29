// What isolation `rewind` adds to a test in each runner, its reset included: the time from one test's begin to the next one's, less what it is when
// nothing is taken back. Each test writes to two tables, with a commit each.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureJunitJars, ensureTestClassPath } from '../scripts/dev/java.mjs';
import { ensureVenv } from '../scripts/dev/python.mjs';
import { runProgram } from './lib/program.ts';
import { publish, type Ratio } from './lib/result.ts';
import { round, type Summary, summarize } from './lib/stats.ts';
import { shopSchema, shopSeed } from './reset/schema.ts';

const quick = process.argv.includes('--quick');
const TESTS = quick ? 100 : 500;
const ROUNDS = quick ? 1 : 5;
const HERE = path.join(import.meta.dirname, 'added');
const PACKAGES = path.join(import.meta.dirname, '../node_modules');

interface Runner {
  readonly name: string;
  /** Milliseconds. */
  readonly limit: number;
  readonly files: string;
  command(): readonly string[];
}
const RUNNERS: readonly Runner[] = [
  { name: 'Vitest', limit: 2, files: 'vitest', command: () => [path.join(PACKAGES, '.bin/vitest'), 'run', '--reporter=dot'] },
  {
    name: 'pytest',
    limit: 2,
    files: 'pytest',
    command: () => {
      const folder = path.join(HERE, 'pytest');
      return [path.join(ensureVenv(folder, [path.join(folder, 'requirements.txt')]), 'python'), '-m', 'pytest', '-q'];
    },
  },
  {
    name: 'JUnit',
    limit: 3,
    files: 'junit',
    command: () => {
      ensureJunitJars();
      const launcher = ['org.junit.platform.console.ConsoleLauncher', 'execute', '--disable-banner', '--details=none'];
      return ['java', '-cp', ensureTestClassPath(path.join(HERE, 'junit')), ...launcher, '--select-class', 'added.AddedTest'];
    },
  },
];

const cases: Record<string, Summary> = {};
const ratios: Ratio[] = [];
for (const { name, limit, files, command } of RUNNERS) {
  const [file = '', ...args] = command();
  const cycles = new Map<string, number[]>();
  for (let number = 0; number < ROUNDS; number++)
    for (const isolation of number % 2 ? ['rewind', 'run'] : ['run', 'rewind']) {
      const found = await runSuite(files, isolation, [file, ...args]);
      cycles.set(isolation, [...(cycles.get(isolation) ?? []), ...found]);
    }
  for (const [isolation, list] of cycles) cases[`one test after the other, ${name}, ${isolation}`] = summarize(list);
  const added = summarize(cycles.get('rewind') ?? []).medianMs - summarize(cycles.get('run') ?? []).medianMs;
  ratios.push({ name: `added to a test, ${name}, ms`, value: round(added, 2), target: `<= ${limit}`, reached: added <= limit });
}
publish({ name: 'added', cases, ratios, versions: { node: process.version }, notes: [] }, { quick });

/** From each test's begin to the next one's; the first ones are left out, in which runners and servers warm up. */
async function runSuite(files: string, isolation: string, command: readonly string[]): Promise<number[]> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seatrial-bench-added-'));
  try {
    fs.chmodSync(folder, 0o755);
    for (const name of fs.readdirSync(path.join(HERE, files)))
      if (/\.(mjs|py)$/.test(name)) fs.copyFileSync(path.join(HERE, files, name), path.join(folder, name));
    fs.symlinkSync(PACKAGES, path.join(folder, 'node_modules'));
    fs.writeFileSync(path.join(folder, 'schema.sql'), `${shopSchema(60)};\n`);
    fs.writeFileSync(path.join(folder, 'seed.sql'), `${shopSeed(2000)};\n`);
    fs.writeFileSync(
      path.join(folder, 'seatrial.yaml'),
      'services:\n  db: { use: postgres@18, drivers: [embedded], migrate: schema.sql, seed: seed.sql }\n',
    );
    const times = path.join(folder, 'times.json');
    const main = path.join(import.meta.dirname, '../src/cli/main.ts');
    await runProgram(process.execPath, [main, 'run', '--isolation', isolation, '--', ...command], {
      cwd: folder,
      env: { ...process.env, ADDED_TIMES: times, ADDED_TESTS: String(TESTS) },
    });
    const starts = JSON.parse(fs.readFileSync(times, 'utf8')) as number[];
    if (starts.length !== TESTS) throw new Error(`${starts.length} tests ran instead of ${TESTS}`);
    return starts
      .slice(1)
      .map((at, index) => at - (starts[index] as number))
      .slice(TESTS / 10);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
