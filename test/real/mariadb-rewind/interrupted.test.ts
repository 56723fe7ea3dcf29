import mysql, { type Connection, type RowDataPacket } from 'mysql2/promise';
import { expect, test } from 'vitest';
import { openRewindKeeper } from '../../../src/services/mariadb/rewind/open.ts';
import { startMariadb, whyNoMariadb } from '../../helpers/native-mariadb.ts';
import { rootOf } from './root.ts';

const SCHEMA = [
  'CREATE DATABASE shop',
  'USE shop',
  'CREATE TABLE customers (id int AUTO_INCREMENT PRIMARY KEY, name varchar(20))',
  "INSERT INTO customers (name) VALUES ('a'), ('b')",
  'CREATE TABLE orders (id int AUTO_INCREMENT PRIMARY KEY, note varchar(20))',
  "INSERT INTO orders (note) VALUES ('x'), ('y')",
  'CREATE TABLE tags (name varchar(20) NOT NULL)',
  "INSERT INTO tags VALUES ('t'), ('t')",
  'CREATE TABLE large (id int PRIMARY KEY, n int, content longtext)',
  "INSERT INTO large SELECT seq, 1, repeat('x', 1000000) FROM seq_1_to_30",
  'ANALYZE TABLE large', // else its size is not known yet
].join(';');
const CONTENTS =
  'SELECT id, name FROM customers UNION ALL SELECT id, note FROM orders UNION ALL SELECT 0, name FROM tags ORDER BY 1, 2';

test('capture is whole again after locks have stopped a restore halfway', { timeout: 60_000 }, async ({ skip }) => {
  const why = await whyNoMariadb();
  if (why) return skip(why);
  await using server = await startMariadb();
  const target = rootOf(server);
  const { host, port, user, password } = target;
  const connect = async () => {
    const client = await mysql.createConnection({ host, port, user, password, multipleStatements: true });
    client.on('error', () => {});
    return client;
  };
  const [app, other, third] = [await connect(), await connect(), await connect()];
  await app.query(SCHEMA);
  await using keeper = await openRewindKeeper(target, { databases: ['shop'], patienceMs: 30 });
  const contents = async () => JSON.stringify((await app.query<RowDataPacket[]>(CONTENTS))[0]);
  const expectCapture = async (baseline: string) => {
    expect(await contents()).toBe(baseline);
    await keeper.enter('test', 'keep');
    await app.query(
      "DELETE FROM customers; UPDATE orders SET note = 'z'; DELETE FROM tags LIMIT 1; INSERT INTO customers (name) VALUES ('n')",
    );
    expect(await keeper.leave('test')).toMatchObject({ how: 'rewind', changed: 3 });
    expect(await contents()).toBe(baseline);
  };
  const baseline = await contents();

  // The table is made anew, then rows of another turn out to be locked by somebody who is at work: he is ended, and all is tried again.
  await keeper.enter('test', 'keep');
  await app.query("ALTER TABLE customers ADD COLUMN more int; DELETE FROM customers; UPDATE orders SET note = 'q'");
  await other.query('BEGIN; SELECT * FROM shop.orders FOR UPDATE');
  const work = other.query('SELECT SLEEP(100)').catch(() => {});
  await isSeen(app, "INFO = 'SELECT SLEEP(100)'");
  const stopped = await keeper.leave('test');
  await work;
  expect(stopped.leaks.map(({ text }) => text).join()).toContain('SLEEP(100)');
  await expectCapture(baseline);

  // A table that is changed between tests, and that somebody reads from then on without a snapshot: its triggers can't be made before he is ended.
  await third.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; USE shop');
  await app.query("ALTER TABLE orders ADD COLUMN more int DEFAULT 7; UPDATE orders SET note = 'kept'");
  const kept = await contents();
  await third.query('BEGIN; SELECT count(*) FROM orders');
  const entered = await keeper.enter('test', 'keep');
  expect(entered?.leaks.map(({ kind }) => kind)).toEqual(['transaction']);
  await app.query('UPDATE orders SET more = 8');
  await keeper.leave('test');
  const [rows] = await app.query<RowDataPacket[]>('SELECT DISTINCT more FROM orders');
  expect(rows).toEqual([{ more: 7 }]);
  await expectCapture(kept);

  // Somebody writes while a restore waits for a table, to one that was clean, and is too large to be compared with a copy.
  const last = await connect();
  await keeper.enter('test', 'keep');
  await app.query('ALTER TABLE customers ADD COLUMN more int');
  const reading = last.query('SELECT SLEEP(100) FROM shop.customers').catch(() => {});
  await isSeen(app, "INFO LIKE 'SELECT SLEEP%'");
  const leaving = keeper.leave('test');
  await isSeen(app, "STATE LIKE 'Waiting for table metadata lock'");
  await app.query('UPDATE large SET n = 2 WHERE id = 1'); // one of its rows: at work for long, it would be ended for being in the way
  await app.query(`KILL CONNECTION ${last.threadId}`);
  expect(await leaving).toMatchObject({ how: 'restore' });
  await reading;
  await keeper.enter('test', 'undo');
  const [large] = await app.query<RowDataPacket[]>('SELECT DISTINCT n FROM large');
  expect(large).toEqual([{ n: 1 }]);
  await expectCapture(kept);
  for (const client of [app, other, third, last]) await client.end().catch(() => {});
});

async function isSeen(client: Connection, condition: string): Promise<void> {
  const sql = `SELECT 1 FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND ${condition}`;
  await expect.poll(async () => (await client.query<RowDataPacket[]>(sql))[0].length).toBe(1);
}
