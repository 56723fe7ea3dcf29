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
  bulk: [
    () => 'INSERT INTO positions SELECT g, g FROM generate_series(1000, 3000) g',
    () => 'UPDATE positions SET pos = -pos',
    () => 'VACUUM FULL positions',
    () => 'DELETE FROM positions',
  ],
};
