import mysql, { type Connection } from 'mysql2/promise';
import type { StateKeeper } from '../../src/core/reset.ts';
import type { Target } from '../../src/services/mariadb/connect.ts';
import { openRewindKeeper } from '../../src/services/mariadb/rewind/open.ts';
import { timed } from '../lib/program.ts';
import type { BenchCase } from '../lib/run-interleaved.ts';
import type { Shop } from './databases.ts';
import { STANDARD_TEST, shopSchema, shopSeed } from './mariadb-schema.ts';

/** The standard test by the app's connection, then the reset on the clock. */
async function afterTest(app: Connection, reset: () => Promise<unknown>): Promise<number> {
  for (const sql of STANDARD_TEST) await app.query(sql);
  return timed(async () => void (await reset()));
}

async function connect(server: Target, database?: string): Promise<Connection> {
  const { host, port, user, password } = server;
  return mysql.createConnection({ host, port, user, password, multipleStatements: true, ...(database ? { database } : {}) });
}

async function makeShop(server: Target, label: string, shop: Shop): Promise<{ name: string; app: Connection }> {
  const name = label.replace(/[^a-z0-9]+/g, '_');
  const admin = await connect(server);
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  const app = await connect(server, name);
  for (const sql of [...shopSchema(shop.tables), ...shopSeed(shop.rows)]) await app.query(sql);
  const [tables] = await app.query<mysql.RowDataPacket[][]>({ sql: 'SHOW TABLES', rowsAsArray: true });
  await app.query(`ANALYZE TABLE ${tables.map(([table]) => table).join(', ')}`);
  return { name, app };
}

/** A reset as a session does it: the test ends, and the next one begins off the clock. */
export function mariadbRewindCase(server: Target, label: string, shop: Shop, autoIncrement: boolean): BenchCase {
  let app: Connection;
  let keeper: StateKeeper;
  const name = `MariaDB rewind${autoIncrement ? '' : ', numbers kept'}, ${label}`;
  return {
    name,
    async prepare() {
      const made = await makeShop(server, `rewind ${autoIncrement} ${label}`, shop);
      app = made.app;
      keeper = await openRewindKeeper(server, { databases: [made.name], log: `log_${made.name}`, autoIncrement });
    },
    async sample() {
      await keeper.enter('test', 'keep');
      return afterTest(app, async () => {
        const report = await keeper.leave('test');
        if (report.how !== 'rewind' || report.changed < 4) throw new Error(`rewind did not happen: ${JSON.stringify(report)}`);
      });
    },
    async end() {
      await keeper?.[Symbol.asyncDispose]();
      await app?.end();
    },
  };
}

/** As hand-written fixtures do it at their best: TRUNCATE of each table, and the seed again from copies on the server, in one round trip. */
export function mariadbTruncateCase(server: Target, label: string, shop: Shop): BenchCase {
  let app: Connection;
  let control: Connection;
  let statement = '';
  return {
    name: `MariaDB TRUNCATE all + reseed on the server, ${label}`,
    async prepare() {
      const made = await makeShop(server, `truncate ${label}`, shop);
      app = made.app;
      control = await connect(server, made.name);
      await control.query(`CREATE DATABASE copy_${made.name}`);
      const [rows] = await control.query<mysql.RowDataPacket[][]>({ sql: 'SHOW TABLES', rowsAsArray: true });
      const tables = rows.map(([name]) => String(name));
      const reseed: string[] = [];
      for (const table of tables) {
        const [some] = await control.query<mysql.RowDataPacket[]>(`SELECT 1 FROM ${table} LIMIT 1`);
        if (some.length === 0) continue;
        await control.query(`CREATE TABLE copy_${made.name}.${table} LIKE ${table}`);
        await control.query(`INSERT INTO copy_${made.name}.${table} SELECT * FROM ${table}`);
        reseed.push(`INSERT INTO ${table} SELECT * FROM copy_${made.name}.${table}`);
      }
      await control.query(`DROP TRIGGER audit_INSERT; SET foreign_key_checks = 0, unique_checks = 0`);
      statement = [...tables.map((table) => `TRUNCATE ${table}`), 'BEGIN', ...reseed, 'COMMIT'].join('; ');
    },
    sample: () => afterTest(app, () => control.query(statement)),
    async end() {
      await control?.end();
      await app?.end();
    },
  };
}
