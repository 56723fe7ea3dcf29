import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres } from '../helpers/embedded-postgres.ts';
import { seatrial } from './cli.ts';
import { findLeftovers } from './leftovers.ts';
import { program } from './programs.ts';
import { DB, makeWorkspace } from './workspace.ts';

/** Somebody's development database: it runs before and after, and Seatrial has nothing to do with it. */
let development: { readonly url: string; stop(): Promise<void> };

beforeAll(async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'st-e2e-dev-')); // not where sessions look for what dead ones left
  fs.chmodSync(folder, 0o755);
  process.env.SEATRIAL_DATA_DIR = folder;
  const { url, server } = await startPostgres();
  development = {
    url,
    stop: async () => {
      await server[Symbol.asyncDispose]();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
  await query(
    url,
    `create table customer (id serial primary key, name text unique); insert into customer (name) values ('Ada'), ('Grace'); create sequence free_numbers start 40; select nextval('free_numbers');
    create schema billing; create table billing.invoice (id bigint generated always as identity, customer int references customer on delete cascade, total numeric); insert into billing.invoice (customer, total) values (1, 9.99);`,
  );
});
afterAll(() => development.stop());

async function query(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const results = [await client.query(text)].flat();
    return results.at(-1)?.rows ?? [];
  } finally {
    await client.end();
  }
}

/** All databases, roles, rows of all tables and states of all sequences. */
async function dump(url: string): Promise<unknown> {
  const relations = await query(
    url,
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema') union all select format('%I.%I', schemaname, sequencename) from pg_sequences order by 1`,
  );
  const rows = await Promise.all(relations.map(async ({ name }) => [name, await query(url, `select * from ${name} order by 1`)]));
  return {
    rows,
    databases: await query(url, 'select datname from pg_database order by 1'),
    roles: await query(url, 'select rolname from pg_roles order by 1'),
  };
}

const WIPE = 'create table if not exists customer (id serial primary key, name text)';

test('R11: A database that .env names and that is running is said to be seen, not used, and its dump is equal afterwards', async () => {
  const before = await dump(development.url);
  const workspace = makeWorkspace({ 'seatrial.yaml': DB, '.env': `DATABASE_URL=${development.url}\nSECRET_KEY=x\n` });

  const { code, stdout, stderr } = await seatrial(workspace, [
    'run',
    '--',
    'node',
    program('sql.mjs'),
    WIPE,
    "insert into customer (name) values ('Eve')",
    'select name from customer',
  ]);

  expect(stdout).toContain('[{"name":"Eve"}]');
  expect(stderr).toMatch(/DATABASE_URL in \.env names 127\.0\.0\.1:\d+\/\w+: seen and not used/);
  expect(stderr).not.toContain('testpass');
  expect(code).toBe(0);
  expect(await dump(development.url)).toEqual(before);
});

test('An address in the shell’s environment is not adopted either, whatever its name', async () => {
  const before = await dump(development.url);
  const { port } = new URL(development.url);
  const workspace = makeWorkspace({ 'requirements.txt': 'psycopg\n' });

  const { code, stdout, stderr } = await seatrial(
    workspace,
    ['run', '--', 'node', program('sql.mjs'), WIPE, 'select count(*)::int as n from customer'],
    {
      env: { DATABASE_URL: development.url, TEST_DATABASE_URL: development.url, PGHOST: '127.0.0.1', PGPORT: port },
    },
  );

  expect(stdout).toContain('[{"n":0}]');
  expect(stderr).toMatch(/TEST_DATABASE_URL in the environment names .*: seen and not used/);
  expect(code).toBe(0);
  expect(await dump(development.url)).toEqual(before);
});

/** Stays connected for twenty of the looks that a run takes, of which nothing tells from outside: a shorter connection is a trace without an owner. */
const STAY = `node ${program('sql.mjs')} 'select pg_sleep(0.5)'`;

test('R11: A run whose command connects to the address that was found fails and says which process did', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': DB, '.env': `APP_DB=${development.url}\n` });

  const script = `APP_DB=$(sed 's/^APP_DB=//' .env); DATABASE_URL=$APP_DB ${STAY}`;
  const { code, stderr } = await seatrial(workspace, ['run', '--', 'sh', '-c', script]);

  expect(stderr).toMatch(
    new RegExp(
      `process \\d+ \\(node .*sql\\.mjs.*\\) of the command connected to 127\\.0\\.0\\.1:${new URL(development.url).port}, which APP_DB in \\.env names`,
    ),
  );
  expect(stderr).toContain('SEATRIAL_FOUND_ADDRESS_USED');
  expect(code).toBe(125);
  expect(findLeftovers(workspace)).toEqual([]);
});

test('A failing command keeps its own exit code also then', async () => {
  const workspace = makeWorkspace({ 'seatrial.yaml': DB, '.env': `DATABASE_URL=${development.url}\n` });

  const { code, stderr } = await seatrial(workspace, [
    'run',
    '--',
    'sh',
    '-c',
    `DATABASE_URL='${development.url}' ${STAY}; exit 3`,
  ]);

  expect(stderr).toContain('SEATRIAL_FOUND_ADDRESS_USED');
  expect(code).toBe(3);
});

test('An inferred migration that writes elsewhere than to our server stops the run', async () => {
  const before = await dump(development.url);
  const workspace = makeWorkspace({
    'requirements.txt': 'psycopg\nalembic\n',
    'alembic.ini': '[alembic]\nscript_location = migrations\n',
    'migrations/env.py': environmentFile(),
  });
  workspace.write('.venv/bin/alembic', '#!/bin/sh\necho "Running upgrade -> 1a2b (on another server)"\n', 0o755);

  const { code, stdout, stderr } = await seatrial(workspace, ['run', '--', 'echo', 'the command ran']);

  expect(stderr).toContain('SEATRIAL_MIGRATION_MISSED_DATABASE');
  expect(stdout).toBe('');
  expect(code).toBe(125);
  expect(findLeftovers(workspace)).toEqual([]);
  expect(await dump(development.url)).toEqual(before);
});

test('An inferred migration that reaches our server is carried out', async () => {
  const workspace = makeWorkspace({
    'requirements.txt': 'psycopg\nalembic\n',
    'alembic.ini': '[alembic]\nscript_location = migrations\n',
    'migrations/env.py': environmentFile(),
  });
  workspace.write('.venv/bin/alembic', `#!/bin/sh\nnode ${program('sql.mjs')} 'create table migrated (id int)'\n`, 0o755);

  const { code, stdout, stderr } = await seatrial(workspace, ['run', '--', 'node', program('sql.mjs'), 'select * from migrated']);

  expect(stderr).toMatch(/migrated by `alembic upgrade head`, because alembic\.ini is there and its URL comes from DATABASE_URL/);
  expect(stdout).toBe('[]\n');
  expect(code).toBe(0);
});

/** Unlike that of any other run, so that no earlier result is reused. */
function environmentFile(): string {
  return `import os\nurl = os.environ["DATABASE_URL"]  # ${Date.now()} ${Math.random()}\n`;
}
