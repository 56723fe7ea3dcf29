import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StateKeeper } from '../../../src/core/reset.ts';
import { postgres } from '../../../src/services/postgres/index.ts';
import { atDatabase, startPostgres } from '../../helpers/embedded-postgres.ts';
import { toRequest } from '../../helpers/launch-service.ts';
import { sql } from '../../helpers/postgres-subject.ts';
import { open, startLeasing } from './lease.ts';

/** An external server whose role is no superuser, as the session sees it. */
describe('on a server of somebody else', () => {
  let db: Awaited<ReturnType<typeof startPostgres>>;
  let count = 0;
  beforeAll(async () => {
    db = await startPostgres({ options: { settings: { max_prepared_transactions: '5' } } });
  });
  afterAll(() => db?.[Symbol.asyncDispose]());

  /** A role with these rights, a database of its own, and a lease by it. */
  async function external(grants: string, schema: (role: string) => string, makeSchemaAs: 'role' | 'superuser' = 'role') {
    const role = `role_${++count}`;
    await sql(db, `CREATE ROLE ${role} LOGIN CREATEDB PASSWORD 'secret'`);
    for (const statement of grants.split('; ').filter(Boolean)) await sql(db, statement.replaceAll('ROLE', role));
    await sql(db, `CREATE DATABASE ${role} OWNER ${role}`);
    const { url } = atDatabase(db.url, role, `${role}:secret`);
    await sql(makeSchemaAs === 'role' ? { url } : atDatabase(db.url, role), schema(role));
    const service = postgres.configure(toRequest({ url }));
    if (service.lease.kind !== 'database') throw new TypeError('a lease of PostgreSQL is a database');
    const book = await service.lease.open(db.server.endpoint, { token: `ab${count}` });
    return { role, book, url };
  }
  const NOTES = () => "CREATE TABLE notes (id serial PRIMARY KEY, body text); INSERT INTO notes (body) VALUES ('seed')";
  const GRANT = 'GRANT SET ON PARAMETER session_replication_role TO ROLE';

  test('a role that may not switch foreign keys off is told which right it lacks, and how to grant it', async () => {
    const { book, role } = await external('', NOTES);
    await expect(book.create('w1', 'rewind')).rejects.toMatchObject({
      code: 'SEATRIAL_LEASE_FAILED',
      message: expect.stringContaining('session_replication_role'),
      hint: expect.stringContaining(`GRANT SET ON PARAMETER session_replication_role, deadlock_timeout TO "${role}"`),
    });
    await book[Symbol.asyncDispose]();
  });

  test('a role that does not own a table is told so', async () => {
    const { book } = await external(GRANT, (role) => `CREATE TABLE theirs (id int); GRANT ALL ON theirs TO ${role}`, 'superuser');
    await expect(book.create('w1', 'rewind')).rejects.toMatchObject({
      code: 'SEATRIAL_LEASE_FAILED',
      message: expect.stringContaining('must be owner of'),
      hint: expect.stringContaining('OWNER TO'),
    });
    await book[Symbol.asyncDispose]();
  });

  test('without superuser rights rows are rewound, definitions are noticed, and what is done otherwise is said once', async () => {
    const { book } = await external(GRANT, NOTES);
    const { url } = await book.create('w1', 'rewind');
    const keeper = (await book.openKeeper?.('w1', 'rewind')) as StateKeeper;
    let app = await open(url);
    await app.query("CREATE TABLE made (id serial PRIMARY KEY, v text); INSERT INTO made (v) VALUES ('session fixture')");
    await keeper.enter('test', 'keep');
    await app.query("UPDATE notes SET body = 'test'; INSERT INTO made (v) VALUES ('test'); TRUNCATE notes");
    expect(await keeper.leave('test')).toMatchObject({
      how: 'rewind',
      changed: 2,
      fallback: expect.stringContaining('no superuser'),
    });
    await keeper.enter('test', 'keep');
    expect(await keeper.leave('test')).toEqual({ how: 'none', changed: 0, leaks: [], ms: expect.any(Number) });
    expect((await app.query('SELECT body, v FROM notes, made')).rows).toEqual([{ body: 'seed', v: 'session fixture' }]);
    await keeper.enter('test', 'keep');
    await app.query('ALTER TABLE notes ADD more int');
    expect(await keeper.leave('test')).toMatchObject({ how: 'swap', fallback: expect.stringContaining('changed definitions') });
    await app[Symbol.asyncDispose]();
    app = await open(url);
    expect((await app.query('SELECT * FROM notes')).rows).toEqual([{ id: 1, body: 'seed' }]);
    await app[Symbol.asyncDispose]();
    await keeper[Symbol.asyncDispose]();
    await book[Symbol.asyncDispose]();
  });

  test('nothing of ours is left on the server', async () => {
    const { book, role } = await external(GRANT, NOTES);
    await book.create('w1', 'rewind');
    await book[Symbol.asyncDispose]();
    const left = await sql(
      db,
      `SELECT datname FROM pg_database WHERE datname LIKE '${role}%' OR shobj_description(oid, 'pg_database') LIKE 'seatrial %of ab${count} %'`,
    );
    expect(left).toEqual([{ datname: role }]);
  });
});

describe('what rewind does not cover', () => {
  let leasing: Awaited<ReturnType<typeof startLeasing>>;
  beforeAll(async () => {
    leasing = await startLeasing(
      `CREATE EXTENSION postgres_fdw; CREATE SERVER away FOREIGN DATA WRAPPER postgres_fdw;
       CREATE FOREIGN TABLE far (id int) SERVER away;
       CREATE TABLE notes (id serial PRIMARY KEY, body text); INSERT INTO notes (body) VALUES ('seed')`,
      { options: { strict: true, settings: { max_prepared_transactions: '5' } } },
    );
  });
  afterAll(() => leasing?.[Symbol.asyncDispose]());

  test('is named once: a foreign table', async () => {
    await using on = await leasing.lease();
    await on.keeper.enter('test', 'keep');
    expect(await on.keeper.leave('test')).toMatchObject({ fallback: expect.stringContaining('public.far is a foreign table') });
    await on.keeper.enter('test', 'keep');
    expect(await on.keeper.leave('test')).not.toHaveProperty('fallback');
  });

  test('a prepared transaction that a test leaves is rolled back and named', async () => {
    await using on = await leasing.lease();
    await on.keeper.enter('test', 'keep');
    await on.app.query("BEGIN; INSERT INTO notes (body) VALUES ('prepared'); PREPARE TRANSACTION 'two phases'");
    expect(await on.keeper.leave('test')).toMatchObject({
      leaks: [{ kind: 'transaction', text: expect.stringMatching(/^prepared for \d+ ms: PREPARE TRANSACTION 'two phases'$/) }],
    });
    expect((await on.app.query('SELECT body FROM notes')).rows).toEqual([{ body: 'seed' }]);
  });

  test('in strict mode changes beyond the database are reported, those of fixtures are not', async () => {
    await using on = await leasing.lease();
    await on.app.query('CREATE ROLE of_a_fixture');
    await on.keeper.enter('test', 'keep');
    await on.app.query('CREATE ROLE of_a_test');
    await on.app.query("ALTER ROLE of_a_fixture SET work_mem = '5MB'");
    await on.app.query('CREATE DATABASE "by a test"');
    const [{ loid }] = (await on.app.query("SELECT lo_from_bytea(0, 'x') AS loid")).rows;
    const { leaks } = await on.keeper.leave('test');
    expect(leaks.map(({ text }) => text).sort()).toEqual([
      'database by a test was made',
      `large object ${loid} was made`,
      'role of_a_fixture was changed',
      'role of_a_test was made',
      'settings of of_a_fixture was made',
    ]);
    await on.keeper.enter('test', 'keep');
    expect(await on.keeper.leave('test')).toMatchObject({ leaks: [] });
  });
});
