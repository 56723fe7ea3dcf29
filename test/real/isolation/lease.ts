import pg from 'pg';
import type { Isolation } from '../../../src/core/isolation.ts';
import type { StateKeeper } from '../../../src/core/reset.ts';
import type { LeaseBook } from '../../../src/core/service.ts';
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
  readonly keeper: StateKeeper;
  /** On a connection of its own. */
  sql<R extends pg.QueryResultRow>(text: string): Promise<R[]>;
}

/** A server with this schema, of which each lease is taken back by `isolation`. */
export async function startLeasing(
  isolation: Isolation,
  schema: string,
  started: Parameters<typeof startPostgres> = [],
): Promise<
  { readonly db: Awaited<ReturnType<typeof startPostgres>>; readonly book: LeaseBook; lease(): Promise<Leased> } & AsyncDisposable
> {
  const db = await startPostgres(...started);
  await sql(db, schema);
  if (db.service.lease.kind !== 'database') throw new TypeError('a lease of PostgreSQL is a database');
  const book: LeaseBook = await db.service.lease.open(db.server.endpoint);
  let count = 0;
  return {
    db,
    book,
    async lease() {
      const id = `t${++count}`;
      const { url } = await book.create(id, isolation);
      const keeper = (await book.openKeeper?.(id, isolation)) as StateKeeper;
      return {
        id,
        url,
        keeper,
        sql: (text) => sql({ url }, text),
        [Symbol.asyncDispose]: async () => {
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
