import { afterAll, beforeAll, expect, test } from 'vitest';
import { open, startLeasing } from './lease.ts';
import { readAll, SCHEMA, testScopes } from './scopes.ts';

let server: Awaited<ReturnType<typeof startLeasing>>;
beforeAll(async () => {
  server = await startLeasing('database', SCHEMA);
});
afterAll(() => server?.[Symbol.asyncDispose]());

testScopes(() => server.lease(), 'clone');

test('a test that has written ends connections, one that has not keeps them; the URL stays', async () => {
  await using on = await server.lease();
  await using app = await open(on.url);
  await on.keeper.enter('test', 'keep');
  await app.query('SELECT * FROM notes');
  expect((await on.keeper.leave('test')).disconnected).toBeUndefined();
  await on.keeper.enter('test', 'keep');
  await app.query("INSERT INTO notes (body) VALUES ('mine')");
  expect(await on.keeper.leave('test')).toMatchObject({ how: 'clone', changed: 1, disconnected: true });
  await expect(app.query('SELECT 1')).rejects.toThrow();
  expect(await on.sql('SELECT count(*)::int AS n FROM notes')).toEqual([{ n: 2 }]);
});

test('definitions and settings go back too', async () => {
  await using on = await server.lease();
  const before = await readAll(on);
  await on.keeper.enter('test', 'keep');
  await on.sql('DROP SCHEMA public CASCADE');
  expect(await on.keeper.leave('test')).toMatchObject({ how: 'clone' });
  expect(await readAll(on)).toBe(before);
});

test('a transaction that a test leaves open is ended and told, one of the file is left alone', async () => {
  await using on = await server.lease();
  await using fixture = await open(on.url);
  await fixture.query('BEGIN');
  await fixture.query("INSERT INTO notes (body) VALUES ('around the class')");
  await on.keeper.enter('test', 'keep');
  expect(await on.keeper.leave('test')).toMatchObject({ how: 'none', leaks: [] });
  await fixture.query('ROLLBACK');
  await on.keeper.enter('test', 'keep');
  await using app = await open(on.url);
  await app.query('BEGIN');
  await app.query("INSERT INTO notes (body) VALUES ('never committed')");
  expect((await on.keeper.leave('test')).leaks).toMatchObject([
    { kind: 'transaction', text: expect.stringContaining('never committed') },
  ]);
});

test('a fixture that begins in the middle of a test goes with it, and that is told', async () => {
  await using on = await server.lease();
  await on.keeper.enter('test', 'keep');
  await on.keeper.enter('file', 'keep');
  await on.sql("INSERT INTO notes (body) VALUES ('late fixture')");
  await on.keeper.enter('test', 'keep');
  expect(await on.keeper.leave('test')).toMatchObject({ how: 'clone', fallback: expect.stringContaining('wider than the test') });
});

test('exchanged databases and sources of a file are dropped: two ready clones stay', async () => {
  await using on = await server.lease();
  for (const _ of [1, 2]) {
    await on.keeper.enter('file', 'keep');
    await on.sql("INSERT INTO notes (body) VALUES ('file')");
    for (const _ of [1, 2, 3]) {
      await on.keeper.enter('test', 'keep');
      await on.sql("INSERT INTO notes (body) VALUES ('test')");
      await on.keeper.leave('test');
    }
    await on.keeper.leave('file');
  }
  const pooled = async () =>
    (await on.sql("SELECT datname FROM pg_database WHERE shobj_description(oid, 'pg_database') LIKE 'seatrial lease pool %'"))
      .length;
  await expect.poll(pooled, { timeout: 30_000 }).toBe(2);
});
