import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres } from '../helpers/embedded-postgres.ts';
import { seatrial, startSeatrial } from './cli.ts';
import { leftoversAfter, WATCHDOG_MS } from './leftovers.ts';
import { program } from './programs.ts';
import { makeWorkspace } from './workspace.ts';

/** A server that runs already, as a CI service container does, with things in it that are not ours. */
let url: string;
let stop: () => Promise<void>;

beforeAll(async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'st-e2e-ext-')); // not where sessions look for what dead ones left
  fs.chmodSync(folder, 0o755);
  process.env.SEATRIAL_DATA_DIR = folder;
  const started = await startPostgres();
  url = started.url;
  stop = async () => {
    await started.server[Symbol.asyncDispose]();
    fs.rmSync(folder, { recursive: true, force: true });
  };
  for (const text of [
    'create table theirs (id serial primary key, note text)',
    "insert into theirs (note) values ('precious')",
    'create database other_project',
    'create role other_role',
  ])
    await query(text);
});
afterAll(() => stop());

async function query(text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function everything(): Promise<unknown> {
  return [
    await query('select * from theirs'),
    await query("select tablename from pg_tables where schemaname = 'public'"),
    await query('select datname from pg_database order by 1'),
    await query('select rolname from pg_roles order by 1'),
  ];
}

test('R17: an external server gives the run a copy of the named database, which is gone afterwards; all else in it stays', async () => {
  const before = await everything();
  const workspace = makeWorkspace();

  const { code, stdout, stderr } = await seatrial(workspace, [
    'run',
    '--external',
    `db=${url}`,
    '--',
    'node',
    program('sql.mjs'),
    'create table ours (id int)',
    'delete from theirs returning note',
    'select current_database() as name, inet_server_port() as port',
  ]);

  const [, deleted, where] = stdout.split('\n').map((line) => line && JSON.parse(line));
  expect(deleted).toEqual([{ note: 'precious' }]);
  expect(where[0].port).toBe(Number(new URL(url).port));
  expect(where[0].name).not.toBe(new URL(url).pathname.slice(1));
  expect(stderr).not.toContain('testpass');
  expect(code).toBe(0);
  expect(await everything()).toEqual(before);
});

test('The configuration can name the server, also by a variable; then it is not one that was merely found', async () => {
  const before = await everything();
  const workspace = makeWorkspace({ 'seatrial.yaml': 'services:\n  db: { url: "${env.DATABASE_URL}" }\n' });

  const { code, stdout, stderr } = await seatrial(
    workspace,
    ['run', '--', 'node', program('sql.mjs'), 'create table ours (id int)', 'select inet_server_port() as port'],
    { env: { DATABASE_URL: url } },
  );

  expect(stdout).toContain(`[{"port":${new URL(url).port}}]`);
  expect(stderr).not.toContain('not used');
  expect(code).toBe(0);
  expect(await everything()).toEqual(before);
});

test('In the shell of a session with another server, the one that the configuration names is used, and that is said', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': 'services:\n  db: { use: postgres, drivers: [embedded] }\n' });
  const { env } = JSON.parse((await seatrial(workspace, ['env', '--json'])).stdout);
  const ask = ['--', 'node', program('sql.mjs'), 'select inet_server_port()::text as port'];
  const portOf = async (...flags: string[]) => {
    const { stdout, stderr } = await seatrial(workspace, ['run', ...flags, ...ask], { env });
    return [JSON.parse(stdout)[0].port, /inside run \w+: (.*)/.exec(stderr)?.[1]];
  };

  const told = 'its db is not the server that is asked for, which is used instead';
  expect(await portOf('--external', `db=${url}`)).toEqual([new URL(url).port, told]);
  expect(await portOf('--external', `db=${env.DATABASE_URL}`)).toEqual([env.PGPORT, 'using its db']);
  expect(await portOf()).toEqual([env.PGPORT, 'using its db']);
  expect((await seatrial(workspace, ['services', 'stop'])).code).toBe(0);
  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
});

test('Migrations of an external server run in the lease, not in the database that its URL names', async () => {
  const before = await everything();
  const workspace = makeWorkspace({
    'seatrial.yaml': `services:\n  db: { url: "${url}", migrate: schema.sql }\n`,
    'schema.sql': "create table migrated (id int); insert into theirs (note) values ('x');",
  });

  const { code, stdout, stderr } = await seatrial(workspace, [
    'run',
    '--',
    'node',
    program('sql.mjs'),
    'select count(*)::int as n from theirs',
    'select * from migrated',
  ]);

  expect([code, stdout]).toEqual([0, '[{"n":2}]\n[]\n']);
  expect(stderr).toMatch(/migrate: schema\.sql done in/);
  expect(await everything()).toEqual(before);
});

test('The database of a run that is killed is dropped', async () => {
  const before = await everything();
  const workspace = makeWorkspace();
  const run = startSeatrial(workspace, ['run', '--external', `db=${url}`, '--', 'sh', '-c', 'echo up; sleep 978']);
  await run.untilStdout(/up/);
  expect(await everything()).not.toEqual(before);

  run.kill('SIGKILL');

  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
  await expect.poll(everything, { timeout: 5000 }).toEqual(before);
});

test('A server that does not answer is named, without its password', async () => {
  const workspace = makeWorkspace();

  const { code, stderr } = await seatrial(
    workspace,
    ['run', '--external', 'db=postgresql://ann:geheim@127.0.0.1:1/x', '--', 'true'],
    { env: { SEATRIAL_READY_TIMEOUT_MS: '300' } },
  );

  expect(stderr).toMatch(/the external server at postgresql:\/\/ann:\*\*\*@127\.0\.0\.1:1\/x does not answer/);
  expect(stderr).not.toContain('geheim');
  expect(code).toBe(125);
});

test.for([
  ['createdb', '', /no database could be leased from .*permission denied.*\n.*SEATRIAL_LEASE_FAILED: .*ALTER ROLE \w+ CREATEDB/],
  [
    'session_replication_role',
    'createdb',
    /warning: no test worker got a lease: the role \w+ may not set session_replication_role.*: as a superuser: GRANT SET ON PARAMETER/,
  ],
] as const)('A role that lacks a right is told which, and the SQL that grants it: %s', async ([, rights, expected]) => {
  const role = `tester_${rights || 'plain'}`;
  await query(`create role ${role} login ${rights} password 'secret'`);
  await query(`create database ${role} owner ${role}`);
  try {
    const address = new URL(url);
    Object.assign(address, { username: role, password: 'secret', pathname: `/${role}` });
    const workspace = makeWorkspace({
      'seatrial.yaml': `services:\n  db: { use: postgres, url: "${address.href}" }\n`,
      'package.json': '{"name":"shop","type":"module"}',
      'a.test.js': "import { test } from 'node:test';\nif (process.env.DATABASE_URL) test('t', () => {});\n",
    });

    const { code, stdout, stderr } = await seatrial(workspace, ['run', '--isolation', 'rewind', '--', 'node', '--test']);

    expect(code, stdout + stderr).not.toBe(0);
    expect(stderr).toMatch(expected);
    expect(stdout + stderr).toMatch(rights ? /Seatrial has no lease for .*GRANT SET ON PARAMETER/s : /SEATRIAL_LEASE_FAILED/);
  } finally {
    await query(`drop database ${role}`);
    await query(`drop role ${role}`);
  }
});
