import { afterAll, beforeAll, expect, test } from 'vitest';
import { leaseNotes, NOTES, open, startLeasing } from './lease.ts';

let leasing: Awaited<ReturnType<typeof startLeasing>>;
beforeAll(async () => {
  leasing = await startLeasing(NOTES);
});
afterAll(() => leasing?.[Symbol.asyncDispose]());
const lease = () => leaseNotes(leasing);

test('tables that the run makes before its tests are taken back like those of the migrations', async () => {
  await using on = await lease();
  await on.app.query(
    "CREATE TABLE late (id serial PRIMARY KEY, v text); INSERT INTO late (v) VALUES ('fixture'); ALTER TABLE notes ADD extra int DEFAULT 7",
  );
  for (const round of [1, 2]) {
    await on.keeper.enter('test', 'keep');
    await on.app.query(
      `INSERT INTO late (v) VALUES ('test ${round}'); UPDATE late SET v = 'changed'; UPDATE notes SET extra = 8; TRUNCATE tags`,
    );
    expect(await on.keeper.leave('test')).toMatchObject({ how: 'rewind' });
    expect((await on.app.query('SELECT v, extra FROM late, notes')).rows).toEqual([{ v: 'fixture', extra: 7 }]);
  }
  expect((await on.app.query("INSERT INTO late (v) VALUES ('x') RETURNING id")).rows).toEqual([{ id: 2 }]);
});

test('tables that a hook of the file makes between tests are taken back after the next ones', async () => {
  await using on = await lease();
  await on.keeper.enter('file', 'keep');
  await on.keeper.enter('test', 'keep');
  await on.keeper.leave('test');
  await on.app.query("CREATE TABLE hook (id serial PRIMARY KEY, v text); INSERT INTO hook (v) VALUES ('hook')");
  await on.keeper.enter('test', 'keep');
  await on.app.query("UPDATE hook SET v = 'test'; INSERT INTO hook (v) VALUES ('test')");
  await on.keeper.leave('test');
  expect((await on.app.query('SELECT * FROM hook')).rows).toEqual([{ id: 1, v: 'hook' }]);
});

const tables = async (on: Awaited<ReturnType<typeof lease>>) =>
  (
    await on.app.query(
      "SELECT string_agg(relname, ' ' ORDER BY relname) AS names FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
    )
  ).rows[0].names;
const CREATE_ALL =
  "CREATE TABLE made (id serial PRIMARY KEY, v text); CREATE TABLE made_too (id int REFERENCES made); INSERT INTO made (v) VALUES ('fixture')";
const DROP_ALL = 'DROP TABLE made_too, made';

test.each(['drops them', 'leaves them'])(
  'a module fixture that makes all tables has them for its tests, and %s at its end',
  async (end) => {
    await using on = await lease();
    await on.write('session fixture');
    for (const file of ['one', 'two']) {
      await on.keeper.enter('file', 'keep');
      await on.app.query(CREATE_ALL);
      for (const round of [1, 2]) {
        await on.keeper.enter('test', 'keep');
        await on.app.query(
          `INSERT INTO made (v) VALUES ('${file} ${round}'); UPDATE made SET v = 'changed' WHERE id = 1; DELETE FROM notes`,
        );
        expect(await on.keeper.leave('test')).toMatchObject({ how: 'rewind' });
        expect((await on.app.query('SELECT v FROM made')).rows).toEqual([{ v: 'fixture' }]);
      }
      if (end === 'drops them') await on.app.query(DROP_ALL);
      await on.keeper.leave('file');
      expect(await tables(on)).toBe('by_block notes tags');
      expect(await on.bodies()).toEqual(['seed', 'session fixture']);
    }
  },
);

test('a session fixture that makes all tables late, in the midst of a test of a file with fixtures, has them until the end', async () => {
  await using on = await lease();
  await on.keeper.enter('file', 'keep');
  await on.write('module fixture');
  await on.keeper.enter('test', 'keep');
  await on.write('test');
  await on.keeper.enter('run', 'keep');
  await on.app.query(CREATE_ALL);
  await on.keeper.enter('test', 'keep');
  await on.app.query("INSERT INTO made (v) VALUES ('test'); UPDATE made SET v = 'changed' WHERE id = 1");
  await on.keeper.leave('test');
  expect((await on.app.query('SELECT v FROM made')).rows).toEqual([{ v: 'fixture' }]);
  expect(await on.bodies()).toEqual(['seed', 'module fixture']);
  await on.keeper.leave('file');
  expect(await on.bodies()).toEqual(['seed']);
  expect(await tables(on)).toBe('by_block made made_too notes tags');
  await on.keeper.enter('test', 'keep');
  await on.app.query('DELETE FROM made');
  await on.keeper.leave('test');
  expect((await on.app.query('SELECT v FROM made')).rows).toEqual([{ v: 'fixture' }]);
  await on.app.query(DROP_ALL); // the fixture's end, between tests
  await on.keeper.enter('run', 'keep');
  await on.keeper.enter('test', 'keep');
  expect(await on.keeper.leave('test')).toMatchObject({ leaks: [] });
  expect(await tables(on)).toBe('by_block notes tags');
});

test('a test that changes definitions is taken back to those of its file and its run', async () => {
  await using on = await lease();
  await on.app.query('ALTER TABLE notes ADD extra int DEFAULT 1');
  await on.keeper.enter('file', 'keep');
  await on.app.query('CREATE TABLE made (id serial PRIMARY KEY, v text)');
  await on.keeper.enter('test', 'keep');
  await on.app.query(
    "DROP TABLE made; ALTER TABLE notes DROP COLUMN extra; CREATE TABLE stray (a int); INSERT INTO notes (body) VALUES ('test')",
  );
  expect(await on.keeper.leave('test')).toMatchObject({ how: 'restore', leaks: [] });
  expect(await tables(on)).toBe('by_block made notes tags');
  expect((await on.app.query('SELECT body, extra FROM notes')).rows).toEqual([{ body: 'seed', extra: 1 }]);
  await on.keeper.leave('file');
  expect(await tables(on)).toBe('by_block notes tags');
  expect((await on.app.query('SELECT body, extra FROM notes')).rows).toEqual([{ body: 'seed', extra: 1 }]);
});

test.each([
  ['drops the schema', 'DROP SCHEMA public CASCADE'],
  ['drops the schema of ours with its extension', 'DROP EXTENSION plpgsql CASCADE; CREATE EXTENSION plpgsql'],
  ['truncates a large table', 'TRUNCATE other.large'],
  [
    'switches all triggers off',
    "ALTER TABLE notes DISABLE TRIGGER ALL; INSERT INTO notes (body) VALUES ('unseen'); ALTER TABLE notes ENABLE TRIGGER ALL",
  ],
  [
    'has a trigger change keys',
    `CREATE FUNCTION move() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.id := 7;RETURN NEW;END'; CREATE TRIGGER move BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION move(); UPDATE notes SET body = 'moved'; DROP TRIGGER move ON notes`,
  ],
  ['moves the rows of a table without a key', "UPDATE tags SET tag = 'b' WHERE tag = 'a'; VACUUM FULL tags"],
])('a test that %s is taken back', async (_what, statement) => {
  await using on = await lease();
  await on.keeper.enter('test', 'keep');
  for (const part of statement.split('; ')) await on.app.query(part);
  const report = await on.keeper.leave('test');
  await using app = await open(on.url);
  const state = await app.query(
    'SELECT (SELECT array_agg(body) FROM notes) AS notes, (SELECT array_agg(tag ORDER BY tag) FROM tags) AS tags, (SELECT count(*)::int FROM other.large) AS large',
  );
  expect(state.rows, JSON.stringify(report)).toEqual([{ notes: ['seed'], tags: ['a', 'c'], large: 20_000 }]);
  await on.keeper.enter('test', 'keep');
  await app.query("INSERT INTO notes (body) VALUES ('next test')");
  expect(await on.keeper.leave('test')).toMatchObject({ how: 'rewind', changed: 1 });
});
