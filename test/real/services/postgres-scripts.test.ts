import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nativeDriver } from '../../../src/drivers/native/index.ts';
import { postgres } from '../../../src/services/postgres/index.ts';
import { runCommand } from '../../../src/util/platform/run-command.ts';
import { atDatabase, startPostgres } from '../../helpers/embedded-postgres.ts';
import { findSpec, toRequest } from '../../helpers/launch-service.ts';
import { sql } from '../../helpers/postgres-subject.ts';

let db: Awaited<ReturnType<typeof startPostgres>>;
let folder: string;
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'scripts-'));
  db = await startPostgres();
}, 120_000);
afterAll(async () => {
  await db?.[Symbol.asyncDispose]();
  fs.rmSync(folder, { recursive: true, force: true });
});

const write = (name: string, text: string) => {
  const file = path.join(folder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
  return file;
};
const run = async (file: string, signal: AbortSignal = AbortSignal.timeout(20_000)) => {
  const lines: string[] = [];
  await db.service.runScript?.(db.server.endpoint, file, (line) => lines.push(line), signal);
  return lines;
};

it('runs what psql would: notices, includes, \\gexec, \\copy, functions, variables of psql itself', async () => {
  write(
    'sub/part.sql',
    "insert into person values (3, 'included');\n\\copy person from 'people.csv' with (format csv, header)\n",
  );
  write('sub/people.csv', 'id,name\n4,"from, csv"\n');
  const file = write(
    'all.sql',
    `\\set ON_ERROR_STOP on
\\echo 'hello there'
create table person (id int primary key, name text);
create function shout(t text) returns text language sql immutable begin atomic select upper(t) || ';'; end;
do $$ begin raise notice 'making; things'; end $$;
begin;
insert into person values (1, 'a;b'), (2, E'it\\'s');
commit;
select format('create table made_%s ()', i) from generate_series(1, 2) i \\gexec
select 'create database by_gexec' where not exists (select from pg_database where datname = 'by_gexec')\\gexec
\\i sub/part.sql
copy person from stdin;
5	tab\\tbed
6	\\N
\\.
vacuum person;
`,
  );
  expect(await run(file)).toEqual(['hello there', 'NOTICE: making; things']);
  const rows = await sql(db, 'select id, shout(name) as name from person order by id');
  expect(rows.map(({ name }) => name)).toEqual(['A;B;', "IT'S;", 'INCLUDED;', 'FROM, CSV;', 'TAB\tBED;', null]);
  expect(await sql(db, `select to_regclass('made_2')::text as made`)).toEqual([{ made: 'made_2' }]);
  expect(await sql(atDatabase(db.url, 'by_gexec'), 'select 1 as one')).toEqual([{ one: 1 }]);
});

it.each([
  ['select 1;\n\nselect\n  nonsense;\n', 4, /column "nonsense" does not exist/],
  ['\n\\! rm -rf nothing\n', 2, /not supported/],
  ['select 1;\n\\set name value\n', 2, /psql variable name/],
  ['create table c (id int);\ncopy c from stdin;\n1\nx\n\\.\n', 2, /invalid input syntax for type integer: "x"/],
  ['\\i missing.sql\n', 1, /ENOENT/],
  ["select 'unclosed;\n", 1, /unterminated quoted string/],
])('tells file, line and statement of a failure: %j', async (text, line, message) => {
  const file = write('bad.sql', text);
  const failure = await run(file).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    code: 'SEATRIAL_SCRIPT_FAILED',
    details: { file, line },
    message: expect.stringContaining(`${file}:${line}: `),
  });
  expect((failure as Error).message).toMatch(message);
});

it('stops at once when it is told to, also in a statement, and leaves no connection', async () => {
  const file = write('slow.sql', 'select pg_sleep(60);');
  const stop = new AbortController();
  const running = run(file, stop.signal).catch((error: unknown) => error);
  while ((await sql(db, `select from pg_stat_activity where query like 'select pg_sleep(60)%'`)).length === 0);
  stop.abort(new Error('told to stop'));
  expect(await running).toMatchObject({ message: 'told to stop' });
});

it('loads a dump of pg_dump, and what it loaded gives the same dump again', async ({ skip }) => {
  const driver = nativeDriver;
  const version = (await runCommand('pg_dump', ['--version']).catch(() => undefined))?.stdout.match(/(\d+)\./)?.[1];
  const probe = version && (await findSpec(driver, postgres.configure(toRequest({ version }))));
  if (!probe || 'why' in probe) return skip(`no pg_dump with a server of its version on this machine`);
  await using db = await startPostgres({ version }, { driver });
  const dump = async (database: string) => {
    const { url } = atDatabase(db.url, database);
    const { exitCode, stdout, stderr } = await runCommand('pg_dump', [`--dbname=${url}`, '--restrict-key=x']);
    expect(exitCode, stderr).toBe(0);
    return stdout;
  };
  await sql(db, 'create database original');
  await sql(
    atDatabase(db.url, 'original'),
    `create schema "odd Name"; create type mood as enum ('a''b', 'c;d'); create table "odd Name"."T" (id serial primary key, m mood default 'c;d', t text, j jsonb, b bytea);
     insert into "odd Name"."T" (t, j, b) select E'tab\\t, newline\\n, backslash \\\\. \\\\N ' || i, '{"a": "x\\\\n;"}', '\\xff00' from generate_series(1, 3000) i;
     insert into "odd Name"."T" (t) values (null), (''), (E'\\\\.');
     create function f() returns int language plpgsql as $f$ begin return 1; -- it's; fine
     end $f$; create function g() returns int begin atomic; select 1; select 2; end;
     create view v as select * from "odd Name"."T" where t like '%;%'; comment on view v is E'multi\\nline; comment';`,
  );
  const original = await dump('original');
  await db.service.runScript?.(
    db.server.endpoint,
    write('dump.sql', `create database loaded;\n\\connect loaded\n${original}`),
    () => {},
    AbortSignal.timeout(20_000),
  );
  expect(await dump('loaded')).toBe(original);
});
