import { expect, it } from 'vitest';
import { parseScript } from '../../../src/services/mariadb/script/parse-script.ts';

const items = (text: string) => [...parseScript(text)];
const statements = (text: string) => items(text).map((item) => (item.kind === 'source' ? `source ${item.file}` : item.sql));

it('splits at semicolons and tells the line at which each statement begins', () => {
  expect(items('select 1;\n-- note;\n# and; this\n  select\n 2 ;select 3')).toEqual([
    { kind: 'statement', sql: 'select 1', line: 1 },
    { kind: 'statement', sql: 'select\n 2', line: 4 },
    { kind: 'statement', sql: 'select 3', line: 5 },
  ]);
});

it.each([
  ['quotes', `select 'a;''b;', "c;""d;", \`e;\`\`f;\``],
  ['escaped quotes', String.raw`select 'it\'s;', "say \";\"", 'C:\\'`],
  ['a backslash in a quoted name, which escapes nothing', 'select `a\\`, 1'],
  ['block comments inside', 'select 1 /* a; b */ + 1'],
  ['line comments inside', "select 1 -- not; here, it's one\n + 1 # nor; here\n"],
  ['a minus before a minus', 'select 1--1'],
  ['comments for the server', "/*!40101 SET NAMES 'utf8;mb4' */"],
  ['comments for MariaDB', '/*M!100100 set @a = 1 */'],
  ['hints', 'select /*+ MAX_EXECUTION_TIME(1000) */ 1'],
])('keeps %s in one piece', (_what, sql) => {
  expect(statements(`${sql};\nselect 2;`)).toEqual([sql.trim(), 'select 2']);
});

it('honours DELIMITER, as dumps and the client do', () => {
  const trigger = 'create trigger t before insert on a for each row begin set new.b = 1; set new.c = 2; end';
  expect(statements(`select 1;\nDELIMITER $$\n${trigger}$$\n\n${trigger} $$\ndelimiter ;\nselect 2;`)).toEqual([
    'select 1',
    trigger,
    trigger,
    'select 2',
  ]);
  expect(statements(`DELIMITER ;;\n/*!50003 ${trigger} */;;\nDELIMITER ;\nselect 1;`)).toEqual([
    `/*!50003 ${trigger} */`,
    'select 1',
  ]);
  expect(statements('DELIMITER //\nselect 1; // \nDELIMITER ;')).toEqual(['select 1;']);
});

it('takes \\G and \\g for ends, `source` and `\\.` for other files, and passes over what only changes the display', () => {
  expect(statements('select 1\\G\nselect 2\\g\nsource db/part one.sql;\n\\. other.sql\nwarnings;\nprompt > \nselect 3')).toEqual([
    'select 1',
    'select 2',
    'source db/part one.sql',
    'source other.sql',
    'select 3',
  ]);
});

it('finds nothing in what holds only comments, and does not mind a byte order mark or an unclosed end', () => {
  expect(items('-- a\n/* b */ ;;\n#c')).toEqual([]);
  expect(statements('\uFEFFselect 1')).toEqual(['select 1']);
  expect(statements("select 'open; ")).toEqual(["select 'open;"]);
  expect(statements('select 1 /* open; ')).toEqual(['select 1 /* open;']);
});
