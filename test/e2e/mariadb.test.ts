import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { nativeDriver } from '../../src/drivers/native/index.ts';
import { mariadb } from '../../src/services/mariadb/index.ts';
import { findSpec, toRequest } from '../helpers/launch-service.ts';
import { mariadbQuery } from '../helpers/mariadb-subject.ts';
import { startMariadb } from '../helpers/native-mariadb.ts';
import { seatrial, startSeatrial } from './cli.ts';
import { findLeftovers, findProcesses, leftoversAfter, WATCHDOG_MS } from './leftovers.ts';
import { program } from './programs.ts';
import { makeWorkspace, type Workspace } from './workspace.ts';

const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const SQL = program('mysql.mjs');

const SCHEMA = `
create table notes (id int auto_increment primary key, text varchar(100) not null, constraint no_blank check (text <> ''));
DELIMITER $$
create trigger shout before insert on notes for each row begin
  set new.text = concat(new.text, '!');
end$$
DELIMITER ;
`;
const SEED = "insert into notes (text) values ('one; two'), ('it''s');\n";

/** Of a name that no other run has, so that nothing is in the cache yet. */
const project = (services: string, files: Readonly<Record<string, string>> = {}): Workspace =>
  makeWorkspace({
    'seatrial.yaml': `services:\n  db: ${services}\n`,
    'db/schema.sql': `-- ${Math.random()}\n${SCHEMA}`,
    'db/seed.sql': SEED,
    'package.json': '{"name":"shop","type":"module"}',
    ...files,
  });
const WITH_SCRIPTS = '{ use: mariadb, migrate: db/schema.sql, seed: db/seed.sql }';

const found = await findSpec(nativeDriver, mariadb.configure(toRequest()));
if ('why' in found) test('MariaDB cannot run here', ({ skip }) => skip(found.why));

describe.skipIf('why' in found)('MariaDB', () => {
  test('A run finds what migration and seed have left; the next one finds it again, from the golden template', async () => {
    const workspace = project(WITH_SCRIPTS);
    const command = ['run', '--', 'node', SQL, 'select text from notes order by id', "insert into notes (text) values ('three')"];

    const first = await seatrial(workspace, command);
    const second = await seatrial(workspace, command);

    expect(first.code, first.stderr).toBe(0);
    expect(first.stderr).toMatch(/migrate: schema\.sql done/);
    expect(second.stderr).toMatch(/db MariaDB \d+\.\d+\.\d+, native, ready in .*\(reused/);
    expect([first.stdout, second.stdout]).toEqual(Array(2).fill('[{"text":"one; two!"},{"text":"it\'s!"}]\n1\n'));
    expect(await leftoversAfter(workspace)).toEqual([]);
  });

  /** What a migration of the project's own leaves: nobody knows what it depends on, so it is in no cache. */
  const OWN_STEPS = `{ use: mariadb, migrate: ["node ${SQL} 'create table notes (text varchar(9))'"], seed: ["node ${SQL} 'insert into notes values (1), (2)'"] }`;

  test.for([
    ['scripts', WITH_SCRIPTS],
    ['commands of the project', OWN_STEPS],
  ])('Each worker has a server of its own with the seeded rows, which %s made', async ([, services]) => {
    const workspace = project(services as string, {
      'a.test.js': OWN_SERVER('a'),
      'b.test.js': OWN_SERVER('b'),
      'vitest.config.js': 'export default { test: { testTimeout: 60_000 } };',
    });

    const { code, stdout, stderr } = await seatrial(workspace, [
      ...['run', '--isolation', 'worker', '--', 'sh', '-c'],
      `node ${VITEST} run --maxWorkers 2 && node ${SQL} 'show tables'`,
    ]);

    expect(code, stdout + stderr).toBe(0);
    expect(new Set([workspace.read('seen-a'), workspace.read('seen-b')]).size).toBe(2);
    expect(stdout).toContain('[{"Tables_in_shop_test":"notes"}]'); // of the main processes: no worker's table is there
    expect(stderr).toContain('2 workers, 2 leases');
    expect(await leftoversAfter(workspace)).toEqual([]);
  });

  test.for(['a server of ours', 'a server that runs already'])(
    'Under rewind, each test starts from the seeded rows, on %s',
    async (whose) => {
      const workspace = project(WITH_SCRIPTS, {
        'a.test.js': SAME_START,
        'vitest.config.js': 'export default { test: { testTimeout: 60_000 } };',
      });
      await using theirs = whose === 'a server of ours' ? undefined : await startMariadb();
      const external = theirs ? ['--external', `db=${theirs.url}`] : [];

      const command = ['run', '--isolation', 'rewind', ...external, '--', 'node', VITEST, 'run'];
      const { code, stdout, stderr } = await seatrial(workspace, command);

      expect(code, stdout + stderr).toBe(0);
      expect(stdout).toMatch(/Tests .*3 passed/);
      if (theirs)
        expect((await mariadbQuery(theirs, 'show databases')).filter(({ Database }) => /_test_/.test(String(Database)))).toEqual(
          [],
        );
      expect(await leftoversAfter(workspace)).toEqual([]);
    },
  );

  test('Nothing is left when Seatrial is killed: not the server, nor those of leases, nor their files', async () => {
    const workspace = project(WITH_SCRIPTS);
    const run = startSeatrial(workspace, ['run', '--isolation', 'worker', '--', 'node', '-e', LEASE_AND_WAIT]);
    await run.untilStdout(/leased/);
    expect(findProcesses(workspace.top).filter(({ text }) => text.includes('mariadbd')).length).toBeGreaterThanOrEqual(2);

    run.kill('SIGKILL');
    await run.ended;

    expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
  });

  test('A server that dies in the middle of a run is named at once, with its last log lines', async () => {
    const workspace = project('mariadb');
    const run = startSeatrial(workspace, ['run', '--', 'sh', '-c', 'echo up; cat']);
    await run.untilStdout(/up/);

    process.kill(findProcesses(workspace.top).find(({ text }) => text.includes('mariadbd'))?.pid as number, 'SIGKILL');
    await run.untilStderr(/db died \(SIGKILL\)/);
    await run.untilStderr(/ready for connections/);
    run.closeStdin();

    expect((await run.ended).code).toBe(125);
    expect(findLeftovers(workspace)).toEqual([]);
  });
});

/** Makes a table that only one worker can make in one database, then waits for the other worker. */
function OWN_SERVER(name: string): string {
  return `
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, test } from 'vitest';
test('has a server of its own', async () => {
  const out = execFileSync(process.execPath, ['${SQL}', 'create table only_once (id int)', 'select count(*) as n from notes'], { encoding: 'utf8' });
  expect(out).toBe('0\\n[{"n":2}]\\n');
  fs.writeFileSync('seen-${name}', process.env.DATABASE_URL);
  while (!fs.existsSync('seen-a') || !fs.existsSync('seen-b')) await new Promise((resolve) => setTimeout(resolve, 5));
});
`;
}

/** Commits for real, by a program of its own. */
const SAME_START = `
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
test.each([1, 2, 3])('starts from the seed: %i', () => {
  const statements = ['select id, text from notes', "insert into notes (text) values ('x')", 'update notes set id = id + 100 where id = 1', 'delete from notes where id = 2', 'select max(id) as last from notes where id < 100'];
  const out = execFileSync(process.execPath, ['${SQL}', ...statements], { encoding: 'utf8' });
  expect(out.split('\\n')[0]).toBe('[{"id":1,"text":"one; two!"},{"id":2,"text":"it\\'s!"}]');
  expect(out).toContain('[{"last":3}]');
});
`;

/** Takes a lease as a plug-in would, and holds it. */
const LEASE_AND_WAIT = `
const { SEATRIAL_CONTROL_URL: url, SEATRIAL_CONTROL_TOKEN: token } = process.env;
const headers = { authorization: 'Bearer ' + token, 'seatrial-api-version': '1', 'content-type': 'application/json' };
const body = JSON.stringify({ runner: 'test', mainPid: process.pid, slot: '1' });
const answer = await fetch(url + '/v1/leases', { method: 'POST', headers, body });
console.log(answer.ok ? 'leased' : await answer.text());
setInterval(() => {}, 1000);
`;
