import { afterAll, beforeAll, expect, test } from 'vitest';
import { open, startLeasing } from './lease.ts';
import { readAll, SCHEMA } from './scopes.ts';

let server: Awaited<ReturnType<typeof startLeasing>>;
beforeAll(async () => {
  server = await startLeasing('transaction', SCHEMA);
});
afterAll(() => server?.[Symbol.asyncDispose]());

test('a test that rolled back leaves nothing to do', async () => {
  await using on = await server.lease();
  await using app = await open(on.url);
  await on.keeper.enter('test', 'keep');
  await app.query('BEGIN');
  await app.query("INSERT INTO notes (body) VALUES ('in the transaction')");
  await app.query('ROLLBACK');
  expect(await on.keeper.leave('test')).toMatchObject({ changed: 0, leaks: [] });
});

test('what a test has committed is a leak: named by table, and undone', async () => {
  await using on = await server.lease();
  const before = await readAll(on);
  for (const _ of [1, 2]) {
    await on.keeper.enter('test', 'keep');
    await on.sql("INSERT INTO notes (body) VALUES ('committed'), ('too'); DELETE FROM tags");
    expect((await on.keeper.leave('test')).leaks).toEqual([
      { kind: 'write', text: 'the test has committed: public.notes (2 rows), public.tags (1 row)' },
    ]);
    expect(await readAll(on)).toBe(before);
  }
});

test('what fixtures of a file have committed is none', async () => {
  await using on = await server.lease();
  await on.keeper.enter('file', 'keep');
  await on.sql("INSERT INTO notes (body) VALUES ('file')");
  await on.keeper.enter('test', 'keep');
  await on.sql("INSERT INTO notes (body) VALUES ('committed')");
  expect((await on.keeper.leave('test')).leaks).toEqual([
    { kind: 'write', text: 'the test has committed: public.notes (1 row)' },
  ]);
  await on.keeper.enter('test', 'keep');
  expect(await on.keeper.leave('test')).toMatchObject({ changed: 0, leaks: [] });
  expect(await on.sql("SELECT body FROM notes WHERE body IN ('file', 'committed')")).toEqual([{ body: 'file' }]);
});
