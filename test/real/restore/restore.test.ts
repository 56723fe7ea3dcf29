import { describe, expect, test } from 'vitest';
import { nativeDriver } from '../../../src/drivers/native/index.ts';
import { embeddedDriver } from '../../helpers/embedded-postgres.ts';
import { type Leased, open, startLeasing } from '../isolation/lease.ts';
import { SCHEMA } from '../rewind/schema.ts';
import { readState } from '../rewind/state.ts';
import { readDamage, readDefinitions } from './definitions.ts';
import { MORE_SCHEMA, SHAPES } from './shapes.ts';

const VERSIONS = [
  ['15', nativeDriver],
  ['18', embeddedDriver],
] as const;

describe.each(VERSIONS)('PostgreSQL %s', (version, driver) => {
  test('definitions and rows that a test has changed come back in place, numbers and prepared statements with them', {
    timeout: 300_000,
  }, async () => {
    await using server = await startLeasing('rewind', SCHEMA + MORE_SCHEMA, [{ version }, { driver }]);
    await using on = await server.lease();
    await using app = await open(on.url);
    const prepared = () =>
      app.query({
        name: 'paid',
        text: 'SELECT count(*)::int AS n FROM orders WHERE status = ANY ($1::status[])',
        values: [['paid']],
      });
    const readAll = async () => ({
      definitions: await readDefinitions(app),
      state: await readState(app),
      counted: (await app.query('SELECT * FROM counted ORDER BY 1')).rows,
      prepared: (await prepared()).rows,
    });
    const before = await readAll();
    for (const shape of Object.values(SHAPES).flat()) {
      await on.keeper.enter('test', 'keep');
      await app.query(shape);
      const { how, fallback } = await on.keeper.leave('test');
      expect([shape, how, fallback]).toEqual([shape, 'restore', undefined]);
      await app.query('DISCARD TEMP');
      expect([shape, await readAll()]).toEqual([shape, before]);
      expect([shape, await readDamage(app)]).toEqual([shape, []]);
    }
  });
});

const NOTES =
  "CREATE TABLE notes (id serial PRIMARY KEY, body text); INSERT INTO notes (body) VALUES ('seed'); CREATE TABLE nokey (a text)";

test('rows of fixtures survive that a test drops their table', async () => {
  await using server = await startLeasing('rewind', NOTES);
  await using on = await server.lease();
  const bodies = async () =>
    (
      await on.sql(
        "SELECT string_agg(body, ' ' ORDER BY id) || coalesce((SELECT ' / ' || string_agg(a, ' ' ORDER BY a) FROM nokey), '') AS all FROM notes",
      )
    )[0];
  await on.sql("INSERT INTO notes (body) VALUES ('run'); INSERT INTO nokey VALUES ('run')");
  await on.keeper.enter('file', 'keep');
  await on.sql(
    "INSERT INTO notes (body) VALUES ('file'); UPDATE notes SET body = body || '!' WHERE body = 'seed'; INSERT INTO nokey VALUES ('file')",
  );
  for (const _ of [1, 2]) {
    await on.keeper.enter('test', 'keep');
    await on.sql(
      "DELETE FROM notes WHERE body = 'run'; INSERT INTO notes (body) VALUES ('test'); UPDATE notes SET body = 'x' WHERE body = 'file'; DELETE FROM nokey",
    );
    await on.sql('DROP TABLE notes; DROP TABLE nokey');
    expect(await on.keeper.leave('test')).toMatchObject({ how: 'restore' });
    expect(await bodies()).toEqual({ all: 'seed! run file / file run' });
  }
  await on.keeper.leave('file');
  expect(await bodies()).toEqual({ all: 'seed run / run' });
  await on.keeper.enter('test', 'keep');
  await on.sql('DROP SCHEMA public CASCADE');
  expect(await on.keeper.leave('test')).toMatchObject({ how: 'restore' });
  expect(await bodies()).toEqual({ all: 'seed run / run' });
});

test('rows without a key that VACUUM FULL has moved are told apart when a test drops their table', async () => {
  await using server = await startLeasing('rewind', NOTES);
  await using on = await server.lease();
  const rows = async () => (await on.sql('SELECT array_agg(a ORDER BY a) AS all FROM nokey'))[0];
  const moves = async () => {
    await on.keeper.enter('test', 'keep');
    for (const first of [1, 2]) {
      await on.sql('DELETE FROM nokey WHERE ctid = (SELECT min(ctid) FROM nokey)');
      await on.sql('VACUUM FULL nokey'); // now the next one lies there, as old as the one before
      if (first === 2) await on.sql("UPDATE nokey SET a = a || '!'");
    }
    await on.sql('DROP TABLE nokey');
    expect(await on.keeper.leave('test')).toMatchObject({ how: 'restore' });
  };
  await on.sql("INSERT INTO nokey VALUES ('a'), ('b'), ('c')");
  await moves();
  expect(await rows()).toEqual({ all: ['a', 'b', 'c'] });
  await on.keeper.enter('file', 'keep');
  await on.sql("INSERT INTO nokey VALUES ('d'), ('e'); DELETE FROM nokey WHERE a = 'a'");
  await moves();
  expect(await rows()).toEqual({ all: ['b', 'c', 'd', 'e'] });
  await on.keeper.leave('file');
  expect(await rows()).toEqual({ all: ['a', 'b', 'c'] });
});

test.each(['as the seed has them', 'with rows of the run'])(
  'tables %s that a file gives another shape are back when it is over, whatever its tests did to them',
  async (held) => {
    await using server = await startLeasing('rewind', NOTES);
    await using on = await server.lease();
    if (held === 'with rows of the run')
      await on.sql("INSERT INTO notes (body) VALUES ('run'); INSERT INTO nokey VALUES ('run')");
    const rows = () =>
      on.sql('SELECT (SELECT json_agg(n ORDER BY id) FROM notes n) AS notes, (SELECT json_agg(k) FROM nokey k) AS nokey');
    const before = await rows();
    for (const _ of [1, 2]) {
      await on.keeper.enter('file', 'keep');
      await on.sql(
        "UPDATE notes SET body = 'file'; ALTER TABLE notes ADD COLUMN extra uuid DEFAULT gen_random_uuid(); INSERT INTO notes (body) VALUES ('file')",
      );
      await on.sql("ALTER TABLE nokey ALTER COLUMN a TYPE varchar(9) USING a || '?'; INSERT INTO nokey VALUES ('file')");
      const ofFile = await rows();
      await expectTakenBack(on, rows, ofFile, [
        'DELETE FROM notes; DROP TABLE notes, nokey',
        'ALTER TABLE notes DROP COLUMN body; UPDATE nokey SET a = 1',
      ]);
      expect(await on.keeper.leave('file')).toMatchObject({ how: 'restore' });
      expect(await rows()).toEqual(before);
    }
  },
);

test('tables that fixtures make come back after a test drops them, and go with their file', async () => {
  await using server = await startLeasing('rewind', NOTES);
  await using on = await server.lease();
  await on.sql("CREATE TABLE made (id serial PRIMARY KEY, v text); INSERT INTO made (v) VALUES ('run')");
  await on.keeper.enter('file', 'keep');
  await on.sql("CREATE TABLE by_file (v text); INSERT INTO by_file VALUES ('file')");
  for (const _ of [1, 2]) {
    await on.keeper.enter('test', 'keep');
    await on.sql("INSERT INTO by_file VALUES ('test'); DROP SCHEMA public CASCADE");
    expect(await on.keeper.leave('test')).toMatchObject({ how: 'restore' });
    expect(await on.sql('SELECT made.v, by_file.v AS file FROM made, by_file')).toEqual([{ v: 'run', file: 'file' }]);
  }
  await on.keeper.leave('file');
  expect(await on.sql("SELECT v, to_regclass('by_file') AS file FROM made")).toEqual([{ v: 'run', file: null }]);
});

test('what can not be taken back in place is exchanged under the same URL, and told', async () => {
  await using server = await startLeasing('rewind', NOTES);
  await using on = await server.lease();
  await on.keeper.enter('test', 'keep');
  await on.sql("INSERT INTO notes (body) VALUES ('test'); GRANT EXECUTE ON FUNCTION pg_ls_dir(text) TO PUBLIC");
  expect(await on.keeper.leave('test')).toMatchObject({
    how: 'swap',
    disconnected: true,
    fallback: expect.stringMatching(
      /^GRANT.* could not be taken back in place: objects of the server itself were changed \(pg_proc\)$/,
    ),
  });
  expect(await on.sql('SELECT body FROM notes')).toEqual([{ body: 'seed' }]);
  await on.keeper.enter('test', 'keep');
  await on.sql("INSERT INTO notes (body) VALUES ('next')");
  expect(await on.keeper.leave('test')).toMatchObject({ how: 'rewind', changed: 1 });
  await on.keeper.enter('file', 'keep');
  await on.sql("INSERT INTO notes (body) VALUES ('file')");
  await on.keeper.enter('test', 'keep');
  await on.sql('DROP EXTENSION plpgsql CASCADE').catch(() => on.sql('GRANT EXECUTE ON FUNCTION pg_ls_dir(text) TO PUBLIC'));
  expect((await on.keeper.leave('test')).fallback).toMatch(/what fixtures had written is lost$/);
});

test('tables of the seed come back after a fixture has given their types new labels and fields', async () => {
  await using server = await startLeasing(
    'rewind',
    `CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TYPE pair AS (a int, b int); CREATE TABLE moods (m mood, p pair); INSERT INTO moods VALUES ('sad', '(1,2)');
     CREATE MATERIALIZED VIEW seen AS SELECT * FROM moods`,
  );
  await using on = await server.lease();
  const rows = () => on.sql('SELECT moods, seen FROM moods, seen');
  await on.sql("ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'; ALTER TYPE pair ADD ATTRIBUTE c int");
  await on.keeper.enter('file', 'keep');
  const before = await rows();
  await expectTakenBack(on, rows, before, [
    'DROP TABLE moods CASCADE',
    "ALTER TYPE mood RENAME VALUE 'blue' TO 'red'; DELETE FROM moods",
    'DROP SCHEMA public CASCADE',
  ]);
});

test('sessions that read at this moment are waited for', async () => {
  await using server = await startLeasing('rewind', NOTES);
  await using on = await server.lease();
  await using reader = await open(on.url);
  await on.keeper.enter('test', 'keep');
  await on.sql('ALTER TABLE notes ADD COLUMN extra int; UPDATE notes SET extra = 1; ALTER TABLE nokey ADD COLUMN extra int');
  const ended: string[] = [];
  const reading = reader.query('SELECT count(*)::int AS n, pg_sleep(1) FROM nokey').finally(() => ended.push('reading'));
  while (
    (await on.sql("SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()")).length === 0
  );
  expect(await on.keeper.leave('test').finally(() => ended.push('restoring'))).toMatchObject({ how: 'restore' });
  expect((await reading).rows[0]?.n).toBe(0);
  expect(ended).toEqual(['reading', 'restoring']);
  expect(await on.sql('SELECT * FROM notes')).toEqual([{ id: 1, body: 'seed' }]);
});

test('sessions that know a changed table forget what they know', async () => {
  await using server = await startLeasing(
    'rewind',
    `${NOTES}; CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.body := upper(NEW.body); RETURN NEW; END';
     CREATE TRIGGER shout BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION shout()`,
  );
  await using on = await server.lease();
  await using app = await open(on.url);
  const insert = async () => (await app.query("INSERT INTO notes (body) VALUES ('quiet') RETURNING body")).rows;
  await on.keeper.enter('test', 'keep');
  await app.query('ALTER TABLE notes DISABLE TRIGGER shout');
  expect(await insert()).toEqual([{ body: 'quiet' }]);
  expect(await on.keeper.leave('test')).toMatchObject({ how: 'restore' });
  await on.keeper.enter('test', 'keep');
  expect(await insert()).toEqual([{ body: 'QUIET' }]);
});

test('a block allocator that a test drops goes on where it was', async () => {
  await using server = await startLeasing(
    'rewind',
    `${NOTES}; CREATE SEQUENCE blocks INCREMENT 50; SELECT nextval('blocks'), nextval('blocks')`,
  );
  await using on = await server.lease();
  await on.keeper.enter('test', 'keep');
  await on.sql('DROP SEQUENCE blocks');
  expect(await on.keeper.leave('test')).toMatchObject({ how: 'restore' });
  expect(await on.sql("SELECT nextval('blocks')::int AS n")).toEqual([{ n: 101 }]);
});

test('numbers that a file has taken from a sequence are given back when it is over, though it has dropped the sequence then', async () => {
  await using server = await startLeasing('rewind', NOTES);
  await using on = await server.lease();
  for (const tests of [0, 2]) {
    await on.keeper.enter('file', 'keep');
    await on.sql("SELECT nextval('notes_id_seq'); DROP TABLE notes");
    for (let test = 0; test < tests; test++) {
      await on.keeper.enter('test', 'keep');
      await on.sql('CREATE TABLE mine (id serial)');
      expect(await on.keeper.leave('test')).toMatchObject({ how: 'restore' });
    }
    await on.keeper.enter('test', 'keep');
    expect(await on.keeper.leave('test')).toMatchObject({ how: 'none' });
    expect(await on.keeper.leave('file')).toMatchObject({ how: 'restore' });
    expect(await on.sql("SELECT pg_sequence_last_value('notes_id_seq')::int AS n")).toEqual([{ n: 1 }]);
  }
});

test('a column that the run adds after a file had one like it comes back with its values', async () => {
  await using server = await startLeasing('rewind', NOTES);
  await using on = await server.lease();
  const add = 'ALTER TABLE notes ADD COLUMN extra int';
  await on.keeper.enter('file', 'keep');
  await on.sql(add);
  await on.keeper.enter('test', 'keep');
  await on.keeper.leave('test');
  expect(await on.keeper.leave('file')).toMatchObject({ how: 'restore' });
  await on.sql(`${add}; UPDATE notes SET extra = 1`);
  await on.keeper.enter('file', 'keep');
  await on.keeper.enter('test', 'keep');
  await on.sql('DELETE FROM notes');
  expect(await on.keeper.leave('test')).toMatchObject({ how: 'rewind' });
  expect(await on.sql('SELECT extra FROM notes')).toEqual([{ extra: 1 }]);
});

test('rows that name what a test renames come back, and hinder none of its statements', async () => {
  await using server = await startLeasing(
    'rewind',
    `${NOTES}; CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
     CREATE TABLE names (id int PRIMARY KEY, c regclass, f regproc); INSERT INTO names VALUES (1, 'notes', 'one')`,
  );
  await using on = await server.lease();
  await on.sql("INSERT INTO names VALUES (2, 'nokey', 'one')");
  const rows = () => on.sql('SELECT id, c::text, f::text FROM names ORDER BY id');
  const before = await rows();
  const touch = 'UPDATE names SET id = id + 10; DELETE FROM names WHERE id = 12';
  await on.keeper.enter('test', 'keep');
  await on.sql(`${touch}; ALTER SCHEMA public RENAME TO elsewhere; CREATE SCHEMA public; DROP TABLE elsewhere.names`);
  expect(await on.keeper.leave('test')).toMatchObject({ how: 'restore' });
  expect(await rows()).toEqual(before);
  await on.keeper.enter('test', 'keep');
  await on.sql(`${touch}; ALTER FUNCTION one() RENAME TO two; DROP TABLE nokey`);
  expect(await on.keeper.leave('test')).toMatchObject({ how: 'restore' });
  expect(await rows()).toEqual(before);
});

test('a table that came back from a drop keeps its files from then on', async () => {
  await using server = await startLeasing('rewind', NOTES);
  await using on = await server.lease();
  const files: unknown[] = [];
  for (const statement of ['DROP TABLE notes', 'ALTER TABLE notes ADD COLUMN extra int']) {
    await on.keeper.enter('test', 'keep');
    await on.sql(statement);
    expect(await on.keeper.leave('test')).toMatchObject({ how: 'restore' });
    files.push(await on.sql("SELECT pg_relation_filenode('notes') AS file"));
  }
  expect(files[1]).toEqual(files[0]);
});

/** Each of these in a test of its own, after which `rows` are as they were. */
async function expectTakenBack(
  on: Leased,
  rows: () => Promise<unknown>,
  before: unknown,
  shapes: readonly string[],
): Promise<void> {
  for (const shape of shapes) {
    await on.keeper.enter('test', 'keep');
    await on.sql(shape);
    expect(await on.keeper.leave('test')).toMatchObject({ how: 'restore' });
    expect(await rows()).toEqual(before);
  }
}
