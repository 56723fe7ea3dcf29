import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { startPostgres } from '../helpers/embedded-postgres.ts';
import { type Ended, seatrial, startSeatrial } from './cli.ts';
import { findProcesses, leftoversAfter, WATCHDOG_MS } from './leftovers.ts';
import { DB_AND_CACHE, makeWorkspace, type Workspace } from './workspace.ts';

const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const PG = fileURLToPath(new URL('../../node_modules/pg/esm/index.mjs', import.meta.url));
const IOREDIS = fileURLToPath(new URL('../../node_modules/ioredis/built/index.js', import.meta.url));
const run = (...words: string[]) => ['run', '--isolation', 'rewind', '--', 'node', VITEST, 'run', ...words];

/** One user in the database, nothing in Redis; `isBaseline` says so. */
const HEAD = `
import fs from 'node:fs';
import pg from '${PG}';
import { Redis } from '${IOREDIS}';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
pool.on('error', () => {});
const redis = new Redis(process.env.REDIS_URL);
redis.on('error', () => {});
const sql = async (text, values) => (await pool.query(text, values)).rows;
const isBaseline = async () => {
  expect(await sql('select name from users')).toEqual([{ name: 'seed' }]);
  expect(await redis.dbsize()).toBe(0);
};
const write = async (name) => {
  await sql('insert into users (name) values ($1)', [name]);
  await redis.set(name, 'x');
};
const until = async (file) => { while (!fs.existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 20)); };
afterAll(async () => { await pool.end().catch(() => {}); redis.disconnect(); });
`;
function shop(suites: Readonly<Record<string, string>>): Workspace {
  return makeWorkspace({
    'seatrial.yaml': DB_AND_CACHE.replace('postgres@18', '{ use: postgres@18, init: schema.sql }'),
    'schema.sql': "create table users (id serial primary key, name text unique);\ninsert into users (name) values ('seed');\n",
    'package.json': '{"name":"shop","type":"module"}',
    'vitest.config.js': 'export default { test: { testTimeout: 60_000, hookTimeout: 60_000 } };',
    ...Object.fromEntries(Object.entries(suites).map(([file, text]) => [`${file}.test.js`, HEAD + text])),
  });
}
/** A kept connection of the control API, begun now, which the session closes because nobody uses it: as long as any time-out on the way. */
const untilIdleConnectionIsClosed = (socketPath: string, token: string) =>
  new Promise<void>((resolve, reject) => {
    const headers = { host: 'seatrial', authorization: `Bearer ${token}`, 'seatrial-api-version': '1' };
    const agent = new http.Agent({ keepAlive: true });
    const request = http.get({ socketPath, path: '/v1/services', headers, agent }, (answer) => {
      answer.socket.once('close', () => resolve());
      answer.resume();
    });
    request.on('error', reject);
  });
const passed = ({ code, stdout, stderr }: Ended) => expect(code, stdout + stderr).toBe(0);

test('A worker that is stopped in the middle of a test, as by a debugger, keeps its lease and its state', async () => {
  const workspace = shop({
    a: `
test('is stopped', async () => {
  await write('mine');
  fs.writeFileSync('control', JSON.stringify([process.env.SEATRIAL_CONTROL_SOCKET, process.env.SEATRIAL_CONTROL_TOKEN]));
  fs.writeFileSync('pid', String(process.pid));
  await until('go');
  expect((await sql('select name from users order by id')).map(({ name }) => name)).toEqual(['seed', 'mine']);
  expect(await redis.keys('*')).toEqual(['mine']);
});
test('is reset', async () => { await isBaseline(); await write('mine'); });
test('is reset again', isBaseline);`,
  });
  const started = startSeatrial(workspace, run(), { input: '' });
  await expect.poll(() => fs.existsSync(path.join(workspace.project, 'pid'))).toBe(true);
  const pid = Number(workspace.read('pid'));

  process.kill(pid, 'SIGSTOP');
  await untilIdleConnectionIsClosed(...(JSON.parse(workspace.read('control')) as [string, string]));
  process.kill(pid, 'SIGCONT');
  workspace.write('go', '');

  const ended = await started.ended;
  passed(ended);
  expect(ended.stderr).toMatch(/3 tests: 3 passed; 3 resets/);
  expect(ended.stderr).toContain('1 workers, 1 leases');
  expect(await leftoversAfter(workspace)).toEqual([]);
});

test('Tests that drop the schema, end all connections or never end a transaction are taken back; what stays open is named', async () => {
  const workspace = shop({
    a: `
test('drops the schema', async () => { await isBaseline(); await sql('drop schema public cascade'); });
test('finds it', async () => { await isBaseline(); await write('mine'); });
test('ends all connections', async () => {
  await isBaseline();
  await write('mine');
  await sql('select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = $1', ['client backend']);
});
test('finds the baseline', async () => { await isBaseline(); await write('mine'); });
test('never ends a transaction', async () => {
  await isBaseline();
  const client = new pg.Client(process.env.DATABASE_URL);
  client.on('error', () => {});
  await client.connect();
  await client.query('begin');
  await client.query('lock table users in access exclusive mode');
  await client.query("insert into users (name) values ('open')");
});
test('does not wait for it', async () => { await isBaseline(); await write('mine'); });
test('and neither does this', isBaseline);`,
  });

  const ended = await seatrial(workspace, run());

  passed(ended);
  expect(ended.stderr).toMatch(/7 tests: 7 passed; 7 resets/);
  expect(ended.stderr).toMatch(/leak: a\.test\.js > never ends a transaction left db: .*insert into users/);
  expect(await leftoversAfter(workspace)).toEqual([]);
});

test('R2: two runs of one project, each with 4 workers whose tests all write the same names, do not meet', async () => {
  const suite = `test.for(Array.from({ length: 10 }, (_, number) => number))('%i', async () => { await isBaseline(); await write('mine'); });`;
  const workspace = shop({ a: suite, b: suite, c: suite, d: suite });

  const both = await Promise.all([seatrial(workspace, run('--maxWorkers', '4')), seatrial(workspace, run('--maxWorkers', '4'))]);

  for (const ended of both) {
    passed(ended);
    expect(ended.stderr).toMatch(/40 tests: 40 passed; 40 resets/);
  }
  expect(await leftoversAfter(workspace)).toEqual([]);
});

test('A run that is killed while its tests are being reset leaves nothing', async () => {
  const workspace = shop({
    a: `test.for(Array.from({ length: 5000 }, (_, number) => number))('%i', async (number) => {
  await write('mine');
  if (number === 20) fs.writeFileSync('running', '');
});`,
  });
  const started = startSeatrial(workspace, run(), { input: '' });
  await expect.poll(() => fs.existsSync(path.join(workspace.project, 'running'))).toBe(true);

  started.kill('SIGKILL');

  expect((await started.ended).code).toBe(137);
  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
});

test('A service that dies fails the tests that follow with its name, and nothing hangs', async () => {
  const workspace = shop({
    a: `
test('passes', async () => { await isBaseline(); await write('mine'); });
test('sees it die', async () => {
  await write('mine');
  fs.writeFileSync('ready', '');
  await until('dead');
});
test('does not look at it', () => {});
test('needs it', isBaseline);`,
  });
  const started = startSeatrial(workspace, run('--reporter', 'verbose'), { input: '' });
  await expect.poll(() => fs.existsSync(path.join(workspace.project, 'ready'))).toBe(true);
  const server = findProcesses(workspace.top).find(({ text }) => /bin\/postgres -D|bin\/postgres .*-D/.test(text));

  process.kill(server?.pid as number, 'SIGKILL');
  await started.untilStderr(/db died \(SIGKILL\)/);
  workspace.write('dead', '');

  const { code, stdout, stderr } = await started.ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /Seatrial cannot reset after "sees it die", or begin "does not look at it": .*db died \(SIGKILL\) \(SEATRIAL_SERVICE_DIED;/,
  );
  expect(stderr).toMatch(/Seatrial cannot begin "needs it": db died \(SIGKILL\) \(SEATRIAL_SERVICE_DIED;/);
  expect(stdout).toMatch(/2 passed/);
  expect(stdout).toMatch(/2 failed/);
  expect(stderr).not.toMatch(/SEATRIAL_INTERNAL|overlap/);
  expect(stderr).toMatch(/2 tests: 1 passed, 1 failed; 1 resets/); // two have not begun
  expect(await leftoversAfter(workspace)).toEqual([]);
});

test('The own Redis of a worker that dies fails the tests of that worker with its name, and those of no other', async () => {
  const workspace = shop({
    a: `
test('kills it', async () => {
  await write('mine');
  process.kill(Number(/process_id:(\\d+)/.exec(await redis.info('server'))[1]), 'SIGKILL');
});
test('does not look at it', () => {});
test('needs it', isBaseline);`,
    b: `test.for([1, 2, 3])('%i', async () => { await isBaseline(); await write('mine'); });`,
  });

  const { code, stdout, stderr } = await seatrial(workspace, run('--maxWorkers', '2', '--no-isolate'));

  expect(code).toBe(1);
  expect(stderr).toMatch(/cache of lease \w+ died \(SIGKILL\)\. Its last log lines:\n.*[Rr]eady to accept connections/s);
  expect(stderr).toMatch(
    /Seatrial cannot reset after "kills it", or begin "does not look at it": .*cache of lease \w+ died \(SIGKILL\) \(SEATRIAL_SERVICE_DIED;/,
  );
  expect(stderr).toMatch(/Seatrial cannot begin "needs it": cache of lease \w+ died \(SIGKILL\)/);
  expect(stdout).toMatch(/2 failed/);
  expect(stdout).toMatch(/4 passed/);
  expect(stderr).not.toMatch(/SEATRIAL_INTERNAL/);
  expect(await leftoversAfter(workspace)).toEqual([]);
});

test.for([
  [false, 1],
  [true, 0],
] as const)(
  'A database that does not say that Seatrial has made it is reset only with allowReset: %s',
  async ([allowReset, code]) => {
    const workspace = shop({
      a: `
test('takes the mark away, and the connection by which it was seen', async () => {
  await write('mine');
  const [{ name }] = await sql('select current_database() as name');
  await sql('comment on database "' + name + '" is $$a production database$$');
  await sql('select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = $1', ['client backend']);
});
test('needs a reset', isBaseline);`,
    });
    const config = `{ use: postgres@18, init: schema.sql, allowReset: ${allowReset} }`;
    workspace.write('seatrial.yaml', `services:\n  db: ${config}\n  cache: redis\n`);

    const ended = await seatrial(workspace, run());

    expect(ended.code, ended.stdout + ended.stderr).toBe(code);
    expect(/does not carry our marker.*SEATRIAL_RESET_NOT_ALLOWED/.test(ended.stderr)).toBe(!allowReset);
    expect(await leftoversAfter(workspace)).toEqual([]);
  },
);

test('Of a server that Seatrial did not start only a copy is written to and reset; the database that the URL names stays', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'st-e2e-ext-'));
  fs.chmodSync(folder, 0o755);
  process.env.SEATRIAL_DATA_DIR = folder;
  await using external = await startPostgres();
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  const query = async (text: string) => {
    const client = new pg.Client(external.url); // not for longer: a copy needs a database that nobody is connected to
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  };
  await query("create table users (id serial primary key, name text unique); insert into users (name) values ('seed')");
  const everything = async () => [
    await query('select * from users'),
    await query('select last_value from users_id_seq'),
    await query('select datname from pg_database order by 1'),
    await query("select nspname from pg_namespace where nspname !~ '^pg_' order by 1"),
    await query('select tgname from pg_trigger'),
  ];
  const before = await everything();
  const workspace = shop({
    a: `test.for([1, 2, 3])('%i', async () => { await isBaseline(); await write('mine'); await sql('drop table users'); });`,
  });
  workspace.write('seatrial.yaml', `services:\n  db: { use: postgres, url: "${external.url}" }\n  cache: redis\n`);

  const ended = await seatrial(workspace, run());

  passed(ended);
  expect(ended.stderr).toMatch(/3 tests: 3 passed; 3 resets/);
  expect(await everything()).toEqual(before);
  expect(await leftoversAfter(workspace)).toEqual([]);
});

test('A run whose resets end connections says at its start what pools need', async () => {
  const told = /: pools need pool_pre_ping=True \(SQLAlchemy\)/;
  const asked = async (isolation: string) => (await seatrial(shop({}), ['run', '--isolation', isolation, '--', 'true'])).stderr;
  expect((await asked('database')).split('\n')[0]).toMatch(told);
  expect(await asked('rewind')).not.toMatch(told);
});
