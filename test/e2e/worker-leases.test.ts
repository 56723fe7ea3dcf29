import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { seatrial } from './cli.ts';
import { leftoversAfter } from './leftovers.ts';
import { program } from './programs.ts';
import { DB_AND_CACHE, makeWorkspace } from './workspace.ts';

const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const run = (pool: string) => ['run', '--isolation', 'worker', '--', 'node', VITEST, 'run', '--pool', pool, '--maxWorkers', '2'];

/** Makes a table that only one worker can make in one database, then waits for the other worker. */
const OWN_TABLE = (name: string) => `
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { test } from 'vitest';
test('has a database of its own', async () => {
  execFileSync(process.execPath, ['${program('sql.mjs')}', 'create table only_once (id int)']);
  fs.writeFileSync('seen-${name}', process.env.PGDATABASE + ' ' + process.env.REDIS_URL);
  while (!fs.existsSync('seen-a') || !fs.existsSync('seen-b')) await new Promise((resolve) => setTimeout(resolve, 5));
}, 60_000);
`;
const project = () =>
  makeWorkspace({
    'seatrial.yaml': DB_AND_CACHE,
    'package.json': '{"name":"shop","type":"module"}',
    'a.test.js': OWN_TABLE('a'),
    'b.test.js': OWN_TABLE('b'),
    'vitest.config.js': "export default { test: { globalSetup: './setup.js' } };",
    'setup.js':
      "import fs from 'node:fs';\nexport default () => fs.writeFileSync('seen-main', process.env.PGDATABASE + ' ' + process.env.REDIS_URL);",
  });
const seen = (workspace: ReturnType<typeof project>) =>
  ['seen-main', 'seen-a', 'seen-b'].map((file) => workspace.read(file).split(' '));

test.for(['forks', 'threads'])('Each Vitest worker of a run has a database and a Redis of its own, with %s', async (pool) => {
  const workspace = project();

  const { code, stdout, stderr } = await seatrial(workspace, run(pool));

  expect(code, stdout + stderr).toBe(0);
  const [databases, redises] = [0, 1].map((column) => new Set(seen(workspace).map((words) => words[column])));
  expect([databases?.size, redises?.size]).toEqual([3, 3]);
  expect(stderr).toContain('2 workers, 2 leases');
  expect(await leftoversAfter(workspace)).toEqual([]);
});

test('The workers of a run that is attached to started services have theirs beside the one of the run', async () => {
  const workspace = project();
  expect((await seatrial(workspace, ['services', 'start'])).code).toBe(0);

  const { code, stdout, stderr } = await seatrial(workspace, run('forks'));

  expect(code, stdout + stderr).toBe(0);
  expect(stderr).toContain('attached to the services');
  expect(new Set(seen(workspace).map(([database]) => database)).size).toBe(3);
  const status = await seatrial(workspace, ['services', 'status', '--json']);
  expect(status.stdout).not.toContain('"runner"');
  expect((await seatrial(workspace, ['services', 'stop'])).code).toBe(0);
  expect(await leftoversAfter(workspace)).toEqual([]);
});
