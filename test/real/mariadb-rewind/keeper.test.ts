import mysql, { type Connection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StateKeeper } from '../../../src/core/reset.ts';
import type { Target } from '../../../src/services/mariadb/connect.ts';
import { openRewindKeeper } from '../../../src/services/mariadb/rewind/open.ts';
import type { RewinderOptions } from '../../../src/services/mariadb/rewind/rewinder.ts';
import { startMariadb, whyNoMariadb } from '../../helpers/native-mariadb.ts';
import { rootOf } from './root.ts';

let server: Awaited<ReturnType<typeof startMariadb>> | undefined;
let target: Target;
let why: string | undefined;
let count = 0;

beforeAll(async () => {
  why = await whyNoMariadb();
  if (why) return;
  server = await startMariadb();
  target = rootOf(server);
});
afterAll(() => server?.[Symbol.asyncDispose]());

interface Case extends AsyncDisposable {
  readonly app: Connection;
  readonly keeper: StateKeeper;
  readonly database: string;
  another(): Promise<Connection>;
  rows(table: string): Promise<string>;
}

/** A database of its own for each test, with a keeper that has just been opened. */
async function prepare(options: RewinderOptions = {}): Promise<Case> {
  const database = `case_${++count}`;
  const admin = await connect();
  await admin.query(`CREATE DATABASE ${database}`);
  await admin.end();
  const all: Connection[] = [];
  const another = async () => {
    const client = await connect(database);
    all.push(client);
    return client;
  };
  const app = await another();
  for (const sql of SCHEMA) await app.query(sql);
  const keeper = await openRewindKeeper(target, { databases: [database], log: `log_${database}`, ...options });
  return {
    app,
    keeper,
    database,
    another,
    rows: async (table) => {
      const [rows] = await app.query<RowDataPacket[][]>({ sql: `SELECT * FROM ${table} ORDER BY 1`, rowsAsArray: true });
      return JSON.stringify(rows);
    },
    [Symbol.asyncDispose]: async () => {
      await keeper[Symbol.asyncDispose]();
      for (const client of all) await client.end().catch(() => {});
    },
  };
}

async function connect(database?: string): Promise<Connection> {
  const { host, port, user, password } = target;
  const client = await mysql.createConnection({
    host,
    port,
    user,
    password,
    multipleStatements: true,
    ...(database ? { database } : {}),
  });
  client.on('error', () => {});
  return client;
}

const SCHEMA = [
  'CREATE TABLE users (id int AUTO_INCREMENT PRIMARY KEY, name varchar(50) UNIQUE, n tinyint NOT NULL DEFAULT 0)',
  "INSERT INTO users (name) VALUES ('a'), ('b')",
  'CREATE TABLE notes (id int AUTO_INCREMENT PRIMARY KEY, user int, FOREIGN KEY (user) REFERENCES users (id) ON DELETE CASCADE)',
  'INSERT INTO notes (user) VALUES (1), (1), (2)',
  'CREATE TABLE log (what text)',
  "CREATE TRIGGER users_bu BEFORE UPDATE ON users FOR EACH ROW SET NEW.name = concat(NEW.name, '!')",
];
const USERS = '[[1,"a",0],[2,"b",0]]';
const withMariadb = (name: string, run: (it: Case) => Promise<void>, options?: RewinderOptions) =>
  test(name, { timeout: 60_000 }, async ({ skip }) => {
    if (why) return skip(why);
    await using it = await prepare(options);
    await run(it);
  });

withMariadb(
  'connections, prepared statements, temporary tables and LAST_INSERT_ID() of the app survive',
  async ({ app, keeper, rows }) => {
    await keeper.enter('test', 'keep');
    await app.query('CREATE TEMPORARY TABLE mine (a int)');
    await app.execute('SELECT count(*) FROM users');
    const [inserted] = await app.query<mysql.ResultSetHeader>("INSERT INTO users (name) VALUES ('c')");
    const [[last]] = await app.query<RowDataPacket[]>('SELECT LAST_INSERT_ID() AS id');
    expect([inserted.insertId, Number(last?.id)]).toEqual([3, 3]);
    expect(await keeper.leave('test')).toMatchObject({ how: 'rewind', changed: 1, leaks: [] });
    const [prepared] = await app.execute<RowDataPacket[]>('SELECT count(*) AS n FROM users');
    expect([Number(prepared[0]?.n), await rows('mine'), await rows('users')]).toEqual([2, '[]', USERS]);
  },
);

withMariadb('numbers begin where they began, those that a failed insert took too', async ({ app, keeper }) => {
  for (let i = 0; i < 2; i++) {
    await keeper.enter('test', 'keep');
    await app.query("INSERT INTO users (name) VALUES ('a')").catch(() => {});
    const [inserted] = await app.query<mysql.ResultSetHeader>("INSERT INTO users (name) VALUES ('c')");
    expect(inserted.insertId).toBe(4);
    await keeper.leave('test');
  }
});

withMariadb('warnings of the app are what they are without capture', async ({ app, keeper }) => {
  await keeper.enter('test', 'keep');
  await app.query("SET sql_mode = ''");
  await app.query('UPDATE users SET n = 1000 WHERE id = 1');
  const [warnings] = await app.query<RowDataPacket[]>('SHOW WARNINGS');
  expect(warnings.map(({ Code }) => Code)).toEqual([1264]);
});

withMariadb('a test that changed nothing costs nothing', async ({ keeper }) => {
  await keeper.enter('test', 'keep');
  expect(await keeper.leave('test')).toMatchObject({ how: 'none', changed: 0, leaks: [] });
});

withMariadb(
  'scopes nest: a file keeps what it wrote between its tests, and loses it at its end',
  async ({ app, keeper, rows }) => {
    await app.query("INSERT INTO users (name) VALUES ('run')");
    await keeper.enter('file', 'keep');
    await app.query("UPDATE users SET name = 'file' WHERE id = 1");
    for (const name of ['one', 'two']) {
      await keeper.enter('test', 'keep');
      await app.query(
        `INSERT INTO users (name) VALUES ('${name}'); DELETE FROM users WHERE id = 1; UPDATE users SET name = 'z' WHERE id = 2`,
      );
      await keeper.leave('test');
      expect(await rows('users')).toBe('[[1,"file!",0],[2,"b",0],[3,"run",0]]');
    }
    await app.query("INSERT INTO log VALUES ('between')");
    await keeper.enter('test', 'keep');
    await app.query('DELETE FROM log');
    await keeper.leave('test');
    expect(await rows('log')).toBe('[["between"]]');
    await keeper.leave('file');
    expect([await rows('users'), await rows('log')]).toEqual(['[[1,"a",0],[2,"b",0],[3,"run",0]]', '[]']);
  },
);

withMariadb('a wide fixture that runs late outlives the test around it', async ({ app, keeper, rows }) => {
  await keeper.enter('test', 'keep');
  await app.query("INSERT INTO users (name) VALUES ('test')");
  await keeper.enter('run', 'keep');
  await app.query("INSERT INTO log VALUES ('late')");
  await keeper.enter('test', 'keep');
  await app.query("INSERT INTO users (name) VALUES ('more'); DELETE FROM notes");
  await keeper.leave('test');
  expect([await rows('users'), await rows('log'), await rows('notes')]).toEqual([USERS, '[["late"]]', '[[1,1],[2,1],[3,2]]']);
});

withMariadb(
  'a write that comes after the test is undone and told, where no hook can have made it',
  async ({ app, keeper, rows }) => {
    await keeper.enter('test', 'keep');
    await keeper.leave('test');
    await app.query("INSERT INTO users (name) VALUES ('late'), ('later')");
    const report = await keeper.enter('test', 'undo');
    expect(report?.leaks).toEqual([{ kind: 'write', text: 'came after the test had ended: users (2 rows)' }]);
    expect(await rows('users')).toBe(USERS);
  },
);

withMariadb(
  'a transaction that is left open is waited for, then ended, and told with what it did; readers of old rows too',
  async ({ another, keeper, rows }) => {
    for (const [sql, told] of [
      ["BEGIN; INSERT INTO users (name) VALUES ('open')", /^idle in transaction for \d+ ms \(root@.*\): has written to users$/],
      ['BEGIN; SELECT * FROM users FOR UPDATE', /: has read$/],
      ['BEGIN; SELECT * FROM users', /: has read$/],
      ["XA START 'x'; INSERT INTO users (name) VALUES ('xa'); XA END 'x'; XA PREPARE 'x'", /./],
    ] as const) {
      await keeper.enter('test', 'keep');
      const leaky = await another();
      await leaky.query(sql);
      if (sql.startsWith('XA')) leaky.destroy();
      const { leaks } = await keeper.leave('test');
      expect(leaks.map(({ kind }) => kind)).toContain('transaction');
      expect(leaks[0]?.text).toMatch(told);
      expect(await rows('users')).toBe(USERS);
    }
  },
  { patienceMs: 50 },
);

withMariadb('an open reader of committed rows is left alone', async ({ another, keeper, rows, app }) => {
  const reader = await another();
  await keeper.enter('test', 'keep');
  await reader.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; BEGIN; SELECT * FROM users');
  await app.query("INSERT INTO log VALUES ('x')");
  expect(await keeper.leave('test')).toMatchObject({ how: 'rewind', leaks: [] });
  expect(await rows('log')).toBe('[]');
  await reader.query('SELECT 1');
});

withMariadb(
  'TRUNCATE and DDL of a test are taken back; what fixtures define is part of the baseline',
  async ({ app, keeper, rows, database }) => {
    await app.query("CREATE TABLE made (id int PRIMARY KEY, v text); INSERT INTO made VALUES (1, 'fixture')");
    await keeper.enter('test', 'keep');
    await app.query(
      'SET foreign_key_checks = 0; TRUNCATE users; DROP TABLE notes; ALTER TABLE made ADD w int; CREATE TABLE extra (a int); DROP TRIGGER users_bu; SET foreign_key_checks = 1',
    );
    expect(await keeper.leave('test')).toMatchObject({ how: 'restore', leaks: [] });
    expect([await rows('users'), await rows('notes'), await rows('made')]).toEqual([
      USERS,
      '[[1,1],[2,1],[3,2]]',
      '[[1,"fixture"]]',
    ]);
    const [tables] = await app.query<RowDataPacket[][]>({ sql: `SHOW TABLES FROM ${database}`, rowsAsArray: true });
    expect(tables.flat()).toEqual(['log', 'made', 'notes', 'users']);
    await keeper.enter('test', 'keep');
    await app.query("UPDATE made SET v = 'x'; DELETE FROM users WHERE id = 1; UPDATE users SET n = 1");
    expect(await rows('users')).toBe('[[2,"b!",1]]');
    await keeper.leave('test');
    expect([await rows('users'), await rows('notes'), await rows('made')]).toEqual([
      USERS,
      '[[1,1],[2,1],[3,2]]',
      '[[1,"fixture"]]',
    ]);
  },
);

withMariadb('TRUNCATE goes back to what the file has made of the table', async ({ app, keeper, rows }) => {
  await keeper.enter('file', 'keep');
  await app.query("INSERT INTO log VALUES ('file')");
  await keeper.enter('test', 'keep');
  await app.query('TRUNCATE log');
  await keeper.leave('test');
  expect(await rows('log')).toBe('[["file"]]');
  await keeper.leave('file');
  expect(await rows('log')).toBe('[]');
});

withMariadb('what can not be undone is an error with the reason, until it is gone', async ({ app, keeper, database, rows }) => {
  await keeper.enter('test', 'keep');
  await app.query('CREATE PROCEDURE p() SELECT 1');
  await expect(keeper.leave('test')).rejects.toMatchObject({
    code: 'SEATRIAL_RESET_FAILED',
    message: `the undo log can't take this back: procedure ${database}.p was changed`,
  });
  await keeper.enter('test', 'keep');
  await app.query("INSERT INTO log VALUES ('x')");
  await expect(keeper.leave('test')).rejects.toMatchObject({ code: 'SEATRIAL_RESET_FAILED' }); // not silently on what is left of it
  await app.query('DROP PROCEDURE p');
  expect(await keeper.leave('test')).toMatchObject({ leaks: [] });
  expect(await rows('log')).toBe('[]');
});

withMariadb('users that a test makes are told', async ({ app, keeper }) => {
  await keeper.enter('test', 'keep');
  await app.query('CREATE USER someone');
  expect((await keeper.leave('test')).leaks.map(({ kind }) => kind)).toEqual(['server']);
});

withMariadb('the changes of a test are shown row by row', async ({ app, keeper }) => {
  await keeper.enter('test', 'keep');
  await app.query(
    "INSERT INTO users (name) VALUES ('c'); UPDATE users SET name = 'B' WHERE id = 2; DELETE FROM users WHERE id = 1; INSERT INTO log VALUES ('x'); DELETE FROM log",
  );
  expect(await keeper.diff?.()).toEqual([
    { table: 'notes', op: 'delete', before: { id: 1, user: 1 } },
    { table: 'notes', op: 'delete', before: { id: 2, user: 1 } },
    { table: 'users', op: 'insert', after: { id: 3, name: 'c', n: 0 } },
    { table: 'users', op: 'update', before: { id: 2, name: 'b', n: 0 }, after: { id: 2, name: 'B!', n: 0 } },
    { table: 'users', op: 'delete', before: { id: 1, name: 'a', n: 0 } },
  ]);
});

withMariadb('an app that goes on writing ends in the baseline, whatever got in between', async ({ another, keeper, rows }) => {
  let stopped = false;
  let begin = () => {};
  let nextReset = Promise.resolve();
  const announce = () => {
    begin();
    nextReset = new Promise((resolve) => {
      begin = resolve;
    });
  };
  const write = async (n: number) => {
    let app = await another();
    for (let i = 0; !stopped; i++)
      try {
        await app.query(
          `BEGIN; INSERT INTO users (name) VALUES ('w${n}-${i}'); UPDATE users SET n = 1 WHERE id = ${1 + (i % 2)}; DELETE FROM notes WHERE id = ${n}; COMMIT`,
        );
      } catch (error) {
        if ((error as { errno?: number }).errno === 1213) await app.query('ROLLBACK');
        else app = await another(); // ended while it was in the way
      } finally {
        await nextReset; // one without any pause is for the gateway to hold
      }
  };
  await keeper.enter('test', 'keep');
  const running = [1, 2, 3].map(write);
  const deadline = performance.now() + 1500;
  let resets = 0;
  while (performance.now() < deadline) {
    announce(); // they write while it goes on
    await keeper.leave('test');
    await keeper.enter('test', 'undo');
    resets++;
  }
  stopped = true;
  begin();
  await Promise.all(running);
  await keeper.leave('test');
  expect([await rows('users'), await rows('notes')]).toEqual([USERS, '[[1,1],[2,1],[3,2]]']);
  expect(resets).toBeGreaterThan(0);
});

withMariadb('a system-versioned table is refused by name', async ({ app, database, keeper }) => {
  await app.query('CREATE TABLE history (a int) WITH SYSTEM VERSIONING');
  await keeper.enter('test', 'keep');
  const uncovered: string[] = [];
  await using other = await openRewindKeeper(target, {
    databases: [database],
    log: `log_${database}`,
    onUncovered: (line) => uncovered.push(line),
  });
  expect(uncovered).toEqual([`${database}.history is system-versioned: what a test writes there stays`]);
  expect(other).toBeDefined();
});
