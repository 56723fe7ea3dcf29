import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureTestClassPath, hasMaven } from '../../../scripts/dev/java.mjs';
import { ensureVenv } from '../../../scripts/dev/python.mjs';
import { startChild } from '../../helpers/child.ts';
import { type Leased, startLeasing } from '../isolation/lease.ts';

const POOLS = path.join(import.meta.dirname, 'pools');
type App = (on: Leased, ...careful: readonly 'careful'[]) => ReturnType<typeof startChild>;
const python =
  (file: string): App =>
  (on, ...careful) =>
    startChild(path.join(ensureVenv(POOLS, [path.join(POOLS, 'requirements.txt')]), 'python'), [
      path.join(POOLS, file),
      on.url,
      ...careful,
    ]);

/** Apps with the pool that their driver has when nobody sets anything, or `careful`: with what is advised where connections end. */
const APPS: Readonly<Record<string, App>> = {
  'node-pg': (on, ...careful) => startChild(process.execPath, [path.join(POOLS, 'node-pg.mjs'), on.url, ...careful]),
  'SQLAlchemy and psycopg': python('sqlalchemy_psycopg.py'),
  asyncpg: python('asyncpg_pool.py'),
  HikariCP: (on, ...careful) => {
    const { host, pathname, username, password } = new URL(on.url);
    const jdbc = `jdbc:postgresql://${host}${pathname}`;
    const options = careful.map(() => '-Dcom.zaxxer.hikari.aliveBypassWindowMs=0');
    const classPath = ensureTestClassPath(path.join(POOLS, 'hikari'));
    return startChild('java', [...options, '-cp', classPath, 'Pool', jdbc, username, password]);
  },
};

/** What a test may do to the definitions, each in a test of its own. */
const SHAPES: readonly string[] = [
  'CREATE TABLE mine (id serial PRIMARY KEY, note text)',
  'ALTER TABLE orders ADD COLUMN extra int DEFAULT 7',
  'ALTER TABLE orders ADD COLUMN extra int; UPDATE orders SET extra = 1; DELETE FROM items',
  'ALTER TABLE orders ALTER COLUMN note TYPE varchar(50); ALTER TABLE orders DROP COLUMN status',
  'DROP TABLE items',
  'DROP TABLE orders CASCADE',
  'CREATE INDEX ON items (qty); DROP INDEX orders_note',
  "ALTER TYPE status ADD VALUE 'lost'",
  'DROP TYPE status CASCADE',
  'TRUNCATE big',
  'DROP SCHEMA public CASCADE',
];

const SCHEMA = `CREATE TYPE status AS ENUM ('new', 'paid');
  CREATE TABLE orders (id serial PRIMARY KEY, status status NOT NULL DEFAULT 'paid', note text); CREATE INDEX orders_note ON orders (note);
  CREATE TABLE items (id bigserial PRIMARY KEY, order_id int NOT NULL REFERENCES orders, qty int NOT NULL);
  CREATE TABLE big (id int PRIMARY KEY, filler text NOT NULL);
  ALTER TABLE big ALTER filler SET STORAGE PLAIN;
  INSERT INTO orders (note) SELECT 'n' || g FROM generate_series(1, 100) g;
  INSERT INTO items (order_id, qty) SELECT g, g FROM generate_series(1, 100) g;
  INSERT INTO big SELECT g, repeat('x', 1000) FROM generate_series(1, 20000) g`;

let server: Awaited<ReturnType<typeof startLeasing>>;
let cloning: typeof server;
beforeAll(async () => {
  server = await startLeasing('rewind', SCHEMA);
  cloning = await startLeasing('database', SCHEMA.replace('20000', '20'));
});
afterAll(() => Promise.all([server, cloning].map((one) => one?.[Symbol.asyncDispose]())));

describe.each(Object.keys(APPS))('%s with its default pool', (name) => {
  test('goes on after tests that have changed definitions, in the same connections', async ({ skip }) => {
    if (name === 'HikariCP' && !hasMaven()) skip('needs a JDK and Maven');
    await using on = await server.lease();
    const app = (APPS[name] as App)(on);
    const tell = tellTo(app);
    const sessions = () =>
      on.sql(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name NOT LIKE 'seatrial%' AND pid <> pg_backend_pid() ORDER BY pid",
      );
    await on.keeper.enter('test', 'keep');
    const first = await tell('');
    expect(first).toMatch(/^done \d+$/);
    expect(await on.keeper.leave('test')).toMatchObject({ how: 'rewind' });
    const before = await sessions();
    for (const shape of SHAPES) {
      await on.keeper.enter('test', 'keep');
      for (const statement of shape.split('; ')) expect([statement, await tell(statement)]).toEqual([statement, 'done']);
      const report = await on.keeper.leave('test');
      expect([shape, report.how, report.fallback]).toEqual([shape, 'restore', undefined]);
      await on.keeper.enter('test', 'keep');
      expect([shape, await tell('')]).toEqual([shape, first]);
      await on.keeper.leave('test');
    }
    expect(await sessions()).toEqual(expect.arrayContaining(before)); // HikariCP opens more in the background
    app.process.stdin?.end();
    await app.ended;
  });
});

test.for(Object.keys(APPS))('%s goes on with what is advised where connections end', async (name, { skip }) => {
  if (name === 'HikariCP' && !hasMaven()) skip('needs a JDK and Maven');
  await using on = await cloning.lease();
  const app = (APPS[name] as App)(on, 'careful');
  const tell = tellTo(app);
  let first: string | undefined;
  for (let test = 0; test < 4; test++) {
    await on.keeper.enter('test', 'keep');
    const said = await tell('');
    first ??= said;
    expect(said).toBe(first);
    expect(said).toMatch(/^done \d+$/);
    expect(await on.keeper.leave('test')).toMatchObject({ how: 'clone', disconnected: true });
  }
  app.process.stdin?.end();
  await app.ended;
});

function tellTo(app: ReturnType<typeof startChild>): (line: string) => Promise<string> {
  return (line) => {
    app.process.stdin?.write(`${line}\n`);
    return app.line();
  };
}
