import pg from 'pg';
import type { StateKeeper } from '../../../src/core/reset.ts';
import type { LeaseBook, ServiceRequest } from '../../../src/core/service.ts';
import { startPostgres } from '../../helpers/embedded-postgres.ts';
import { sql } from '../../helpers/postgres-subject.ts';

export type Client = pg.Client & AsyncDisposable;

export async function open(url: string): Promise<Client> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end().catch(() => {}) });
}

/** A lease as a worker has it, and the keeper that its session drives. */
export interface Leased extends AsyncDisposable {
  readonly id: string;
  readonly url: string;
  readonly app: Client;
  readonly keeper: StateKeeper;
}

/** A server with this schema, which leases by `rewind`. */
export async function startLeasing(schema: string, request: Partial<ServiceRequest> = {}) {
  const db = await startPostgres(request);
  await sql(db, schema);
  if (db.service.lease.kind !== 'database') throw new TypeError('a lease of PostgreSQL is a database');
  const book: LeaseBook = await db.service.lease.open(db.server.endpoint);
  let count = 0;
  return {
    db,
    book,
    async lease(): Promise<Leased> {
      const id = `t${++count}`;
      const { url } = await book.create(id, 'rewind');
      const keeper = (await book.openKeeper?.(id, 'rewind')) as StateKeeper;
      const app = await open(url);
      return {
        id,
        url,
        app,
        keeper,
        [Symbol.asyncDispose]: async () => {
          await app[Symbol.asyncDispose]();
          await keeper[Symbol.asyncDispose]();
          await book.drop(id);
        },
      };
    },
    [Symbol.asyncDispose]: async () => {
      await book[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}

/** A table with a key, one without, a large one, and numbers in blocks. */
export const NOTES = `
    CREATE TABLE notes (id serial PRIMARY KEY, body text, at date);
    CREATE TABLE tags (note int, tag text);
    INSERT INTO notes (body) VALUES ('seed');
    INSERT INTO tags (tag) VALUES ('a'), ('c');
    CREATE SEQUENCE blocks INCREMENT 50;
    CREATE TABLE by_block (id int PRIMARY KEY);
    CREATE SCHEMA other;
    CREATE TABLE other.large (id int PRIMARY KEY, v text);
    INSERT INTO other.large SELECT g, repeat('x', 1000) FROM generate_series(1, 20000) g`;

/** A lease on it, and how a test writes and looks. */
export async function leaseNotes(leasing: Awaited<ReturnType<typeof startLeasing>>) {
  const leased = await leasing.lease();
  const { app } = leased;
  return {
    ...leased,
    write: (body: string) => app.query('INSERT INTO notes (body) VALUES ($1)', [body]),
    bodies: async () => (await app.query<{ body: string }>('SELECT body FROM notes ORDER BY id')).rows.map(({ body }) => body),
  };
}
