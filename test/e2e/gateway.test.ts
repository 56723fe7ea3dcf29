import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { seatrial } from './cli.ts';
import { leftoversAfter, WATCHDOG_MS } from './leftovers.ts';
import { makeWorkspace } from './workspace.ts';

const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const PG = fileURLToPath(new URL('../../node_modules/pg/esm/index.mjs', import.meta.url));

test('an app that never stops writing is held while its tests are taken back: no statement fails, no leak is told, each test has the seed', async () => {
  const workspace = makeWorkspace({
    'seatrial.yaml':
      'services:\n  db: { use: postgres@18, init: schema.sql, gateway: true }\n  cache: { use: redis, seed: { sql: cache.redis }, gateway: true }\n',
    'schema.sql':
      "create table users (id int primary key, name text);\ncreate table jobs (writer int, n int);\ninsert into users values (1, 'seed');\n",
    'cache.redis': 'SET greeting hello\nSET session s EX 1000\nSELECT 3\nHSET settings colour blue\n',
    'package.json': '{"name":"shop","type":"module"}',
    'users.test.js': `
import net from 'node:net';
import pg from '${PG}';
import { afterAll, expect, test } from 'vitest';
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const sql = async (text) => (await pool.query(text)).rows;
const errors = [];
let done = 0;
let running = true;
const jobs = [0, 1, 2, 3].map(async (writer) => {
  const client = new pg.Client(process.env.DATABASE_URL);
  await client.connect();
  try {
    for (let n = 0; running; n++) {
      await client.query('begin');
      await client.query('insert into jobs values ($1, $2)', [writer, n]);
      await client.query("update users set name = 'busy' where id = 1 and false");
      await client.query('commit');
      done++;
    }
  } catch (error) {
    errors.push(error.message);
  }
  await client.end();
});
const redis = (...lines) => new Promise((resolve, reject) => {
  const { hostname, port } = new URL(process.env.REDIS_URL);
  const socket = net.connect(Number(port), hostname);
  let text = '';
  socket.on('error', reject).on('data', (bytes) => { text += bytes; }).on('end', () => resolve(text));
  socket.end([...lines, 'QUIT'].join('\\r\\n') + '\\r\\n');
});
afterAll(async () => {
  running = false;
  await Promise.all(jobs);
  await pool.end();
});
test.each(Array.from({ length: 20 }, (_, i) => i))('adds a user and empties the cache %i', async () => {
  expect(await sql('select id, name from users')).toEqual([{ id: 1, name: 'seed' }]);
  expect(await redis('GET greeting', 'EXISTS session', 'SELECT 3', 'HGET settings colour')).toBe('$5\\r\\nhello\\r\\n:1\\r\\n+OK\\r\\n$4\\r\\nblue\\r\\n+OK\\r\\n');
  await sql("insert into users values (2, 'x')");
  await redis('FLUSHALL', 'SET mine 1');
  const goal = done + 8;
  while (done < goal && errors.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(errors).toEqual([]);
});
`,
  });
  const { code, stderr, stdout } = await seatrial(workspace, ['run', '--isolation', 'rewind', '--', 'node', VITEST, 'run']);
  expect(code, stdout + stderr).toBe(0);
  expect(stderr).toMatch(/20 tests: 20 passed/);
  expect(stderr).not.toMatch(/leak/);
  expect(await leftoversAfter(workspace, WATCHDOG_MS)).toEqual([]);
});
