import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../helpers/postgres-subject.ts';
import { open, startLeasing } from './lease.ts';

let leasing: Awaited<ReturnType<typeof startLeasing>>;
beforeAll(async () => {
  leasing = await startLeasing(`
    CREATE TABLE notes (id serial PRIMARY KEY, body text, at date);
    CREATE TABLE tags (note int, tag text);
    INSERT INTO notes (body) VALUES ('seed')`);
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
