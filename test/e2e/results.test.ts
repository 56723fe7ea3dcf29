import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { seatrial, startSeatrial } from './cli.ts';
import { leftoversAfter, WATCHDOG_MS } from './leftovers.ts';
import { makeWorkspace, type Workspace } from './workspace.ts';

const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const PG = fileURLToPath(new URL('../../node_modules/pg/esm/index.mjs', import.meta.url));
const run = (isolation: string, ...flags: string[]) => ['run', '--isolation', isolation, ...flags, '--', 'node', VITEST, 'run'];

/** A suite over one table with a seed of one row; `body` has `sql(text)`, `test` and `expect`. */
function shop(body: string, { config = '' } = {}): Workspace {
  return makeWorkspace({
    'seatrial.yaml': `services:\n  db: { use: postgres@18, init: schema.sql }\n${config}`,
    'schema.sql': "create table users (id int primary key, name text);\ninsert into users values (1, 'seed');\n",
    'package.json': '{"name":"shop","type":"module"}',
    'users.test.js': `
import pg from '${PG}';
import { afterAll, expect, test } from 'vitest';
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const sql = async (text) => (await pool.query(text)).rows;
const count = async () => (await sql('select count(*)::int as n from users'))[0].n;
afterAll(() => pool.end());
${body}`,
  });
}
const ADDS = (id: number) => `
test('adds ${id}', async () => {
  expect(await count()).toBe(1);
  await sql("insert into users values (${id}, 'x')");
});`;

describe('--report', () => {
  test('writes what the tests did as HTML, JUnit XML and events, and says so', async () => {
    const workspace = shop(`${ADDS(2)}${ADDS(3)}
test('fails', async () => { await sql("insert into users values (4, 'x')"); expect(1, 'one & two').toBe(2); });
test.skip('is skipped', () => {});`);
    const { code, stderr } = await seatrial(workspace, run('rewind', '--report', 'out'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/[34] tests: 2 passed, 1 failed(, 1 skipped)?; 3 resets, median \d+\.\d ms/);
    expect(stderr).toContain('report in out: summary.html, junit.xml, events.ndjson');
    const xml = workspace.read('out/junit.xml');
    expect(xml).toMatch(/<testsuites name="seatrial" tests="[34]" failures="1" errors="0"/);
    expect(xml).toMatch(/<testcase classname="users\.test\.js" name="adds 2" time="[0-9.]+">/);
    expect(xml).toContain('one &#38; two');
    expect(workspace.read('out/summary.html')).toContain('<h1>shop: <span class="failed">failed</span></h1>');
    const events = workspace
      .read('out/events.ndjson')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.filter(({ type }) => type === 'lease.reset').length).toBeGreaterThanOrEqual(3);
    expect(JSON.stringify(events)).not.toContain('testpass');
    expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
  });

  test('to a place that can not be written is refused before anything starts', async () => {
    const workspace = shop(ADDS(2));
    workspace.write('out', 'a file');
    const { code, stderr } = await seatrial(workspace, run('rewind', '--report', 'out'));
    expect([code, stderr]).toEqual([2, expect.stringContaining('--report')]);
  });
});

test('a transaction that a test leaves open is ended, and named with its statement and its test', async () => {
  const workspace = shop(`
test('forgets to commit', async () => {
  const client = new pg.Client(process.env.DATABASE_URL);
  client.on('error', () => {});
  await client.connect();
  await client.query('begin');
  await client.query("insert into users values (7, 'open')");
});${ADDS(7)}`);
  const { code, stderr, stdout } = await seatrial(workspace, run('rewind'));
  expect(code, stdout + stderr).toBe(0);
  expect(stderr).toMatch(/leak: users\.test\.js > forgets to commit left db: .*insert into users values \(7/i);
});

describe('--keep-failed', () => {
  test('keeps the state of a failed test at a URL of its own until Ctrl-C', async () => {
    const workspace = shop(`
test('fails', async () => { await sql("insert into users values (2, 'evidence')"); expect(await count()).toBe(9); });${ADDS(3)}`);
    const started = startSeatrial(workspace, run('rewind', '--keep-failed'), { input: '' });
    const [, url = ''] = await started.untilStderr(/fails left db at (\S+)/);
    await started.untilStderr(/psql '?postgres[\s\S]*press Ctrl-C/);
    const client = new pg.Client(url);
    await client.connect();
    const { rows } = await client.query('select name from users order by id');
    await client.end();
    expect(rows).toEqual([{ name: 'seed' }, { name: 'evidence' }]);
    started.kill('SIGINT');
    expect((await started.ended).code).toBe(1);
    expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
  });

  test('of a suite that passes ends by itself', async () => {
    expect(await seatrial(shop(ADDS(2)), run('rewind', '--keep-failed'))).toMatchObject({ code: 0 });
  });
});

describe('onReset', () => {
  test('runs a command with the environment of the lease after each test', async () => {
    const workspace = shop(ADDS(2) + ADDS(3), { config: 'test: { onReset: node note.mjs }\n' });
    workspace.write('note.mjs', "import fs from 'node:fs';\nfs.appendFileSync('noted', process.env.PGDATABASE + '\\n');");
    expect(await seatrial(workspace, run('rewind'))).toMatchObject({ code: 0 });
    const noted = workspace.read('noted').trim().split('\n');
    expect(noted).toHaveLength(2);
    expect(noted[0]).toMatch(/^shop_test_[0-9a-f]{10}$/);
  });

  test('that fails is told with what it said', async () => {
    const workspace = shop(ADDS(2), {
      config: "test: { onReset: ['node', '-e', 'console.error(\"no cache\"); process.exit(3)'] }\n",
    });
    const { code, stdout, stderr } = await seatrial(workspace, run('rewind'));
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(/onReset, node .*ended with 3: no cache/);
  });
});

describe('--check-isolation', () => {
  test('of a suite whose tests are reset finds nothing', async () => {
    const { code, stderr, stdout } = await seatrial(shop(ADDS(2) + ADDS(3) + ADDS(4)), run('rewind', '--check-isolation'));
    expect(code, stdout + stderr).toBe(0);
    expect(stderr).toContain('isolation: no test leaves anything behind or depends on the order');
  });

  test('names the test that leaves rows, and the one that depends on the order', async () => {
    const workspace = shop(`
let cache;
test('fills the cache', async () => { cache = 1; });
test('leaves a row', async () => { await sql("insert into users values (8, 'left')"); });
test('needs the cache', () => { expect(cache).toBe(1); });
test('is fine', () => {});`);
    for (const seed of ['1', '2', '3', '4', '5', '6']) {
      const { code, stderr } = await seatrial(workspace, run('worker', '--check-isolation'), {
        env: { SEATRIAL_SHUFFLE_SEED: seed },
      });
      expect(stderr).toMatch(/leak: users\.test\.js > leaves a row left db: /);
      if (!/depends on the order: users\.test\.js > needs the cache passed .* failed/.test(stderr)) continue; // the cache was filled first
      expect(code).not.toBe(0);
      return;
    }
    expect.fail('no seed of six put the test that needs the cache first');
  });
});

test('a run that is attached to started services resets by its own isolation', async () => {
  const workspace = shop(ADDS(2) + ADDS(2).replace('adds 2', 'adds it again'));
  expect((await seatrial(workspace, ['services', 'start'])).code).toBe(0);
  const { code, stdout, stderr } = await seatrial(workspace, run('rewind', '--report', 'out'));
  expect(code, stdout + stderr).toBe(0);
  expect(stderr).toContain('attached to the services');
  expect(stderr).toMatch(/2 tests: 2 passed; 2 resets/);
  expect(fs.existsSync(path.join(workspace.project, 'out/junit.xml'))).toBe(true);
  await seatrial(workspace, ['services', 'stop']);
  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
});
