import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runProgram, timed } from '../lib/program.ts';
import { STANDARD_TEST, shopSchema, shopSeed } from '../reset/schema.ts';

/** How the suite gets a clean database for each test. */
export const STRATEGIES = ['rewind', 'truncate', 'clone', 'snapshot'] as const;
export type Strategy = (typeof STRATEGIES)[number];

export interface SuiteOptions {
  readonly tests: number;
  readonly files: number;
}
export interface SuiteTimes {
  /** Tests begun per second, from the first to the last of the whole suite. */
  readonly testsPerSecond: number;
  /** From one test's begin to the next one's in the same file: the test, its reset, and what the runner does in between. */
  readonly cyclesMs: readonly number[];
  /** The whole command. */
  readonly commandMs: number;
}

const TABLES = 60;
const ROWS = 2000;
const PACKAGES = path.join(import.meta.dirname, '../../node_modules');

/**
 * A project with a suite of equal tests: each does the standard test with real commits over a pool of its file, and asserts that it found the
 * seed and nothing else. Only the set-up file differs between the strategies.
 */
export function makeSuite({ tests, files }: SuiteOptions): { readonly folder: string } & Disposable {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seatrial-bench-suite-'));
  fs.chmodSync(folder, 0o755);
  const write = (name: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  };
  write('package.json', '{ "name": "suite", "type": "module" }');
  write('schema.sql', `${shopSchema(TABLES)};\n`);
  write('seed.sql', `${shopSeed(ROWS)};\n`);
  write('seatrial.yaml', 'services:\n  db: { use: postgres@18, drivers: [embedded], migrate: schema.sql, seed: seed.sql }\n');
  write(
    'vitest.config.mjs',
    `export default { test: { include: ['tests/*.test.mjs'], pool: 'forks', setupFiles: process.env.SETUP ? [process.env.SETUP] : [], globalSetup: process.env.GLOBAL_SETUP ? [process.env.GLOBAL_SETUP] : [] } };\n`,
  );
  for (const name of ['reset-truncate.mjs', 'reset-clone.mjs', 'global-clone.mjs', 'reset-snapshot.mjs'])
    fs.copyFileSync(path.join(import.meta.dirname, 'fixtures', name), path.join(folder, name));
  for (let file = 0; file < files; file++) write(`tests/f${String(file).padStart(2, '0')}.test.mjs`, suiteFile(tests / files));
  fs.symlinkSync(PACKAGES, path.join(folder, 'node_modules'));
  return { folder, [Symbol.dispose]: () => fs.rmSync(folder, { recursive: true, force: true }) };
}

function suiteFile(tests: number): string {
  return `import fs from 'node:fs';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';

// A fixture that gives each test another database says so here; else the pool is the file's.
let pool;
const app = () => globalThis.appPool ?? (pool ??= new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 2 }));
const starts = [];
afterAll(async () => {
  await pool?.end();
  fs.appendFileSync('times.ndjson', JSON.stringify(starts) + '\\n');
});

test.each([...Array(${tests}).keys()])('test %i', async () => {
  starts.push(Date.now());
  const before = await app().query('SELECT count(*)::int AS customers, (SELECT stock FROM products WHERE id = 1) AS stock FROM customers');
  expect(before.rows).toEqual([{ customers: 300, stock: 1000 }]);
  for (const sql of ${JSON.stringify(STANDARD_TEST)}) await app().query(sql);
  const after = await app().query('SELECT count(*)::int AS customers FROM customers');
  expect(after.rows).toEqual([{ customers: 302 }]);
});
`;
}

/** Runs the suite once. Each worker has a server state of its own by Seatrial; only what happens between two tests differs. */
export async function runSuite(
  folder: string,
  strategy: Strategy,
  { workers, tests, image }: { readonly workers: number; readonly tests: number; readonly image?: string },
): Promise<SuiteTimes> {
  const times = path.join(folder, 'times.ndjson');
  fs.rmSync(times, { force: true });
  const vitest = ['vitest', 'run', `--maxWorkers=${workers}`, '--reporter=dot'];
  const isolation = { rewind: 'rewind', truncate: 'worker', clone: 'run', snapshot: undefined }[strategy];
  const seatrial = [process.execPath, path.join(import.meta.dirname, '../../src/cli/main.ts'), 'run', '--isolation'];
  const [file = '', ...args] = isolation
    ? [...seatrial, isolation, '--', ...vitest]
    : [path.join(PACKAGES, '.bin/vitest'), ...vitest.slice(1)];
  const env = {
    ...process.env,
    ...(strategy === 'rewind' ? {} : { SETUP: `./reset-${strategy}.mjs` }),
    ...(strategy === 'clone' ? { GLOBAL_SETUP: './global-clone.mjs' } : {}),
    // Its reaper is an image of its own, which a machine without an image registry can't have.
    ...(image ? { SUITE_IMAGE: image, TESTCONTAINERS_RYUK_DISABLED: 'true' } : {}),
  };
  const commandMs = await timed(() => runProgram(file, args, { cwd: folder, env }));
  const starts = fs
    .readFileSync(times, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as number[]);
  const all = starts.flat();
  if (all.length !== tests) throw new Error(`${strategy}: ${all.length} tests ran instead of ${tests}`);
  return {
    testsPerSecond: (1000 * (all.length - 1)) / (Math.max(...all) - Math.min(...all)),
    cyclesMs: starts.flatMap((file) => file.slice(1).map((at, index) => at - (file[index] as number))),
    commandMs,
  };
}
