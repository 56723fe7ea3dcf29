import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres } from '../helpers/embedded-postgres.ts';
import { seatrial } from './cli.ts';
import { findProcesses, leftoversAfter } from './leftovers.ts';
import { DB_AND_CACHE, makeWorkspace } from './workspace.ts';

const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const PG = fileURLToPath(new URL('../../node_modules/pg/esm/index.mjs', import.meta.url));

/** The server that a suite has by itself, as Testcontainers would give it. */
let own: Awaited<ReturnType<typeof startPostgres>>;
let folder: string;

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'st-e2e-own-'));
  fs.chmodSync(folder, 0o755);
  process.env.SEATRIAL_DATA_DIR = folder;
  own = await startPostgres();
});
afterAll(async () => {
  await own[Symbol.asyncDispose]();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Each file writes what it sees of the address, and a row that stays. */
const suite = (row: number) => `
import fs from 'node:fs';
import pg from '${PG}';
import { expect, test } from 'vitest';
test.for([1, 2])('writes', async (attempt) => {
  const db = new pg.Client(process.env.DATABASE_URL);
  await db.connect();
  await db.query('create table if not exists kept_${row} (attempt int)');
  await db.query('insert into kept_${row} values ($1)', [attempt]);
  await db.end();
  fs.appendFileSync('seen', process.env.DATABASE_URL + ' ' + process.env.REDIS_URL + '\\n');
});`;
const project = (files: Readonly<Record<string, string>>) =>
  makeWorkspace({
    'package.json': '{"name":"shop","type":"module"}',
    'vitest.config.js': "export default { test: { globalSetup: './setup.js', env: { FROM_CONFIG: 'yes' } } };",
    'setup.js': `import fs from 'node:fs';
export default () => {
  fs.writeFileSync('seen-main', String(process.env.REDIS_URL));
  process.env.DATABASE_URL = '${own.url}';
};`,
    ...files,
  });

const vitest = (pool: string) => ['node', VITEST, 'run', '--pool', pool, '--maxWorkers', '2'];

async function rowsOf(table: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: own.url });
  await client.connect();
  try {
    return (await client.query(`select attempt from ${table} order by 1`)).rows;
  } finally {
    await client.query(`drop table ${table}`);
    await client.end();
  }
}

test.for(['forks', 'threads'])(
  'R16: the URL that a suite sets for itself wins in every worker, with rewind too, and its server is left alone: %s',
  async (pool) => {
    const workspace = project({ 'seatrial.yaml': DB_AND_CACHE, 'a.test.js': suite(1), 'b.test.js': suite(2) });

    const { code, stdout, stderr } = await seatrial(workspace, ['run', '--isolation', 'rewind', '--', ...vitest(pool)]);

    expect(code, stdout + stderr).toBe(0);
    const seen = workspace.read('seen').trim().split('\n');
    expect(seen.map((line) => line.split(' ')[0])).toEqual(Array(4).fill(own.url));
    // What the suite does not set is still that of the worker's lease.
    const redises = new Set(seen.map((line) => line.split(' ')[1]));
    expect([redises.size, redises.has(workspace.read('seen-main'))]).toEqual([2, false]);
    expect(stderr).toContain('2 workers, 2 leases');
    for (const table of ['kept_1', 'kept_2']) expect(await rowsOf(table)).toEqual([{ attempt: 1 }, { attempt: 2 }]);
    expect(await leftoversAfter(workspace)).toEqual([]);
  },
);

test('R16: nothing is started twice for a suite that keeps its Testcontainers', async () => {
  const manifest =
    '{"name":"shop","type":"module","dependencies":{"pg":"8"},"devDependencies":{"@testcontainers/postgresql":"12"}}';
  const workspace = project({ 'package.json': manifest, 'a.test.js': `${suite(3)}` });
  workspace.write(
    'setup.js',
    `import fs from 'node:fs';
export default () => {
  fs.writeFileSync('seen-main', process.env.DATABASE_URL ?? 'none');
  process.env.DATABASE_URL = '${own.url}';
};`,
  );

  const run = seatrial(workspace, ['run', '--isolation', 'rewind', '--', ...vitest('forks')]);
  const { code, stdout, stderr } = await run;

  expect(code, stdout + stderr).toBe(0);
  expect(workspace.read('seen-main')).toBe('none');
  expect(stderr).toContain('no postgres: the suite starts its own, as package.json names @testcontainers/postgresql');
  expect(stderr).not.toMatch(/embedded, ready/);
  expect(await rowsOf('kept_3')).toHaveLength(2);
  expect(findProcesses(workspace.top)).toEqual([]);
});
