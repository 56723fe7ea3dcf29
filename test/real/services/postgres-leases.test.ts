import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LeaseBook } from '../../../src/core/service.ts';
import { atDatabase, startPostgres } from '../../helpers/embedded-postgres.ts';
import { sql } from '../../helpers/postgres-subject.ts';

let db: Awaited<ReturnType<typeof startPostgres>>;
beforeAll(async () => {
  db = await startPostgres({
    project: 'a-project-with-a-name-that-is-as-long-as-names',
    options: { users: { reader: 'secret' } },
  });
  await sql(db, 'create table item (id int); insert into item values (1)');
}, 120_000);
afterAll(() => db?.[Symbol.asyncDispose]());

const open = (): Promise<LeaseBook> => {
  if (db.service.lease.kind !== 'database') throw new TypeError('a lease of PostgreSQL is a database');
  return db.service.lease.open(db.server.endpoint);
};
const databases = async () => (await sql(db, 'select datname from pg_database order by 1')).map(({ datname }) => String(datname));

it('makes 32 leases at once and drops them at once, with connections open in each', async () => {
  const before = await databases();
  const book = await open();
  const ids = Array.from({ length: 32 }, (_, i) => `w${i}`);
  const leases = await Promise.all(ids.map((id) => book.create(id)));
  expect(new Set(leases.map(({ database }) => database)).size).toBe(32);
  const clients = await Promise.all(
    leases.map(async ({ url }) => {
      const client = new pg.Client(url);
      client.on('error', () => {});
      await client.connect();
      await client.query('insert into item values (2)');
      return client;
    }),
  );
  expect(await sql(db, 'select * from item')).toEqual([{ id: 1 }]);
  await Promise.all(ids.map((id) => book.drop(id)));
  for (const client of clients) await client.end();
  const after = await databases();
  expect(after.filter((name) => !before.includes(name) && !name.endsWith('_seatrial_template'))).toEqual([]);
  await book[Symbol.asyncDispose]();
}, 60_000);

it('leases from the state at the first opening, while clients stay connected to the app’s database', async () => {
  const book = await open();
  const client = new pg.Client(db.url);
  await client.connect();
  await client.query('insert into item values (3)');
  const lease = await book.create('late');
  expect(await sql(lease, 'select * from item')).toEqual([{ id: 1 }]);
  await client.end();
  await book[Symbol.asyncDispose]();

  const again = await open(); // as after a restart of the server
  await expect(sql(lease, 'select * from item')).resolves.toEqual([{ id: 1 }]);
  await again.drop('late');
  await expect(sql(lease, 'select 1')).rejects.toMatchObject({ code: '3D000' });
  await again[Symbol.asyncDispose]();
});

it('copies settings and rights of the database, which CREATE DATABASE leaves out', async () => {
  const name = `"${new URL(db.url).pathname.slice(1)}"`;
  await sql(
    db,
    `create schema s; alter database ${name} set search_path to "s", "o""dd", public; alter role reader in database ${name} set work_mem to '5MB';
     revoke connect on database ${name} from public; grant create on database ${name} to reader with grant option`,
  );
  const book = await open();
  const lease = await book.create('traits');
  const traits = (url: string) =>
    sql(
      { url },
      `select current_setting('search_path') as path, has_database_privilege('reader', current_database(), 'CONNECT') as can_connect,
      has_database_privilege('reader', current_database(), 'CREATE WITH GRANT OPTION') as can_grant,
      (select setconfig from pg_db_role_setting where setdatabase = (select oid from pg_database where datname = current_database()) and setrole <> 0) as role_settings`,
    );
  expect(await traits(lease.url)).toEqual(await traits(db.url));
  expect(await traits(lease.url)).toMatchObject([
    { path: 's, "o""dd", public', can_connect: false, can_grant: true, role_settings: ['work_mem=5MB'] },
  ]);
  await book[Symbol.asyncDispose]();
});

it('drops nothing that does not carry its marker', async () => {
  const book = await open();
  const lease = await book.create('marked');
  await sql(db, `comment on database "${lease.database}" is 'mine now'`);
  await expect(book.drop('marked')).rejects.toMatchObject({ code: 'SEATRIAL_RESET_NOT_ALLOWED' });
  await expect(sql(lease, 'select 1 as one')).resolves.toEqual([{ one: 1 }]);
  await expect(sql(atDatabase(db.url, 'postgres'), 'select 1 as one')).resolves.toEqual([{ one: 1 }]);
  await book[Symbol.asyncDispose]();
});
