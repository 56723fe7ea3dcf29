import pg from 'pg';
import type { Target } from '../../src/services/postgres/connect.ts';
import { openRewindConnection } from '../../src/services/postgres/rewind/connection.ts';
import { installRewind } from '../../src/services/postgres/rewind/install.ts';
import { timed } from '../lib/program.ts';
import type { BenchCase } from '../lib/run-interleaved.ts';
import { shopSchema, shopSeed } from './schema.ts';

/** Statements that are timed in batches, so that one does not drown in the noise of the machine. */
export const BATCH = 200;

type Work = (app: pg.Client) => Promise<unknown>;

/** Each in a transaction of its own, on the server: the way from an app and back takes as long without capture, and varies by more than capture costs. */
const each =
  (sql: string): Work =>
  (app) =>
    app.query(`DO $$ BEGIN FOR number IN 1..${BATCH} LOOP ${sql.replaceAll('$1', 'number')}; COMMIT; END LOOP; END$$`);

/** What is timed, and what brings the table back, off the clock. */
export const STATEMENTS: readonly { readonly name: string; readonly work: Work; readonly after: string }[] = [
  {
    name: `${BATCH} single-row INSERTs`,
    work: each("INSERT INTO t010 (name, data) VALUES ('n' || $1, '{}')"),
    after: 'DELETE FROM t010 WHERE id > 1031',
  },
  { name: `${BATCH} single-row UPDATEs`, work: each("UPDATE t011 SET name = 'changed' WHERE id = $1"), after: '' },
  {
    name: `${BATCH} single-row DELETEs`,
    work: each('DELETE FROM t012 WHERE id = $1'),
    after: "INSERT INTO t012 (id, name) SELECT g, 'n' FROM generate_series(1, 1000) g ON CONFLICT DO NOTHING",
  },
  {
    name: 'INSERT of 10k rows',
    work: (app) => app.query("INSERT INTO t013 (name, data) SELECT 'n' || g, '{}' FROM generate_series(1, 10000) g"),
    after: 'DELETE FROM t013 WHERE id > 31',
  },
  { name: 'UPDATE of 10k rows', work: (app) => app.query("UPDATE t014 SET name = 'changed'"), after: '' },
];

/** The same statements in two databases, with capture and without, one right after the other: what the machine does meanwhile hits both alike. */
export function captureCases(server: Target): BenchCase[] {
  const databases = ['plain', 'captured'].map((how) => ({ how, app: undefined as pg.Client | undefined }));
  return STATEMENTS.flatMap(({ name, work, after }, index) =>
    databases.map((database) => ({
      name: `${name}, ${database.how}`,
      async prepare() {
        if (index === 0) database.app = await makeDatabase(server, database.how);
      },
      async sample() {
        const app = database.app as pg.Client;
        await app.query('VACUUM');
        const ms = await timed(async () => void (await work(app)));
        await app.query(`SET seatrial.off = '1'; ${after}; RESET seatrial.off`);
        if (database.how === 'captured') await app.query('DELETE FROM seatrial.log');
        return ms;
      },
      async end() {
        if (index === 0) await database.app?.end();
      },
    })),
  );
}

async function makeDatabase(server: Target, how: string): Promise<pg.Client> {
  const database = `capture_${how}`;
  const admin = new pg.Client(server);
  await admin.connect();
  await admin.query(`CREATE DATABASE ${database}`);
  await admin.end();
  const target = { ...server, database };
  const app = new pg.Client(target);
  await app.connect();
  await app.query(shopSchema(60));
  await app.query(shopSeed(2000));
  for (const name of ['t010', 't011', 't012', 't014'])
    await app.query(`INSERT INTO ${name} (name) SELECT 'n' FROM generate_series(1, ${name === 't014' ? 10_000 : 1000})`);
  await app.query('VACUUM ANALYZE');
  if (how === 'captured') {
    const connection = await openRewindConnection(target);
    await installRewind(connection);
    await connection[Symbol.asyncDispose]();
  }
  return app;
}
