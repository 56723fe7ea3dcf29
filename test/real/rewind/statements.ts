/** Numbers from a seed: linear congruential, good enough to choose statements. */
export function createRandom(seed: number): (below: number) => number {
  let state = seed & 0x7fffffff;
  return (below) => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return (state >> 8) % below;
  };
}

type Make = (x: number, y: number, z: number) => string;

/** By edge case of the facts: statements that bring it about. `x`, `z` are small keys that often exist, `y` is a large number. */
export const STATEMENTS: Readonly<Record<string, readonly Make[]>> = {
  'single rows': [
    (x, y) => `INSERT INTO positions VALUES (${x}, ${y})`,
    (x, y) => `UPDATE positions SET pos = ${y} WHERE id = ${x}`,
    (x) => `DELETE FROM positions WHERE id = ${x}`,
  ],
  'changed keys': [
    (x, _y, z) => `UPDATE positions SET id = ${z} WHERE id = ${x}`,
    () => 'UPDATE positions SET id = id + 100',
    (x, _y, z) =>
      `BEGIN; UPDATE positions SET id = 999 WHERE id = ${x}; UPDATE positions SET id = ${x} WHERE id = ${z}; UPDATE positions SET id = ${z} WHERE id = 999; COMMIT`,
    (x, y) =>
      `DELETE FROM positions WHERE id = ${x}; INSERT INTO positions VALUES (${x}, ${y}); DELETE FROM positions WHERE id = ${x}; INSERT INTO positions VALUES (${x}, ${y + 1})`,
  ],
  'keys that the statement does not name': [
    (x, y) => `UPDATE moving SET v = ${y} WHERE id = ${x}`,
    (x, _y, z) => `UPDATE moving SET id = ${z}, v = 3 WHERE id = ${x}`,
    (x) => `DELETE FROM moving WHERE id = ${x}`,
    (x, y) => `INSERT INTO moving VALUES (${x}, ${y})`,
    (x, _y, z) => `UPDATE computed SET a = ${z} WHERE a = ${x}`,
    (x) => `UPDATE orders SET id = DEFAULT WHERE id = ${x}`,
  ],
  'conflicts and merges': [
    (x, y) => `INSERT INTO positions VALUES (${x}, ${y}) ON CONFLICT (id) DO UPDATE SET pos = excluded.pos`,
    (x) => `INSERT INTO positions VALUES (${x}, ${x}) ON CONFLICT DO NOTHING`,
    (x, y) =>
      `MERGE INTO positions USING (VALUES (${x}, ${y})) s (id, pos) ON s.id = positions.id WHEN MATCHED THEN UPDATE SET pos = s.pos WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.pos)`,
    (x, y) => `WITH d AS (DELETE FROM positions WHERE id = ${x} RETURNING *) INSERT INTO positions SELECT id + 50, ${y} FROM d`,
  ],
  'no key': [
    (x) => `INSERT INTO nokey VALUES (${x}, 'dup')`,
    (x) => `DELETE FROM nokey WHERE a = ${x % 3}`,
    (x) => `UPDATE nokey SET a = a + 1 WHERE a = ${x % 3}`,
    () => 'DELETE FROM nokey WHERE ctid = (SELECT min(ctid) FROM nokey)',
  ],
  'nested triggers': [
    (x, _y, z) => `INSERT INTO nested VALUES (${x}, 1, ${z % 4})`,
    (x) => `UPDATE nested SET v = v + 1 WHERE id < ${x}`,
    (x) => `DELETE FROM nested WHERE id = ${x}`,
    (x, _y, z) => `UPDATE nested SET id = ${z} WHERE id = ${x}`,
  ],
  'cancelled by a trigger': [
    () => 'UPDATE cancelled SET v = 2',
    () => 'DELETE FROM cancelled',
    () => 'UPDATE cancelled_nokey SET v = 2',
    () => 'DELETE FROM cancelled_nokey',
  ],
  partitions: [
    (x) => `INSERT INTO parts VALUES (${x}, 'a', 'q')`,
    (x) => `UPDATE parts SET region = CASE region WHEN 'a' THEN 'b' ELSE 'a' END WHERE id = ${x}`,
    (x) => `DELETE FROM parts WHERE id = ${x}`,
    (x, _y, z) => `UPDATE parts SET id = ${z} WHERE id = ${x}`,
    (x) => `INSERT INTO parts_b VALUES (${x}, 'b', 'd')`,
    () => 'TRUNCATE parts',
  ],
  inheritance: [
    () => "UPDATE parent SET v = 'zz'",
    (x) => `INSERT INTO child (v, extra) VALUES ('c', ${x})`,
    () => 'DELETE FROM parent',
    (x) => `DELETE FROM child WHERE id = ${x}`,
    () => "UPDATE ONLY parent SET v = 'only'",
    () => 'DELETE FROM ONLY parent',
  ],
  'cascades and foreign keys': [
    (x) => `DELETE FROM orders WHERE id = ${x}`,
    (_x, y) => `INSERT INTO orders (customer_id) VALUES (${1 + (y % 40)})`,
    (x, y) => `UPDATE orders SET note = '${y}' WHERE id < ${x}`,
    (x) => `DELETE FROM items WHERE order_id < ${x}`,
    (x) => `UPDATE items SET line = line + 7 WHERE order_id = ${x}`,
    (_x, y) => `INSERT INTO items (order_id, line, qty) VALUES (${1 + (y % 60)}, 50, 1)`,
    (x) => `DELETE FROM tree WHERE id = ${x % 4}`,
    (x) => `INSERT INTO tree VALUES (${x}, ${x})`,
    () => 'UPDATE tree SET up = NULL',
    () =>
      'BEGIN; INSERT INTO def_a VALUES (2, 2); INSERT INTO def_b VALUES (2, 2); DELETE FROM def_a WHERE id = 1; DELETE FROM def_b WHERE id = 1; COMMIT',
  ],
  types: [
    (_x, y) => `UPDATE types SET t = '${y}', j = '{}', arr = NULL WHERE id = 1`,
    (x) => `DELETE FROM types WHERE id = ${x}`,
    (x) => `INSERT INTO types (id, j, f8) VALUES (${x}, '[1,  2]', '-Infinity')`,
    (x) => `UPDATE types SET id = ${x} WHERE id = 2`,
    () => 'UPDATE uuids SET v = v + 1; INSERT INTO uuids (v) VALUES (3); DELETE FROM uuids WHERE v = 2',
  ],
  'odd names and dropped columns': [
    () => `UPDATE "Odd ""Name" SET "select" = "select" + 1`,
    (x) => `INSERT INTO "Odd ""Name" VALUES ('{x,"}"\\', ${x})`,
    () => `DELETE FROM "Odd ""Name" WHERE " Key" = ''`,
    () => "UPDATE dropped SET y = 'n'",
    () => 'DELETE FROM dropped',
  ],
  truncate: [
    () => 'TRUNCATE nokey',
    () => 'TRUNCATE tree',
    () => 'TRUNCATE customers RESTART IDENTITY CASCADE',
    () => 'BEGIN; TRUNCATE positions; ROLLBACK',
    () => 'TRUNCATE positions',
  ],
  sequences: [
    () => "SELECT nextval('free_sequence')",
    (_x, y) => `SELECT setval('free_sequence', ${y})`,
    () => "BEGIN; INSERT INTO customers (email) VALUES ('q'); SELECT nextval('free_sequence'); ROLLBACK",
    () => "SELECT setval('free_sequence', 7, false)",
  ],
  'replica role, savepoints, other roles': [
    (x, y) =>
      `SET session_replication_role = replica; INSERT INTO positions VALUES (${x}, ${y}); DELETE FROM positions WHERE id = 1; RESET session_replication_role`,
    (x, y) =>
      `BEGIN; INSERT INTO positions VALUES (${x}, ${y}); SAVEPOINT s; UPDATE positions SET pos = 500 WHERE id = 1; ROLLBACK TO s; UPDATE positions SET pos = ${y + 5} WHERE id = 2; COMMIT`,
    (_x, y) =>
      `SET ROLE app_user; UPDATE types SET t = '${y}'; INSERT INTO positions VALUES (61, 61); DELETE FROM positions WHERE id = 3; RESET ROLE`,
    () => 'CREATE TEMP TABLE IF NOT EXISTS scratch (a int); INSERT INTO scratch VALUES (1); DROP TABLE scratch',
    () => 'INSERT INTO unlogged VALUES (2); DELETE FROM unlogged WHERE id = 1',
  ],
  'rows moved by the server': [
    () => 'VACUUM FULL positions',
    () => 'VACUUM FREEZE customers',
    () => 'CLUSTER orders USING orders_pkey',
    () => 'VACUUM FULL nokey',
    () => 'VACUUM types; ANALYZE',
  ],
  bulk: [
    () => 'INSERT INTO positions SELECT g, g FROM generate_series(1000, 3000) g',
    () => 'UPDATE positions SET pos = -pos',
    (x) =>
      `UPDATE customers SET prefs = NULL; INSERT INTO customers (email) SELECT 'bulk' || g FROM generate_series(1, ${x === 0 ? 20_000 : 500}) g ON CONFLICT DO NOTHING`,
    () => 'DELETE FROM positions',
  ],
  'settings of the session': [
    (x) =>
      `SET DateStyle = 'German'; UPDATE types SET d = '01.02.2026' WHERE id = 1; DELETE FROM days WHERE day < '${10 + x}.01.2026'; RESET DateStyle`,
    () => "SET DateStyle = 'SQL, DMY'; UPDATE days SET day = day + 40; RESET DateStyle",
    () =>
      "SET IntervalStyle = 'sql_standard'; SET extra_float_digits = -3; UPDATE types SET t = 'styled'; UPDATE floats SET v = v + 1; RESET IntervalStyle; RESET extra_float_digits",
    (x) =>
      `SET search_path = other, public; UPDATE positions SET pos = pos + 1000; INSERT INTO positions VALUES (${x}); UPDATE kinds SET v = 2; RESET search_path`,
    () => "SET bytea_output = 'escape'; SET timezone = 'Asia/Tokyo'; UPDATE types SET n = 1; RESET bytea_output; RESET timezone",
    () =>
      'SET standard_conforming_strings = off; SET backslash_quote = on; DELETE FROM types WHERE id = 2; RESET standard_conforming_strings',
  ],
  'names of ours': [
    (x) => `INSERT INTO clash VALUES (${x}, 'l', 1) ON CONFLICT DO NOTHING`,
    () => "UPDATE clash SET l = 'u', t = t + 1",
    (x, _y, z) => `UPDATE clash SET c = ${z} WHERE c = ${x}`,
    () => 'DELETE FROM clash',
    () => 'TRUNCATE clash',
  ],
  'types of extensions and of the project': [
    () => "UPDATE kinds SET k = 'changed' WHERE k = 'A'",
    () => "UPDATE kinds SET k = 'a' WHERE k = 'A'",
    (x) => `INSERT INTO kinds (k, r) VALUES ('${x}', ROW(${x}, 'r')) ON CONFLICT DO NOTHING`,
    () => 'DELETE FROM kinds',
  ],
  'lastval and large rows': [
    () =>
      "INSERT INTO customers (email) VALUES ('lv') ON CONFLICT DO NOTHING; SELECT 1 / (CASE WHEN lastval() > 0 THEN 1 ELSE 0 END)",
    () => "UPDATE types SET t = repeat('toast', 100000) WHERE id = 1",
    () => 'UPDATE orders SET note = repeat(md5(random()::text), 5000) WHERE id < 4',
  ],
  definitions: [
    () => 'ALTER TABLE orders DISABLE TRIGGER ALL; DELETE FROM items; ALTER TABLE orders ENABLE TRIGGER ALL',
    () => 'CREATE TABLE fresh (id serial PRIMARY KEY); INSERT INTO fresh DEFAULT VALUES',
    () => 'ALTER TABLE positions ADD more int DEFAULT 1; UPDATE positions SET more = 2',
    () => 'DROP TABLE items',
    () => 'ALTER SEQUENCE free_sequence RESTART WITH 100',
    () => 'CREATE INDEX ON positions (pos); REINDEX TABLE positions',
    () => "ALTER TYPE status ADD VALUE IF NOT EXISTS 'lost'",
    () => 'DROP SCHEMA other CASCADE',
    () => 'REFRESH MATERIALIZED VIEW totals',
    () => 'GRANT SELECT ON positions TO app_user',
  ],
};
