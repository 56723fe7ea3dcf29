import { expect, test } from 'vitest';
import { environmentOf, seatrial, startSeatrial } from './cli.ts';
import { findLeftovers } from './leftovers.ts';
import { program } from './programs.ts';
import { DB_AND_CACHE, makeWorkspace } from './workspace.ts';

const USE = `node ${program('sql.mjs')} 'create table mine (id int)' 'select current_database() as db' && node ${program('redis.mjs')} 'SET a 1' DBSIZE && printenv DATABASE_URL REDIS_URL SHOP_TEST_RUN_ID`;

test('R2: two runs in one project at the same time have servers, ports and names of their own', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': DB_AND_CACHE });
  const runs = [1, 2].map(() => startSeatrial(workspace, ['run', '--', 'sh', '-c', `${USE}; echo up; cat`]));
  await Promise.all(runs.map((run) => run.untilStdout(/up/))); // both hold their services now

  for (const run of runs) run.closeStdin();
  const ended = await Promise.all(runs.map((run) => run.ended));

  expect(ended.map(({ code }) => code)).toEqual([0, 0]);
  const printed = ended.map(({ stdout }) => stdout.split('\n').filter((line) => /^(postgres|redis)|^\w{10,}$/.test(line)));
  expect(printed[0]).toHaveLength(3);
  for (const [index, line] of (printed[0] as string[]).entries()) expect(line).not.toBe(printed[1]?.[index]);
  expect(findLeftovers(workspace)).toEqual([]);
});

test('Four runs of two projects at once all pass', async () => {
  const workspaces = [makeWorkspace({ 'seatrial.yaml': DB_AND_CACHE }), makeWorkspace({ 'seatrial.yaml': DB_AND_CACHE })];

  const ended = await Promise.all(
    [...workspaces, ...workspaces].map((workspace) => seatrial(workspace, ['run', '--', 'sh', '-c', USE])),
  );

  expect(ended.map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual([0, 0, 0, 0]);
});

const MIGRATED = {
  'seatrial.yaml': 'services:\n  db: { use: postgres@18, migrate: migrations, seed: seed.sql }\n',
  'seed.sql': 'insert into item (name) values (1), (2);',
};

test('D7: the second run reuses the migrated and seeded database and says why; --fresh and a changed migration do not', async () => {
  const unique = `t${Date.now()}${process.pid}`; // a template that no earlier run of this test has made
  const workspace = makeWorkspace({
    ...MIGRATED,
    'migrations/001_item.sql': `create table item (id serial primary key, name int); create table ${unique} ();`,
  });
  const run = (...flags: readonly string[]) =>
    seatrial(workspace, ['run', ...flags, '--', 'node', program('sql.mjs'), 'insert into item (name) values (3) returning id']);

  const first = await run();
  const second = await run();
  const fresh = await run('--fresh');
  workspace.write('migrations/002_more.sql', 'insert into item (name) values (0)');
  const changed = await run();

  expect(first.stderr).toMatch(/migrate: .*done in/);
  expect(first.stdout).toBe('[{"id":3}]\n');
  expect(second.stderr).toMatch(/reused, made .* ago, because/);
  expect(second.stderr).not.toMatch(/done in/);
  expect(second.stdout).toBe('[{"id":3}]\n');
  expect(fresh.stderr).toMatch(/migrate: .*done in/);
  expect(fresh.stderr).not.toContain('reused');
  expect(changed.stderr).not.toContain('reused');
  expect(changed.stdout).toBe('[{"id":4}]\n');
});

test('D7: two first runs at once of a project with migrations both get the migrated database', async () => {
  const workspace = makeWorkspace({
    ...MIGRATED,
    'migrations/001_item.sql': `create table item (id serial primary key, name int); create table t${Date.now()}${process.pid}x ();`,
  });

  const ended = await Promise.all(
    [1, 2].map(() => seatrial(workspace, ['run', '--', 'node', program('sql.mjs'), 'select count(*)::int as n from item'])),
  );

  expect(ended.map(({ stdout }) => stdout)).toEqual(['[{"n":2}]\n', '[{"n":2}]\n']);
});

test('Two services of one kind have names of their own; the first one has the ecosystem’s', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': 'services:\n  cache: redis\n  jobs: redis\n' });

  const env = await environmentOf(workspace);

  expect(env.REDIS_URL).toBe(env.CACHE_URL);
  expect(env.JOBS_PORT).not.toBe(env.CACHE_PORT);
});
