import fs from 'node:fs';
import { expect, test } from 'vitest';
import { jest, mocha, nodeTest, type RunnerCase, vitest } from '../runners/runner-cases.ts';
import { makeProject } from './baseline-suite.ts';
import { seatrial, startProgram } from './cli.ts';
import { leftoversAfter } from './leftovers.ts';
import { pluginFile } from './plugin-file.ts';
import { DB } from './workspace.ts';

/** Each test inserts the same row, asks what has changed, takes it back by hand, and inserts it again. */
const suite = (file: string) => `
  const opened = (async () => {
    const pg = await load('pg');
    const { seatrial } = await load('${pluginFile(file)}');
    return { seatrial, db: new (pg.default ?? pg).Pool({ connectionString: process.env.DATABASE_URL }) };
  })();
  const insert = async () => (await opened).db.query("insert into items (name) values ('own')");
  describe('outer', () => {
    afterAll(async () => (await opened).db.end());
    for (const name of ['one', 'two'])
      test(name, async () => {
        const { seatrial, db } = await opened;
        await insert();
        const changes = await seatrial.diff('db');
        const reports = await seatrial.reset();
        const { rows } = await db.query('select name from items');
        await insert();
        const seen = { changes, how: reports.db.how, rows, lease: seatrial.lease.env.DATABASE_URL === process.env.DATABASE_URL };
        (await load('node:fs')).appendFileSync('seen', JSON.stringify(seen) + '\\n');
      });
  });\n`;

const withFlags = (runner: RunnerCase, ...flags: readonly string[]): RunnerCase => ({
  ...runner,
  title: `${runner.title} with the plug-in`,
  command: [...runner.command, ...flags],
});
const withFile = (runner: RunnerCase, name: string, text: string): RunnerCase => ({
  ...runner,
  files: { ...runner.files, [name]: text },
});
const vitestConfig = `import seatrial from '${pluginFile('vitest.mjs')}'; export default { plugins: [seatrial()], test: { globals: true } };`;
const jestConfig = JSON.stringify({ name: 'shop', jest: { globalSetup: pluginFile('jest.cjs') } });
const nodeFlags = ['--import', pluginFile('node-test.mjs'), '--test', '--test-reporter=tap'];

test.for([
  { runner: withFile(vitest(5), 'vitest.config.js', vitestConfig), file: 'vitest.mjs' },
  { runner: withFile(vitest(5, '--pool', 'threads'), 'vitest.config.js', vitestConfig), file: 'vitest.mjs' },
  { runner: withFile(vitest(3), 'vitest.config.js', vitestConfig), file: 'vitest.mjs' },
  { runner: withFile(jest(30, '-i'), 'package.json', jestConfig), file: 'jest.cjs' },
  { runner: withFile(jest(29, '-w', '2'), 'package.json', jestConfig), file: 'jest.cjs' },
  { runner: withFlags(mocha(12), '--require', pluginFile('mocha.mjs')), file: 'mocha.mjs' },
  { runner: withFlags(mocha(10, '--parallel', '--jobs', '2'), '--require', pluginFile('mocha.mjs')), file: 'mocha.mjs' },
  { runner: { ...nodeTest(), command: [process.execPath, ...nodeFlags] }, file: 'node-test.mjs' },
])('Started without `seatrial run`, $runner.title has its services by the plug-in', async ({ runner, file }) => {
  const workspace = makeProject(runner, { 'a.test.js': suite(file), 'b.test.js': suite(file) });
  workspace.write(
    'seatrial.yaml',
    `${DB.replace('postgres@18', '{ use: postgres@18, migrate: migrations }')}test: { isolation: rewind }\n`,
  );

  const { code, stdout, stderr } = await startProgram(workspace, runner.command, { input: '' }).ended;

  expect(code, stdout + stderr).toBe(0);
  const change = { table: 'items', op: 'insert', after: { id: 2, name: 'own' } };
  const line = JSON.stringify({ changes: [change], how: 'rewind', rows: [{ name: 'seed' }], lease: true });
  expect(workspace.read('seen').trim().split('\n')).toEqual([line, line, line, line]);
  expect((await seatrial(workspace, ['services', 'stop'])).code).toBe(0);
  expect(await leftoversAfter(workspace)).toEqual([]);
});

test('A fixture of the file that is first asked for in the middle of a test stays with inFile()', async () => {
  const file = `
    import pg from 'pg';
    import { test as base, afterAll } from 'vitest';
    import { seatrial } from '${pluginFile('vitest.mjs')}';
    const db = new pg.Pool({ connectionString: process.env.DATABASE_URL });
    afterAll(() => db.end());
    const insert = (name) => db.query('insert into items (name) values ($1)', [name]);
    const test = base.extend({
      company: [async ({}, use) => { await seatrial.inFile(() => insert('company')); await use('company'); }, { scope: 'file' }],
    });
    for (const name of ['first', 'second'])
      test(name, async ({ company }) => {
        await insert('own');
        const { rows } = await db.query('select name from items order by id');
        if (rows.map(({ name }) => name).join() !== 'seed,company,own') throw new Error(JSON.stringify(rows));
      });\n`;
  const runner = vitest(5);
  const workspace = makeProject(runner, { 'a.test.js': file });

  const { code, stdout, stderr } = await seatrial(workspace, ['run', '--isolation', 'rewind', '--', ...runner.command]);

  expect(code, stdout + stderr).toBe(0);
  expect(stderr).toMatch(/2 tests: 2 passed; 2 resets/);
});

test('A plug-in in a project that needs no service says so, and what to do', async () => {
  const runner = withFile(vitest(5), 'vitest.config.js', vitestConfig);
  const workspace = makeProject(runner, { 'a.test.js': `test('one', () => {});\n` });
  fs.rmSync(`${workspace.project}/seatrial.yaml`);
  fs.rmSync(`${workspace.project}/migrations`, { recursive: true });

  const { code, stderr } = await startProgram(workspace, runner.command, { input: '' }).ended;

  expect(code).not.toBe(0);
  expect(stderr).toMatch(
    /Seatrial could not start the services of this project: .*\(SEATRIAL_CONFIG_NOT_FOUND; name some with --service/,
  );
});
