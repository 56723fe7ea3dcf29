import { expect, test } from 'vitest';
import { seatrial, startProgram, startSeatrial } from './cli.ts';
import { findLeftovers, leftoversAfter, WATCHDOG_MS } from './leftovers.ts';
import { program } from './programs.ts';
import { makeWorkspace } from './workspace.ts';

const FAILING = 'services:\n  db: { use: postgres@18, migrate: "sh migrate.sh" }\n  cache: redis\n';
const MIGRATE = `node ${program('sql.mjs')} 'create table half_done (id int)' && echo "migration 7: column is ambiguous" >&2; exit 9\n`;

test('A failing migration shows its output, starts no command, and leaves nothing', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': FAILING, 'migrate.sh': MIGRATE });

  const { code, stdout, stderr } = await seatrial(workspace, ['run', '--', 'echo', 'the command ran']);

  expect(stderr).toMatch(
    /db: `sh migrate\.sh` \(seatrial\.yaml:2\) failed with exit code 9\n(.*\n)*migration 7: column is ambiguous/,
  );
  expect(stderr).toMatch(/SEATRIAL_MIGRATION_FAILED: .*--keep/);
  expect(stdout).toBe('');
  expect(code).toBe(125);
  expect(findLeftovers(workspace)).toEqual([]);
});

test.for([
  ['a command', FAILING, 'SEATRIAL_MIGRATION_FAILED'],
  ['an SQL file', 'services:\n  db: { use: postgres@18, migrate: bad.sql }\n', 'SEATRIAL_SCRIPT_FAILED'],
  ['a command of a quiet run', FAILING, 'SEATRIAL_MIGRATION_FAILED', '--quiet'],
] as const)('With --keep the services stay after %s failed, until SIGINT', async ([, configuration, errorCode, ...flags]) => {
  const workspace = makeWorkspace({
    'seatrial.yaml': configuration,
    'migrate.sh': MIGRATE,
    'bad.sql': 'create table half_done (id int);\nselect no_such_column;\n',
  });
  const run = startSeatrial(workspace, ['run', '--keep', ...flags, '--', 'echo', 'the command ran']);
  const [, url] = await run.untilStderr(/kept: db at (postgresql:\S+)/);
  await run.untilStderr(/press Ctrl-C/);

  const look = startProgram(workspace, ['node', program('sql.mjs'), 'select * from half_done'], {
    input: '',
    env: { DATABASE_URL: (url as string).replace(':***@', ':testpass@') },
  });
  expect((await look.ended).stdout).toBe('[]\n');
  run.kill('SIGINT');
  const { code, stdout, stderr } = await run.ended;

  expect(stderr).toContain(errorCode);
  expect(stdout).toBe('');
  expect(code).toBe(130);
  expect(await leftoversAfter(workspace)).toEqual([]);
});

test('An SQL migration that fails tells file, line and what PostgreSQL said', async () => {
  const workspace = makeWorkspace({
    'seatrial.yaml': 'services:\n  db: { use: postgres@18, migrate: migrations }\n',
    'migrations/01.sql': 'create table a (id int);\n',
    'migrations/02.sql': '-- second\ncreate table b (\n  id in\n);\n',
  });

  const { code, stderr } = await seatrial(workspace, ['run', '--', 'true']);

  expect(stderr).toMatch(/02\.sql:\d+.*type "in" does not exist|02\.sql:\d+.*syntax error/);
  expect(stderr).not.toContain('01.sql:');
  expect(code).toBe(125);
  expect(findLeftovers(workspace)).toEqual([]);
});

test('A migration command that is not there is named', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': 'services:\n  db: { use: postgres@18, migrate: no-such-tool up }\n' });

  const { code, stderr } = await seatrial(workspace, ['run', '--', 'true']);

  expect(stderr).toMatch(/no-such-tool.*was not found in PATH, \.venv\/bin or node_modules\/\.bin/);
  expect(code).toBe(125);
});

test('A command whose inputs are not declared runs each time; with inputs its result is reused until they change', async () => {
  const workspace = makeWorkspace({
    'schema.txt': `t${Date.now()}${process.pid}`,
    'migrate.sh': `echo migrating; node ${program('sql.mjs')} "create table $(cat schema.txt) (id int)"\n`,
    'seatrial.yaml': 'services:\n  db: { use: postgres@18, migrate: "sh migrate.sh" }\n',
  });
  const run = async () =>
    (
      await seatrial(workspace, [
        'run',
        '--',
        'node',
        program('sql.mjs'),
        "select count(*)::int as n from pg_tables where schemaname = 'public'",
      ])
    ).stderr.includes('migrating');

  expect([await run(), await run()]).toEqual([true, true]);
  workspace.write(
    'seatrial.yaml',
    'services:\n  db: { use: postgres@18, migrate: { command: sh migrate.sh, inputs: [schema.txt, migrate.sh] } }\n',
  );
  expect([await run(), await run()]).toEqual([true, false]);
  workspace.write('schema.txt', `u${Date.now()}${process.pid}`);
  expect(await run()).toBe(true);
});

test('SIGINT during a migration ends it and leaves nothing', async () => {
  const workspace = makeWorkspace({
    'seatrial.yaml': 'services:\n  db: { use: postgres@18, migrate: "sh migrate.sh" }\n',
    'migrate.sh': 'echo busy; sleep 979\n',
  });
  const run = startSeatrial(workspace, ['run', '--', 'true']);
  await run.untilStderr(/busy/);

  run.kill('SIGINT');

  expect((await run.ended).code).toBe(130);
  expect(await leftoversAfter(workspace)).toEqual([]);
});

test('SIGKILL during a migration leaves nothing', async () => {
  const workspace = makeWorkspace({
    'seatrial.yaml': 'services:\n  db: { use: postgres@18, migrate: "sh migrate.sh" }\n',
    'migrate.sh': 'echo busy; sleep 980\n',
  });
  const run = startSeatrial(workspace, ['run', '--', 'true']);
  await run.untilStderr(/busy/);

  run.kill('SIGKILL');

  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
});
