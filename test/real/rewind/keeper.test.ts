import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StateKeeper } from '../../../src/core/reset.ts';
import type { LeaseBook } from '../../../src/core/service.ts';
import { startPostgres } from '../../helpers/embedded-postgres.ts';
import { sql } from '../../helpers/postgres-subject.ts';

let db: Awaited<ReturnType<typeof startPostgres>>;
let book: LeaseBook;
let count = 0;

beforeAll(async () => {
  db = await startPostgres();
  await sql(
    db,
    `CREATE TABLE notes (id serial PRIMARY KEY, body text, at date);
    CREATE TABLE tags (note int, tag text);
    INSERT INTO notes (body) VALUES ('seed')`,
  );
  if (db.service.lease.kind !== 'database') throw new TypeError('a lease of PostgreSQL is a database');
  book = await db.service.lease.open(db.server.endpoint);
});
afterAll(async () => {
  await book?.[Symbol.asyncDispose]();
  await db?.[Symbol.asyncDispose]();
});

async function open(url: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

/** A lease as a worker has it, and what the session drives. */
async function lease() {
  const id = `t${++count}`;
  const { url } = await book.create(id, 'rewind');
  const keeper = (await book.openKeeper?.(id, 'rewind')) as StateKeeper;
  const app = await open(url);
  return {
    id,
    app,
    keeper,
    write: (body: string) => app.query('INSERT INTO notes (body) VALUES ($1)', [body]),
    bodies: async () => (await app.query<{ body: string }>('SELECT body FROM notes ORDER BY id')).rows.map(({ body }) => body),
    [Symbol.asyncDispose]: async () => {
      await app.end();
      await keeper[Symbol.asyncDispose]();
      await book.drop(id);
    },
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
    db,
    `SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = '${on.app.database}'`,
  );
  await on.app.query(`COMMENT ON DATABASE ${name} IS 'mine now'`);
  await expect(book.openKeeper?.(on.id, 'rewind')).rejects.toMatchObject({ code: 'SEATRIAL_RESET_NOT_ALLOWED' });
  await on.app.query(`COMMENT ON DATABASE ${name} IS '${row?.comment}'`);
});
