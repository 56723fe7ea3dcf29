import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLeasing } from './lease.ts';

let leasing: Awaited<ReturnType<typeof startLeasing>>;
beforeAll(async () => {
  leasing = await startLeasing(`
    CREATE SCHEMA shop;
    CREATE TABLE notes (id serial PRIMARY KEY, body text, raw bytea, big bigint, price numeric(30, 2), data jsonb);
    CREATE TABLE shop.lines ("Order" int, line date, qty int, PRIMARY KEY ("Order", line));
    CREATE TABLE tags (tag text);
    CREATE TABLE clash (t int PRIMARY KEY, w int, k int, o int, r int, l int);
    CREATE TABLE clash_without_key (t int, o int, r int, l int);
    INSERT INTO notes (body, raw, big, price, data) VALUES ('one', '\\x00ff', 9007199254740993, 1.10, '{"a": [1]}'), ('two', NULL, 5, 12345678901234567890.12, NULL), ('three', NULL, 0, NULL, NULL);
    INSERT INTO shop.lines VALUES (1, '2026-01-01', 1), (1, '2026-01-02', 2);
    INSERT INTO clash VALUES (1, 2, 3, 4, 5, 6); INSERT INTO clash_without_key VALUES (1, 2, 3, 4);
    INSERT INTO tags VALUES ('a'), ('a'), ('b')`);
});
afterAll(() => leasing?.[Symbol.asyncDispose]());

const one = { id: 1, body: 'one', raw: '\\x00ff', big: '9007199254740993', price: 1.1, data: { a: [1] } };
const two = { id: 2, body: 'two', raw: null, big: 5, price: '12345678901234567890.12', data: null };
const three = { id: 3, body: 'three', raw: null, big: 0, price: null, data: null };

test.each(['one depth', 'depths'])('tells the rows that a test has inserted, changed and deleted, with %s', async (how) => {
  await using on = await leasing.lease();
  await on.keeper.enter('file', 'keep');
  if (how === 'depths')
    await on.app.query("INSERT INTO shop.lines VALUES (9, '2026-01-01', 1); UPDATE tags SET tag = 'b2' WHERE tag = 'b'");
  await on.keeper.enter('test', 'keep');
  expect(await on.keeper.diff?.()).toEqual([]);
  await on.app.query(`
    UPDATE notes SET body = 'changed' WHERE id = 1;
    UPDATE notes SET body = 'changed' WHERE id = 2; UPDATE notes SET body = 'two' WHERE id = 2;
    DELETE FROM notes WHERE id = 3; INSERT INTO notes (body) VALUES ('new'), ('gone'); DELETE FROM notes WHERE body = 'gone'`);
  await on.app.query(`
    UPDATE shop.lines SET line = '2026-02-02' WHERE line = '2026-01-02';
    DELETE FROM tags WHERE ctid = (SELECT min(ctid) FROM tags WHERE tag = 'a'); INSERT INTO tags VALUES ('c'), ('d'); DELETE FROM tags WHERE tag = 'd'`);
  const expected = [
    { table: 'notes', op: 'update', before: one, after: { ...one, body: 'changed' } },
    { table: 'notes', op: 'delete', before: three },
    { table: 'notes', op: 'insert', after: { id: 4, body: 'new', raw: null, big: null, price: null, data: null } },
    { table: 'shop.lines', op: 'delete', before: { Order: 1, line: '2026-01-02', qty: 2 } },
    { table: 'shop.lines', op: 'insert', after: { Order: 1, line: '2026-02-02', qty: 2 } },
    { table: 'tags', op: 'delete', before: { tag: 'a' } },
    { table: 'tags', op: 'insert', after: { tag: 'c' } },
  ];
  expect(await on.keeper.diff?.()).toEqual(expected);
  expect(await on.keeper.diff?.()).toEqual(expected);
  await on.keeper.leave('test');
  expect(await on.keeper.diff?.()).toEqual([]);
});

test('numbers that JavaScript cannot keep come as text', async () => {
  await using on = await leasing.lease();
  await on.keeper.enter('test', 'keep');
  await on.app.query('DELETE FROM notes');
  expect((await on.keeper.diff?.())?.map(({ before }) => before)).toEqual([one, two, three]);
});

test('columns may be named like anything in the query', async () => {
  await using on = await leasing.lease();
  await on.keeper.enter('test', 'keep');
  await on.app.query('UPDATE clash SET w = 9; DELETE FROM clash_without_key');
  expect(await on.keeper.diff?.()).toEqual([
    {
      table: 'clash',
      op: 'update',
      before: { t: 1, w: 2, k: 3, o: 4, r: 5, l: 6 },
      after: { t: 1, w: 9, k: 3, o: 4, r: 5, l: 6 },
    },
    { table: 'clash_without_key', op: 'delete', before: { t: 1, o: 2, r: 3, l: 4 } },
  ]);
});
