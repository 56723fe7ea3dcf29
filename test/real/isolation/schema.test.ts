import { afterAll, beforeAll, expect, test } from 'vitest';
import { open, startLeasing } from './lease.ts';

let server: Awaited<ReturnType<typeof startLeasing>>;
beforeAll(async () => {
  server = await startLeasing('schema', 'CREATE SCHEMA seeded; CREATE TABLE notes (body text)');
});
afterAll(() => server?.[Symbol.asyncDispose]());

const schemas = async (on: Awaited<ReturnType<typeof server.lease>>) =>
  (await on.sql<{ name: string }>("SELECT nspname AS name FROM pg_namespace WHERE nspname !~ '^pg_|^info' ORDER BY 1")).map(
    ({ name }) => name,
  );

test('schemas that a test has made and left are dropped, those of fixtures with their scope', async () => {
  await using on = await server.lease();
  await on.sql('CREATE SCHEMA run');
  await on.keeper.enter('file', 'keep');
  await on.sql('CREATE SCHEMA file');
  for (const name of ['one', 'two']) {
    await on.keeper.enter('test', 'keep');
    await on.sql(`CREATE SCHEMA ${name}; CREATE TABLE ${name}.t (a int); CREATE SCHEMA "odd ""name"; DROP SCHEMA "odd ""name"`);
    expect(await on.keeper.leave('test')).toMatchObject({ how: 'drop', changed: 1, leaks: [] });
    expect(await schemas(on)).toEqual(['file', 'public', 'run', 'seeded']);
  }
  await on.keeper.leave('file');
  expect(await schemas(on)).toEqual(['public', 'run', 'seeded']);
});

test('nothing is installed, and what is written elsewhere stays', async () => {
  await using on = await server.lease();
  await on.keeper.enter('test', 'keep');
  await on.sql("INSERT INTO notes VALUES ('stays')");
  expect(await on.keeper.leave('test')).toMatchObject({ how: 'none', changed: 0 });
  expect(await on.sql('SELECT body, (SELECT count(*)::int FROM pg_trigger) AS triggers FROM notes')).toEqual([
    { body: 'stays', triggers: 0 },
  ]);
});

test('a schema that was made late is told; one that is in use is dropped after its user was ended', async () => {
  await using on = await server.lease();
  await on.keeper.enter('test', 'keep');
  await on.keeper.leave('test');
  await on.sql('CREATE SCHEMA late');
  expect(await on.keeper.enter('test', 'undo')).toMatchObject({ leaks: [{ kind: 'write' }] });
  await using app = await open(on.url);
  await app.query('CREATE SCHEMA used; CREATE TABLE used.t (a int)');
  await app.query('BEGIN');
  await app.query('SELECT * FROM used.t');
  expect((await on.keeper.leave('test')).leaks).toMatchObject([{ kind: 'transaction', text: expect.stringContaining('used.t') }]);
  expect(await schemas(on)).toEqual(['public', 'seeded']);
});
