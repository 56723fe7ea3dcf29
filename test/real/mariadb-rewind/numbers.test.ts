import mysql, { type Connection, type RowDataPacket } from 'mysql2/promise';
import { expect, test } from 'vitest';
import type { StateKeeper } from '../../../src/core/reset.ts';
import { openRewindKeeper } from '../../../src/services/mariadb/rewind/open.ts';
import { startMariadb, whyNoMariadb } from '../../helpers/native-mariadb.ts';
import { rootOf } from './root.ts';

interface Shop {
  readonly app: Connection;
  readonly other: Connection;
  readonly keeper: StateKeeper;
  /** What the next row is called. */
  nextId(): Promise<number>;
}

/** One row, numbered 1, in a table that another session is about to hold. */
async function inShop(skip: (why: string) => void, work: (shop: Shop) => Promise<void>): Promise<void> {
  const why = await whyNoMariadb();
  if (why) return skip(why);
  await using server = await startMariadb();
  const { host, port, user, password } = rootOf(server);
  const connect = () => mysql.createConnection({ host, port, user, password, multipleStatements: true });
  const [app, other] = [await connect(), await connect()];
  other.on('error', () => {});
  await app.query('CREATE DATABASE shop; USE shop; CREATE TABLE users (id int AUTO_INCREMENT PRIMARY KEY)');
  await app.query('INSERT INTO users VALUES (NULL)');
  await other.query('USE shop');
  await using keeper = await openRewindKeeper(rootOf(server), { databases: ['shop'], patienceMs: 50 });
  await keeper.enter('test', 'keep');
  await app.query('INSERT INTO users VALUES (NULL), (NULL)');
  await work({
    app,
    other,
    keeper,
    nextId: async () => {
      await app.query('INSERT INTO users VALUES (NULL)');
      const [[row]] = await app.query<RowDataPacket[]>('SELECT max(id) AS id FROM users');
      return row?.id;
    },
  });
  await app.end();
  await other.end().catch(() => {}); // it was ended
}

async function isSleeping(app: Connection): Promise<void> {
  const sql = "SELECT 1 FROM information_schema.PROCESSLIST WHERE STATE = 'User sleep'";
  await expect.poll(async () => (await app.query<RowDataPacket[]>(sql))[0].length, { interval: 5 }).toBe(1);
}

test('numbers are set back although somebody reads the table for a moment', { timeout: 60_000 }, async ({ skip }) =>
  inShop(skip, async ({ app, other, keeper, nextId }) => {
    const reading = other.query('BEGIN; SELECT 1 FROM users LIMIT 0; DO SLEEP(0.4); ROLLBACK');
    await isSleeping(app);
    await keeper.leave('test');
    expect(await keeper.enter('test', 'keep')).toBeUndefined();
    expect(await nextId()).toBe(2);
    await keeper.leave('test');
    await reading;
  }),
);

test('a transaction that keeps a table from being altered is ended, and told', { timeout: 60_000 }, async ({ skip }) =>
  inShop(skip, async ({ other, keeper, nextId }) => {
    await other.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; BEGIN; SELECT * FROM users');
    const { leaks } = await keeper.leave('test');
    expect(leaks).toMatchObject([{ kind: 'transaction', text: expect.stringContaining(`connection ${other.threadId}`) }]);
    expect(await keeper.enter('test', 'keep')).toBeUndefined();
    expect(await nextId()).toBe(2);
  }),
);

test('a number that can not be set back is told, and set back when it can', { timeout: 60_000 }, async ({ skip }) =>
  inShop(skip, async ({ app, other, keeper, nextId }) => {
    const reading = other.query('SELECT SLEEP(100) FROM users').catch(() => {});
    await isSleeping(app);
    await keeper.leave('test');
    const entered = await keeper.enter('test', 'keep');
    const text = expect.stringMatching(/^AUTO_INCREMENT of users is 4, not 2: in use \(root, connection \d+: SELECT SLEEP/);
    expect(entered?.leaks).toEqual([{ kind: 'server', text }]);
    expect(await nextId()).toBe(4);
    await app.query(`KILL CONNECTION ${other.threadId}`);
    await reading;
    await keeper.leave('test');
    expect(await keeper.enter('test', 'keep')).toBeUndefined();
    expect(await nextId()).toBe(2);
  }),
);

test('numbers of a table with partitions are set back', { timeout: 60_000 }, async ({ skip }) =>
  inShop(skip, async ({ app, keeper }) => {
    await keeper.leave('run');
    await app.query('CREATE TABLE parts (id int AUTO_INCREMENT, k int, PRIMARY KEY (id, k)) PARTITION BY HASH (k) PARTITIONS 3');
    await app.query('INSERT INTO parts (k) VALUES (1), (2), (3)');
    await keeper.enter('test', 'keep');
    await app.query('BEGIN; INSERT INTO parts (k) VALUES (4), (5); ROLLBACK');
    await keeper.leave('test');
    await keeper.enter('test', 'keep');
    await app.query('INSERT INTO parts (k) VALUES (6)');
    const [rows] = await app.query<RowDataPacket[]>('SELECT max(id) AS id FROM parts');
    expect(rows).toEqual([{ id: 4 }]);
  }),
);
