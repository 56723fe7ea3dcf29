import crypto from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Target } from '../../../src/services/postgres/connect.ts';
import { openRewindConnection } from '../../../src/services/postgres/rewind/connection.ts';
import { installRewind } from '../../../src/services/postgres/rewind/install.ts';
import { openRewinder } from '../../../src/services/postgres/rewind/rewinder.ts';
import { startPostgres } from '../../helpers/embedded-postgres.ts';
import { SCHEMA } from './schema.ts';
import { readState } from './state.ts';
import { createRandom } from './statements.ts';

let server: Awaited<ReturnType<typeof startPostgres>>;
let main: Target;
let count = 0;

beforeAll(async () => {
  server = await startPostgres();
  const { host, port, user, password, database } = server.service.fields(server.server.endpoint);
  main = { host, port: Number(port), user: user ?? '', password: password ?? '', database: database ?? '' };
  await using client = await open(main);
  await client.query(SCHEMA);
  const connection = await openRewindConnection(main);
  await installRewind(connection);
  await connection[Symbol.asyncDispose]();
});
afterAll(() => server[Symbol.asyncDispose]());

/** A clone of its own for each test: the log and its triggers come along. */
async function clone(): Promise<Target> {
  const database = `clone_${++count}`;
  await using admin = await open({ ...main, database: 'postgres' });
  await admin.query(`CREATE DATABASE ${database} TEMPLATE ${main.database}`);
  return { ...main, database };
}

async function open(target: Target): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client(target);
  client.on('error', () => {});
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

test('connections, prepared statements and temporary tables of the app survive', async () => {
  const target = await clone();
  await using app = await open(target);
  await using rewinder = await openRewinder(target);
  const { rows: before } = await app.query('SELECT pg_backend_pid() AS pid');
  await app.query('CREATE TEMP TABLE mine (a int)');
  await app.query({ name: 'count', text: 'SELECT count(*)::int AS n FROM customers' });
  await app.query("INSERT INTO customers (email) VALUES ('new')");
  expect(await rewinder.rewind()).toMatchObject({ kind: 'done', dirtyTables: 1, leaks: [] });
  const { rows } = await app.query({ name: 'count', text: 'SELECT count(*)::int AS n FROM customers' });
  const { rows: after } = await app.query('SELECT pg_backend_pid() AS pid, (SELECT count(*)::int FROM mine) AS mine');
  expect([rows[0], after[0]]).toEqual([{ n: 40 }, { pid: before[0].pid, mine: 0 }]);
});

test('nothing of ours shows where schema dumps and diffs look, nor yields to DISABLE TRIGGER USER', async () => {
  const target = await clone();
  await using app = await open(target);
  const { rows } = await app.query(`
    SELECT (SELECT count(*)::int FROM pg_trigger WHERE tgname LIKE '!seatrial%' AND NOT tgisinternal) AS triggers,
           (SELECT count(*)::int FROM pg_class c WHERE relnamespace = 'seatrial'::regnamespace AND relkind = 'r'
             AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')) AS tables,
           (SELECT count(*)::int FROM pg_proc p WHERE pronamespace = 'seatrial'::regnamespace
             AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')) AS functions`);
  expect(rows).toEqual([{ triggers: 0, tables: 0, functions: 0 }]);
  await app.query('ALTER TABLE positions DISABLE TRIGGER USER; DELETE FROM positions');
  await using reader = await open(target);
  expect(
    (await reader.query('SELECT count(*)::int AS n FROM seatrial.log WHERE rel = $1::regclass', ['positions'])).rows,
  ).toEqual([{ n: 3 }]);
});

test('a test that changed nothing costs no dirty table', async () => {
  const target = await clone();
  await using rewinder = await openRewinder(target);
  expect(await rewinder.rewind()).toMatchObject({ kind: 'done', dirtyTables: 0, leaks: [] });
});

test('a checkpoint makes the present state the baseline', async () => {
  const target = await clone();
  await using app = await open(target);
  await using rewinder = await openRewinder(target);
  await app.query("INSERT INTO customers (email) VALUES ('fixture')");
  await rewinder.checkpoint();
  await app.query("UPDATE customers SET email = 'changed' WHERE email = 'fixture'; DELETE FROM items");
  await rewinder.rewind();
  const { rows } = await app.query(
    "SELECT email, (SELECT count(*)::int FROM items) AS items FROM customers WHERE email IN ('fixture', 'changed')",
  );
  expect(rows).toEqual([{ email: 'fixture', items: 120 }]);
});

test('the numbers of a block allocator are not set back, others are', async () => {
  const target = await clone();
  await using app = await open(target);
  await using rewinder = await openRewinder(target);
  await app.query("SELECT nextval('block_sequence'), nextval('block_sequence'), nextval('free_sequence')");
  await rewinder.rewind();
  const { rows } = await app.query("SELECT nextval('block_sequence')::int AS block, nextval('free_sequence')::int AS free");
  expect(rows).toEqual([{ block: 101, free: 1 }]);
});

test.each([
  ['CREATE TABLE fresh (a int)', /CREATE TABLE public\.fresh/],
  ['DROP TABLE items', /DROP TABLE public\.items/],
  ['ALTER TABLE orders DISABLE TRIGGER ALL', /ALTER TABLE public\.orders/],
  ['ALTER SEQUENCE free_sequence INCREMENT 2', /ALTER SEQUENCE/],
])('%s can not be undone by the log, and is named', async (sql, reason) => {
  const target = await clone();
  await using app = await open(target);
  await using rewinder = await openRewinder(target);
  await app.query(sql);
  const outcome = await rewinder.rewind();
  expect(outcome).toMatchObject({ kind: 'marked', reasons: [expect.stringMatching(reason)] });
});

test('a transaction that a test left open is ended after a while and named by its statement', async () => {
  const target = await clone();
  await using reader = await open(target);
  const baseline = await readState(reader);
  await using app = await open(target);
  await using rewinder = await openRewinder(target, { patienceMs: 50 });
  await app.query('BEGIN');
  await app.query("UPDATE customers SET email = 'never committed' WHERE id = 1");
  const outcome = await rewinder.rewind();
  expect(outcome).toMatchObject({
    kind: 'done',
    leaks: [{ state: 'idle in transaction', statement: expect.stringContaining('never committed') }],
  });
  expect(await readState(reader)).toBe(baseline);
});

test('a commit that arrives after the rewind is repaired by the next one', async () => {
  const target = await clone();
  await using reader = await open(target);
  const baseline = await readState(reader);
  await using app = await open(target);
  await using rewinder = await openRewinder(target);
  await rewinder.rewind();
  await app.query("INSERT INTO customers (email) VALUES ('late'); UPDATE orders SET note = 'late'");
  await rewinder.rewind();
  expect(await readState(reader)).toBe(baseline);
});

test('under four writers, some of which are killed, no rewind leaves a wrong state', { timeout: 60_000 }, async () => {
  const target = await clone();
  await using reader = await open(target);
  const baseline = await readState(reader);
  await using rewinder = await openRewinder(target, { patienceMs: 30_000 });
  const seed = crypto.randomInt(1, 2 ** 30);
  console.log(`seed ${seed}`);
  const random = createRandom(seed);
  let stop = false;
  let killed = 0;
  const write = async () => {
    let app = await open(target);
    while (!stop) {
      const [x, y] = [random(12), 100 + random(100_000)];
      const statements = [
        `INSERT INTO customers (email) VALUES ('w${y}') ON CONFLICT DO NOTHING; UPDATE customers SET orders = orders + 1 WHERE id = ${1 + x}`,
        `BEGIN; DELETE FROM items WHERE order_id = ${x}; INSERT INTO orders (customer_id) VALUES (${1 + x}); COMMIT`,
        `UPDATE nested SET v = ${y} WHERE id = 1 + ${x} % 3`,
        `INSERT INTO positions VALUES (${x}, ${y}) ON CONFLICT (id) DO UPDATE SET pos = excluded.pos`,
        `BEGIN; DELETE FROM positions WHERE id = ${x}; SELECT pg_sleep(0.002); UPDATE nokey SET a = ${x}; COMMIT`,
      ];
      try {
        await app.query(statements[random(statements.length)] as string).catch(() => app.query('ROLLBACK'));
      } catch {
        app = await open(target); // its session was killed in the midst of a statement, or between two
      }
      await new Promise((resolve) => setTimeout(resolve, random(8)));
    }
    await app.end();
  };
  const kill = async () => {
    while (!stop) {
      await new Promise((resolve) => setTimeout(resolve, 20 + random(60)));
      const { rows } = await reader.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = '' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1`);
      killed += rows.length;
    }
  };
  const writers = [write(), write(), write(), write(), kill()];
  for (let rewinds = 0; rewinds < 100 || killed < 20; rewinds++) await rewinder.rewind();
  stop = true;
  await Promise.all(writers);
  expect(await rewinder.rewind()).toMatchObject({ kind: 'done', leaks: [] });
  expect(await readState(reader)).toBe(baseline);
});
