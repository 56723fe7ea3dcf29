import { expect, it } from 'vitest';
import { parseScript } from '../../../src/services/postgres/script/parse-script.ts';

const items = (text: string) => [...parseScript(text)];
const statements = (text: string) =>
  items(text).map((item) => (item.kind === 'meta' ? `\\${item.command} ${item.argument}` : item.sql));

it('splits at semicolons and tells the line at which each statement begins', () => {
  expect(items('select 1;\n-- note;\n\n  select\n 2 ;select 3')).toEqual([
    { kind: 'statement', sql: 'select 1', line: 1, execute: false },
    { kind: 'statement', sql: 'select\n 2', line: 4, execute: false },
    { kind: 'statement', sql: 'select 3', line: 5, execute: false },
  ]);
});

it.each([
  ['quotes', `select 'a;''b;', "c;""d;"`],
  ['backslash in an ordinary literal', String.raw`select 'C:\'`],
  ['escape literals', String.raw`select E'it\'s;', e'\\'`],
  ['names that end in e before a literal', String.raw`select type'x\'`],
  ['dollar quotes', 'do $$ begin perform 1; end $$'],
  ['tagged dollar quotes', 'do $body$ select $$;$$; $body$'],
  ['parameters', 'prepare p as select $1; '.trim().slice(0, -1)],
  ['nested comments', 'select 1 /* a; /* b; */ c; */ + 1'],
  ['line comments inside', 'select 1 -- not; here\n + 1'],
  ['rules with several actions', 'create rule r as on insert to t do (select 1; select 2)'],
  ['SQL bodies', 'create or replace function f() returns int begin atomic select 1; select case when true then 1 end; end'],
  ['SQL bodies of procedures', 'create procedure p() language sql begin atomic insert into t values (1); end'],
  ['numbers before letters', 'select 1e5, 0x1F'],
])('keeps %s in one piece', (_what, sql) => {
  expect(statements(`${sql};\nselect 2;`)).toEqual([sql, 'select 2']);
});

it('takes BEGIN outside of function bodies for the start of a transaction', () => {
  expect(statements('begin; create table atomic (id int); end; select 1')).toEqual([
    'begin',
    'create table atomic (id int)',
    'end',
    'select 1',
  ]);
});

it('takes the lines behind COPY ... FROM stdin as its data', () => {
  const text =
    "COPY public.t (id, \"from\") FROM stdin WITH (DELIMITER ';');\n1;a'b\n2;$$\n\\.\n\nselect 1;\ncopy u from stdin;\n\\.\n";
  expect(items(text)).toEqual([
    { kind: 'copy', sql: 'COPY public.t (id, "from") FROM stdin WITH (DELIMITER \';\')', line: 1, data: "1;a'b\n2;$$\n" },
    { kind: 'statement', sql: 'select 1', line: 6, execute: false },
    { kind: 'copy', sql: 'copy u from stdin', line: 7, data: '' },
  ]);
});

it('reads meta-commands, and those that end a statement', () => {
  expect(items("\\set ON_ERROR_STOP on\n\\connect app\nselect 'create database x' \\gexec\nselect 1\\g\n\\.\n")).toEqual([
    { kind: 'meta', command: 'set', argument: 'ON_ERROR_STOP on', line: 1 },
    { kind: 'meta', command: 'connect', argument: 'app', line: 2 },
    { kind: 'statement', sql: "select 'create database x'", line: 3, execute: true },
    { kind: 'statement', sql: 'select 1', line: 4, execute: false },
    { kind: 'meta', command: '.', argument: '', line: 5 },
  ]);
});

it('finds nothing in comments and empty statements, and stops at a byte order mark no more than psql', () => {
  expect(statements('\uFEFF;;-- x\n/* y */;\n')).toEqual([]);
  expect(statements('\uFEFFselect 1')).toEqual(['select 1']);
});

it('reads a script of 20,000 statements in well under a second', () => {
  const text = "insert into t (a, b) values (1, 'some text; with $$ and -- things');\n".repeat(20_000);
  const begun = performance.now();
  expect(items(text)).toHaveLength(20_000);
  expect(performance.now() - begun).toBeLessThan(3_000);
});
