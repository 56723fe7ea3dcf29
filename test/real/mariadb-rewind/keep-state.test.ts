import mysql, { type RowDataPacket } from 'mysql2/promise';
import { expect, test } from 'vitest';
import { keepState } from '../../../src/services/mariadb/keep-state.ts';
import { startMariadb, whyNoMariadb } from '../../helpers/native-mariadb.ts';
import { createSchema } from './fuzz.ts';
import { rootOf } from './root.ts';
import { DATABASES } from './schema.ts';

const QUESTIONS: Readonly<Record<string, string>> = {
  VIEW: 'SELECT COUNT(*) FROM',
  SEQUENCE: 'SELECT next_not_cached_value FROM',
  items: 'SELECT SUM(CRC32(CONCAT_WS(0, `order`, line, qty, twice, thrice))) FROM', // its checksum has virtual columns in it, of any value
};

test('a kept state has all rows of all types on the server that outlives the lease', { timeout: 60_000 }, async ({ skip }) => {
  const why = await whyNoMariadb();
  if (why) return skip(why);
  await using lease = await startMariadb();
  await using main = await startMariadb();
  await createSchema(rootOf(lease));
  const kept = await keepState({
    lease: { ...rootOf(lease), database: DATABASES[0] },
    main: rootOf(main),
    user: { user: 'root', password: 'testpass' },
    name: 'w1_t1',
  });
  expect(kept.open).toMatch(/ kept_w1_t1 # fuzz two is kept_w1_t1_fuzz_two; \w+ is kept_w1_t1_\w+$/);
  expect(kept.url).toContain('/kept_w1_t1');
  const connect = async (target: ReturnType<typeof rootOf>) => {
    const { host, port, user, password } = target;
    return mysql.createConnection({ host, port, user, password });
  };
  const [from, to] = [await connect(rootOf(lease)), await connect(rootOf(main))];
  const sums = async (client: typeof from, database: string) => {
    const sql = `SELECT TABLE_NAME AS name, TABLE_TYPE AS type FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? ORDER BY 1`;
    const [tables] = await client.query<RowDataPacket[]>(sql, [database]);
    const found: Record<string, unknown> = {};
    for (const { name, type } of tables) {
      const table = `\`${database}\`.\`${String(name).replaceAll('`', '``')}\``;
      const [[row]] = await client.query<RowDataPacket[]>(`${QUESTIONS[name] ?? QUESTIONS[type] ?? 'CHECKSUM TABLE'} ${table}`);
      found[`${type} ${name}`] = Object.values(row ?? {}).at(-1);
    }
    return found;
  };
  const expected = await sums(from, DATABASES[0]);
  expect(Object.keys(expected).length).toBeGreaterThan(30);
  expect(await sums(to, 'kept_w1_t1')).toEqual(expected);
  expect(await sums(to, 'kept_w1_t1_fuzz_two')).toEqual(await sums(from, DATABASES[1]));
  for (const client of [from, to]) await client.end();
});
