import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../helpers/postgres-subject.ts';
import { open, startLeasing } from './lease.ts';

let leasing: Awaited<ReturnType<typeof startLeasing>>;
beforeAll(async () => {
  leasing = await startLeasing(`
    CREATE TABLE notes (id serial PRIMARY KEY, body text, at date);
    CREATE TABLE tags (note int, tag text);
    INSERT INTO notes (body) VALUES ('seed');
    INSERT INTO tags (tag) VALUES ('a'), ('c');
    CREATE SEQUENCE blocks INCREMENT 50;
    CREATE TABLE by_block (id int PRIMARY KEY);
    CREATE SCHEMA other;
    CREATE TABLE other.large (id int PRIMARY KEY, v text);
    INSERT INTO other.large SELECT g, repeat('x', 1000) FROM generate_series(1, 20000) g`);
});
afterAll(() => leasing?.[Symbol.asyncDispose]());

async function lease() {
  const leased = await leasing.lease();
  const { app } = leased;
  return {
    ...leased,
    write: (body: string) => app.query('INSERT INTO notes (body) VALUES ($1)', [body]),
    bodies: async () => (await app.query<{ body: string }>('SELECT body FROM notes ORDER BY id')).rows.map(({ body }) => body),
  };
}

test('what a test writes goes at its end, what the run has written before stays', async () => {
  await using on = await lease();
  await on.write('session fixture');
  for (const round of [1, 2, 3]) {
    expect(await on.keeper.enter('test', 'keep')).toBeUndefined();
    await on.write(`test ${round}`);
    await on.app.query("UPDATE notes SET body = 'changed' WHERE id = 1");
    expect(await on.keeper.leave('test')).toMatchObject({ how: 'rewind', changed: 1, leaks: [] });
    expect(await on.bodies()).toEqual(['seed', 'session fixture']);
  }
  await on.keeper.enter('test', 'keep');
  expect(await on.keeper.leave('test')).toMatchObject({ how: 'none', changed: 0, leaks: [] });
});

test('what a file writes stays until it is left, what it writes between tests too', async () => {
  await using on = await lease();
  await on.keeper.enter('file', 'keep');
  await on.write('module fixture');
  await on.keeper.enter('test', 'keep');
  await on.write('test 1');
  await on.app.query("UPDATE notes SET body = 'changed'");
  await on.keeper.leave('test');
  expect(await on.bodies()).toEqual(['seed', 'module fixture']);
  await on.write('between');
  await on.keeper.enter('test', 'keep');
  await on.app.query('DELETE FROM notes');
  await on.keeper.leave('test');
  expect(await on.bodies()).toEqual(['seed', 'module fixture', 'between']);
  expect(await on.keeper.leave('file')).toMatchObject({ how: 'rewind', changed: 1 });
  expect(await on.bodies()).toEqual(['seed']);

  await on.keeper.enter('file', 'keep');
  await on.keeper.enter('test', 'keep');
  await on.write('test of the next file');
  await on.keeper.leave('test');
  await on.write('hook');
  await on.keeper.leave('file');
  expect(await on.bodies()).toEqual(['seed']);
});

test('writes that come after the end of a test are undone and reported when no hook may have made them', async () => {
  await using on = await lease();
  await on.keeper.enter('test', 'keep');
  await on.write('test');
  await on.keeper.leave('test');
  await on.write('late job');
  expect(await on.keeper.enter('test', 'undo')).toMatchObject({
    how: 'rewind',
    leaks: [{ kind: 'write', text: expect.stringContaining('notes (1 row)') }],
  });
  expect(await on.bodies()).toEqual(['seed']);
  await on.write('test 2');
  await on.keeper.leave('test');
  expect(await on.keeper.enter('test', 'undo')).toBeUndefined();
});

test.each(['clean', 'dirty'])(
  'fixtures of wider scopes that run late in a %s test survive its end, each as long as its scope',
  async (test) => {
    await using on = await lease();
    await on.keeper.enter('file', 'keep');
    await on.keeper.enter('test', 'keep');
    if (test === 'dirty') await on.write('test');
    await on.keeper.enter('run', 'keep');
    await on.write('late session fixture');
    await on.keeper.enter('file', 'keep');
    await on.write('late module fixture');
    await on.keeper.enter('test', 'keep');
    await on.write('test');
    await on.keeper.leave('test');
    expect(await on.bodies()).toEqual(['seed', 'late session fixture', 'late module fixture']);
    await on.keeper.enter('test', 'undo');
    await on.write('test 2');
    await on.keeper.leave('test');
    expect(await on.bodies()).toEqual(['seed', 'late session fixture', 'late module fixture']);
    await on.keeper.leave('file');
    expect(await on.bodies()).toEqual(['seed', 'late session fixture']);
    await on.keeper.enter('test', 'keep');
    await on.write('test 3');
    await on.keeper.leave('test');
    expect(await on.bodies()).toEqual(['seed', 'late session fixture']);
  },
);

test('a transaction around a whole class, begun before its tests, is let be while nothing is committed', async () => {
  await using on = await lease();
  await on.keeper.enter('file', 'keep');
  await on.app.query('BEGIN');
  await on.write('class fixture');
  for (const round of [1, 2]) {
    await on.keeper.enter('test', 'keep');
    await on.app.query('SAVEPOINT s');
    await on.write(`test ${round}`);
    await on.app.query('ROLLBACK TO s');
    expect(await on.keeper.leave('test')).toMatchObject({ how: 'none', leaks: [] });
    expect(await on.bodies()).toEqual(['seed', 'class fixture']);
  }
  await on.app.query('ROLLBACK');
  expect(await on.keeper.leave('file')).toMatchObject({ leaks: [] });
});

test('a database that does not carry our marker is refused', async () => {
  await using on = await lease();
  const name = `"${on.app.database}"`;
  const [row] = await sql(
    leasing.db,
    `SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = '${on.app.database}'`,
  );
  await on.app.query(`COMMENT ON DATABASE ${name} IS 'mine now'`);
  await expect(leasing.book.openKeeper?.(on.id, 'rewind')).rejects.toMatchObject({ code: 'SEATRIAL_RESET_NOT_ALLOWED' });
  await on.app.query(`COMMENT ON DATABASE ${name} IS '${row?.comment}'`);
});

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

test('a test that ends all sessions of its database, ours too, is taken back all the same', async () => {
  await using on = await lease();
  await on.keeper.enter('test', 'keep');
  await on.write('test');
  await on.app.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  expect(await on.keeper.leave('test')).toMatchObject({ how: 'rewind', changed: 1 });
  expect(await on.bodies()).toEqual(['seed']);
});

test('a session that only reads may stay in its transaction for as long as it likes', async () => {
  await using on = await lease();
  await using reader = await open(on.url);
  await reader.query('BEGIN; SELECT count(*) FROM notes');
  for (const round of [1, 2]) {
    await on.keeper.enter('test', 'keep');
    await on.write(`test ${round}`);
    expect(await on.keeper.leave('test')).toMatchObject({ how: 'rewind', leaks: [] });
  }
  expect((await reader.query('SELECT count(*)::int AS n FROM notes')).rows).toEqual([{ n: 1 }]);
});

test('a transaction that a test leaves open is ended, and told by its statement', async () => {
  await using on = await lease();
  await using leaky = await open(`${on.url}?application_name=worker`);
  await on.keeper.enter('test', 'keep');
  await leaky.query('BEGIN');
  await leaky.query("INSERT INTO notes (body) VALUES ('never committed')");
  expect(await on.keeper.leave('test')).toMatchObject({
    leaks: [
      {
        kind: 'transaction',
        text: expect.stringMatching(/^idle in transaction for \d+ ms \(worker, pid \d+\): INSERT INTO notes/),
      },
    ],
  });
  expect(await on.bodies()).toEqual(['seed']);
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

test('an allocator of blocks, as Hibernate has it, never hands out a number twice over 200 inserts and resets', async () => {
  await using on = await lease();
  // Its state is in the memory of the app, which knows of no reset: after 50 numbers it asks the sequence for the next block.
  let next = 0;
  let end = 0;
  const allocate = async () => {
    if (next === end) {
      const { rows } = await on.app.query("SELECT nextval('blocks')::int AS last");
      [next, end] = [rows[0].last, rows[0].last + 50];
    }
    return next++;
  };
  const used = new Set<number>();
  for (let round = 0; round < 200; round++) {
    await on.keeper.enter('test', 'undo');
    const id = await allocate();
    expect(id).toBeGreaterThan(0);
    expect(used.has(id)).toBe(false);
    used.add(id);
    await on.app.query('INSERT INTO by_block VALUES ($1)', [id]);
    expect(await on.keeper.leave('test')).toMatchObject({ changed: 1, leaks: [] });
  }
});

/** Kills a session of the server by force, and waits until the server has ended all others for that. */
async function crash(on: Awaited<ReturnType<typeof lease>>): Promise<void> {
  await using other = await open(on.url);
  const ended = new Promise<unknown>((resolve) => other.once('end', () => resolve(undefined)));
  const { rows } = await on.app.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
  await ended;
}

test.each(['in a test', 'between tests'])(
  'after a crash of the server %s, which empties the log, the database is made anew',
  async (when) => {
    await using on = await lease();
    await on.keeper.enter('file', 'keep');
    if (when === 'between tests') await on.write('fixture of the file');
    await on.keeper.enter('test', 'keep');
    await on.write('test');
    if (when === 'between tests') await on.keeper.leave('test');
    await crash(on);
    const report = await (when === 'in a test' ? on.keeper.leave('test') : on.keeper.enter('test', 'keep'));
    expect(report).toMatchObject({ how: 'swap', disconnected: true, fallback: expect.stringContaining('crash of the server') });
    await using app = await open(on.url);
    expect((await app.query('SELECT body FROM notes')).rows).toEqual([{ body: 'seed' }]);
    if (when === 'in a test') await on.keeper.enter('test', 'keep');
    await app.query("INSERT INTO notes (body) VALUES ('next test')");
    expect(await on.keeper.leave('test')).toMatchObject({ how: 'rewind', changed: 1 });
  },
  30_000,
);
