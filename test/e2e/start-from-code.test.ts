import { expect, test } from 'vitest';
import { packageRoot } from '../../src/util/package-files.ts';
import { type Started, startProgram } from './cli.ts';
import { leftoversAfter, WATCHDOG_MS } from './leftovers.ts';
import { makeWorkspace, type Workspace } from './workspace.ts';

/** Test code of somebody: it starts what it needs, says so, and goes on as `body` has it. */
function runCode(workspace: Workspace, body: string): Started {
  const file = workspace.write('suite.mjs', `import { start, startAll } from '${packageRoot()}/src/index.ts';\n${body}\n`);
  return startProgram(workspace, [process.execPath, file], { input: '' });
}

const ASK = `
  const { default: pg } = await import('${packageRoot()}/node_modules/pg/lib/index.js');
  const ask = async (url, sql) => {
    const client = new pg.Client(url);
    await client.connect();
    const { rows } = await client.query(sql);
    await client.end();
    return rows;
  };`;

test('R15: test code starts a service by itself, uses it, and disposes of it', async () => {
  const workspace = makeWorkspace();
  const suite = runCode(
    workspace,
    `${ASK}
    {
      await using db = await start('postgres:16');
      const [row] = await ask(db.url, 'show server_version');
      console.log(JSON.stringify({ row, version: db.version, same: db.env.DATABASE_URL === db.url }));
    }`,
  );
  const { code, stdout, stderr } = await suite.ended;
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const said = JSON.parse(stdout);
  expect(said).toMatchObject({ same: true });
  expect(said.row.server_version).toMatch(/^16\./);
  expect(said.version).toBe(said.row.server_version.split(' ')[0]);
  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
});

test('R15: several start in parallel, with options, and nothing is left when the test process is killed', async () => {
  const workspace = makeWorkspace();
  const suite = runCode(
    workspace,
    `${ASK}
    const { services, env } = await startAll({ db: { use: 'postgres@18', database: 'shop' }, cache: 'redis:7' });
    const [row] = await ask(services.db.url, 'select current_database() as name');
    console.log(JSON.stringify([row.name, env.REDIS_URL === services.cache.url]));
    setInterval(() => {}, 1000);`,
  );
  await suite.untilStdout(/\["shop",true\]/);
  suite.kill('SIGKILL');
  expect((await suite.ended).code).toBe(137);
  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
});

test('a service that does not exist is refused with its name', async () => {
  const workspace = makeWorkspace();
  const suite = runCode(
    workspace,
    `await start('postgers@16').catch((error) => console.log(error.code, error.message, error.hint));`,
  );
  expect((await suite.ended).stdout).toMatch(/SEATRIAL_\w+ .*postgers.*postgres/s);
});
