import { expect, test } from 'vitest';
import { vitest } from '../runners/runner-cases.ts';
import { baselineFiles, expectedSeen, makeProject } from './baseline-suite.ts';
import { seatrial } from './cli.ts';
import { leftoversAfter } from './leftovers.ts';

const RETRIES = { retries: true };

test.for([
  vitest(5, '--pool', 'forks', '--maxWorkers', '2'),
  vitest(5, '--pool', 'threads', '--maxWorkers', '2'),
  vitest(5, '--pool', 'vmThreads', '--maxWorkers', '2'),
  vitest(5, '--no-isolate', '--maxWorkers', '2'),
  vitest(5, '--no-file-parallelism'),
  vitest(5, '--sequence.shuffle.files', '--no-isolate', '--maxWorkers', '1'),
  vitest(4, '--pool', 'forks'),
  vitest(4, '--pool', 'threads', '--no-isolate'),
  vitest(3, '--pool', 'forks'),
  vitest(3, '--pool', 'threads'),
])('Each test starts from the state of its file: $title', async (runner) => {
  const workspace = makeProject(runner, baselineFiles(runner, RETRIES));

  const { code, stdout, stderr } = await seatrial(workspace, ['run', '--isolation', 'rewind', '--', ...runner.command]);

  expect(code, stdout + stderr).toBe(1);
  expect(workspace.read('seen').trim().split('\n').sort(), stdout + stderr).toEqual(expectedSeen(RETRIES));
  expect(stderr).toMatch(/18 tests: 15 passed, 3 failed; 18 resets/);
  expect(await leftoversAfter(workspace)).toEqual([]);
});

test('The next process of a worker gets the lease of the last one, as new', async () => {
  const file = `
    import fs from 'node:fs';
    import pg from 'pg';
    const db = new pg.Pool({ connectionString: process.env.DATABASE_URL });
    beforeAll(() => db.query("insert into items (name) values ('file')"));
    afterAll(() => db.end());
    test('finds the seed and its own', async () => {
      const { rows } = await db.query('select id, name from items order by id');
      expect(rows).toEqual([{ id: 1, name: 'seed' }, { id: 2, name: 'file' }]);
      await db.query("insert into items (name) values ('test')");
      fs.appendFileSync('seen', process.env.DATABASE_URL + process.env.REDIS_URL + '\\n');
    });\n`;
  const runner = vitest(5, '--pool', 'forks', '--maxWorkers', '1');
  const workspace = makeProject(runner, { 'a.test.js': file, 'b.test.js': file, 'c.test.js': file });

  const { code, stdout, stderr } = await seatrial(workspace, ['run', '--isolation', 'rewind', '--', ...runner.command]);

  expect(code, stdout + stderr).toBe(0);
  const seen = workspace.read('seen').trim().split('\n');
  expect(seen, stdout + stderr).toHaveLength(3);
  expect(new Set(seen).size, stdout + stderr).toBe(1);
  expect(await leftoversAfter(workspace)).toEqual([]);
});

test('A transaction that aroundEach keeps open around the test has ended before the reset', async () => {
  const file = `
    import pg from 'pg';
    const db = new pg.Pool({ connectionString: process.env.DATABASE_URL });
    let own;
    aroundEach(async (run) => {
      own = await db.connect();
      await own.query('begin');
      await run();
      await own.query('rollback');
      own.release();
    });
    afterAll(() => db.end());
    test.for([1, 2, 3])('%i', async () => {
      await own.query("insert into items (name) values ('own')");
      await db.query("insert into items (name) values ('committed')");
    });\n`;
  const runner = vitest(5);
  const workspace = makeProject(runner, { 'a.test.js': file });

  const { code, stdout, stderr } = await seatrial(workspace, ['run', '--isolation', 'rewind', '--', ...runner.command]);

  expect(code, stdout + stderr).toBe(0);
  expect(stderr).toMatch(/3 tests: 3 passed; 3 resets/);
  expect(stderr).not.toMatch(/transaction/);
});

test('Eight workers with 200 tests each, which all write the same, see nothing of each other', { timeout: 300_000 }, async () => {
  const file = `
    import pg from 'pg';
    const db = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 1 });
    afterAll(() => db.end());
    test.for(Array.from({ length: 200 }, (_, i) => i))('%i', async () => {
      await db.query("insert into items (name) values ('own')");
      const { rows } = await db.query('select id, name from items order by id');
      if (JSON.stringify(rows) !== '[{"id":1,"name":"seed"},{"id":2,"name":"own"}]') throw new Error(JSON.stringify(rows));
    });\n`;
  const runner = vitest(5, '--maxWorkers', '8', '--testTimeout', '60000');
  const names = Array.from({ length: 8 }, (_, i) => `${i}.test.js`);
  const workspace = makeProject(runner, Object.fromEntries(names.map((name) => [name, file])));

  const { code, stdout, stderr } = await seatrial(workspace, ['run', '--isolation', 'rewind', '--', ...runner.command]);

  expect(code, stdout + stderr).toBe(0);
  expect(stderr).toMatch(/1600 tests: 1600 passed; 1600 resets/);
  expect(await leftoversAfter(workspace)).toEqual([]);
});
