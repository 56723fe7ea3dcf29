import pg from 'pg';
import type { Target } from '../../src/services/postgres/connect.ts';
import { openRewindConnection } from '../../src/services/postgres/rewind/connection.ts';
import { installRewind } from '../../src/services/postgres/rewind/install.ts';
import { openRewinder } from '../../src/services/postgres/rewind/rewinder.ts';
import { timed } from '../lib/program.ts';
import type { BenchCase } from '../lib/run-interleaved.ts';
import { STANDARD_TEST, shopSchema, shopSeed } from './schema.ts';

export interface Shop {
  readonly tables: number;
  readonly rows: number;
}

/** The standard test by the app's connection, then the reset on the clock. */
async function afterTest(app: pg.Client, reset: () => Promise<unknown>): Promise<number> {
  for (const sql of STANDARD_TEST) await app.query(sql);
  return timed(async () => void (await reset()));
}

export async function makeShop(server: Target, name: string, shop: Shop): Promise<{ target: Target; app: pg.Client }> {
  const admin = new pg.Client(server);
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  const target = { ...server, database: name };
  const app = new pg.Client(target);
  await app.connect();
  await app.query(shopSchema(shop.tables));
  await app.query(shopSeed(shop.rows));
  await app.query('VACUUM ANALYZE');
  return { target, app };
}

function toName(label: string): string {
  return label.replace(/[^a-z0-9]+/g, '_');
}

export function rewindCase(server: Target, label: string, shop: Shop): BenchCase {
  let app: pg.Client;
  let rewinder: Awaited<ReturnType<typeof openRewinder>>;
  return {
    name: `rewind, ${label}`,
    async prepare() {
      const made = await makeShop(server, toName(`rewind ${label}`), shop);
      app = made.app;
      const connection = await openRewindConnection(made.target);
      await installRewind(connection);
      await connection[Symbol.asyncDispose]();
      rewinder = await openRewinder(made.target);
    },
    sample: () =>
      afterTest(app, async () => {
        const outcome = await rewinder.rewind();
        if (outcome.kind !== 'done' || outcome.dirtyTables < 4)
          throw new Error(`rewind did not happen: ${JSON.stringify(outcome)}`);
      }),
    async end() {
      await rewinder?.[Symbol.asyncDispose]();
      await app?.end();
    },
  };
}

/** As hand-written fixtures do it at their best: one TRUNCATE of all tables, and the seed again from copies on the server. */
export function truncateCase(server: Target, label: string, shop: Shop): BenchCase {
  let app: pg.Client;
  let control: pg.Client;
  let statement = '';
  return {
    name: `TRUNCATE all + reseed on the server, ${label}`,
    async prepare() {
      const made = await makeShop(server, toName(`truncate ${label}`), shop);
      app = made.app;
      control = new pg.Client(made.target);
      await control.connect();
      const { rows } = await control.query<{ name: string; columns: string; filled: boolean }>(`
        SELECT c.relname AS name, (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %I', c.relname), false, true, '')))[1]::text::int > 0 AS filled,
               (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns
        FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY c.oid`);
      await control.query('CREATE SCHEMA copy');
      const filled = rows.filter((row) => row.filled);
      for (const { name } of filled) await control.query(`CREATE TABLE copy.${name} AS TABLE public.${name}`);
      await control.query('SET session_replication_role = replica');
      statement = [
        'BEGIN',
        `TRUNCATE ${rows.map(({ name }) => name).join(', ')}`,
        ...filled.map(
          ({ name, columns }) => `INSERT INTO ${name} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM copy.${name}`,
        ),
        'COMMIT',
      ].join('; ');
    },
    sample: () => afterTest(app, () => control.query(statement)),
    async end() {
      await control?.end();
      await app?.end();
    },
  };
}
