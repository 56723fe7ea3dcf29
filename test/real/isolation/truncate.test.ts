import { afterAll, beforeAll, expect, test } from 'vitest';
import { open, startLeasing } from './lease.ts';
import { SCHEMA, testScopes } from './scopes.ts';

let server: Awaited<ReturnType<typeof startLeasing>>;
beforeAll(async () => {
  server = await startLeasing('truncate', SCHEMA);
});
afterAll(() => server?.[Symbol.asyncDispose]());

testScopes(() => server.lease(), 'truncate');

test('connections stay, tables without writes are not touched', async () => {
  await using on = await server.lease();
  await using app = await open(on.url);
  const places = async () => (await app.query('SELECT ctid, xmin::text FROM tags')).rows;
  const before = await places();
  await on.keeper.enter('test', 'keep');
  await app.query("INSERT INTO notes (body) VALUES ('mine')");
  expect(await on.keeper.leave('test')).toMatchObject({ how: 'truncate', changed: 1 });
  expect(await places()).toEqual(before);
  expect((await app.query('SELECT count(*)::int AS n FROM notes')).rows).toEqual([{ n: 2 }]);
});

test('tables that a fixture makes are taken back like others', async () => {
  await using on = await server.lease();
  await on.sql('CREATE TABLE made (id int); INSERT INTO made VALUES (1)');
  await on.keeper.enter('test', 'keep');
  await on.sql('DELETE FROM made');
  expect(await on.keeper.leave('test')).toMatchObject({ how: 'truncate', changed: 1 });
  expect(await on.sql('SELECT * FROM made')).toEqual([{ id: 1 }]);
});

test('definitions that a test changes are refused by name', async () => {
  await using on = await server.lease();
  await on.keeper.enter('test', 'keep');
  await on.sql('CREATE TABLE mine (id int)');
  await expect(on.keeper.leave('test')).rejects.toThrow(/CREATE TABLE public\.mine/);
});

test('copies are out of the sight of dumps', async () => {
  await using on = await server.lease();
  await on.keeper.enter('file', 'keep');
  await on.sql("INSERT INTO notes (body) VALUES ('file')");
  await on.keeper.enter('test', 'keep');
  expect(
    await on.sql(`SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'seatrial'::regnamespace AND c.relkind = 'r'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`),
  ).toEqual([]);
});
