export { createRandom } from '../rewind/statements.ts';

/** Makes one statement (or several) of random numbers: small, larger, small. */
type Make = (x: number, y: number, z: number) => string;

/** Each edge case with statements of its own; the fuzz counts how often each is hit. */
export const STATEMENTS: Readonly<Record<string, readonly Make[]>> = {
  'inserts and numbers': [
    (_x, y) => `INSERT INTO customers (email, name) VALUES ('n${y}', 'new')`,
    (x, y) => `INSERT INTO customers (id, email) VALUES (${y}, 'id${x}')`,
    (x, y) => `INSERT IGNORE INTO customers (email) VALUES ('c${x}'), ('i${y}'), ('c${x}')`,
    () => "INSERT INTO customers (email) VALUES ('c1')",
    (_x, y) => `BEGIN; INSERT INTO customers (email) VALUES ('r${y}'); ROLLBACK`,
    (_x, y) => `INSERT INTO audit (what) SELECT concat('${y}', email) FROM customers`,
  ],
  'replace and upserts': [
    (x, y) => `REPLACE INTO customers (id, email) VALUES (${x + 1}, 'rep${y}')`,
    (x) =>
      `INSERT INTO customers (email, name) VALUES ('c${x}', 'u'), ('z${x}', 'v') ON DUPLICATE KEY UPDATE name = concat(coalesce(name, ''), '!')`,
    (x, y) => `REPLACE INTO positions VALUES (${x + 1}, ${y % 60})`,
    (x, y) => `INSERT INTO positions VALUES (${x}, ${y % 40}) ON DUPLICATE KEY UPDATE pos = pos + 1000`,
    (x) => `REPLACE INTO tree VALUES (${1 + (x % 8)}, NULL, 9)`,
    (x) => `INSERT INTO words VALUES ('ALPHA', ${x}) ON DUPLICATE KEY UPDATE n = n + 1, w = 'aLPHA'`,
    () => "REPLACE INTO words VALUES ('BETA', 0)",
  ],
  'updates and deletes': [
    (x, y) => `UPDATE customers SET name = '${y}' WHERE id % 7 = ${x % 7}`,
    (x) => `DELETE FROM audit WHERE id % 3 = ${x % 3}`,
    (x) => `UPDATE IGNORE positions SET pos = ${x} WHERE id < 5`,
    (x) => `UPDATE customers SET email = concat('q', id) WHERE id > ${30 + x} ORDER BY id DESC LIMIT 3`,
    (_x, y) => `DELETE FROM positions WHERE pos < ${y % 40}`,
    () => 'UPDATE positions SET pos = -pos',
    (x) => `DELETE FROM checked WHERE id = ${1 + (x % 2)}`,
    () => "UPDATE rich SET email = concat(email, '+') WHERE id < 13",
  ],
  'several tables at once': [
    (x) => `UPDATE customers c JOIN orders o ON o.customer = c.id SET c.name = 'multi', o.note = 'multi' WHERE c.id < ${x}`,
    (x) => `DELETE i, o FROM items i JOIN orders o ON o.id = i.\`order\` WHERE o.id % 5 = ${x % 5} AND o.id % 7 > 0`,
    (x) => `DELETE o FROM orders o LEFT JOIN customers c ON c.id = o.customer WHERE c.id % 9 = ${x % 9}`,
    (x) => `UPDATE tree a JOIN tree b ON a.up = b.id SET a.v = b.v + 1, b.v = ${x}`,
    (x) => `CALL raise(${1 + x})`,
  ],
  'keys that change': [
    (x, y) => `UPDATE positions SET id = ${y} WHERE id = ${x + 1}`,
    () =>
      'BEGIN; UPDATE positions SET id = 9000 WHERE id = 1; UPDATE positions SET id = 1 WHERE id = 2; UPDATE positions SET id = 2 WHERE id = 9000; COMMIT',
    (x) =>
      `DELETE FROM positions WHERE id = ${x}; INSERT INTO positions VALUES (${x}, ${x + 3000}); UPDATE positions SET pos = ${x + 4000} WHERE id = ${x}`,
    () => "UPDATE words SET w = 'ALPHA' WHERE w = 'alpha'",
    (x) => `UPDATE words SET w = 'Gamma ${x}' WHERE w = 'Gämma'`,
    () => "DELETE FROM words WHERE w = 'BETA'; INSERT INTO words VALUES ('BeTa', 5)",
    (_x, y) =>
      `UPDATE bytes SET k = unhex(lpad(hex(${y}), 6, '0')) WHERE e = 'q'; INSERT IGNORE INTO bytes VALUES ('A', 'q', 1), ('a ', 'p', 2)`,
    () =>
      "UPDATE moments SET at = at + INTERVAL 1 SECOND, d = d + 0.05; INSERT IGNORE INTO moments VALUES ('2026-01-01 00:00:00.001', 1.1, 9)",
    () =>
      "UPDATE prefixed SET t = concat('abz', t); DELETE FROM prefixed WHERE n = 2; INSERT IGNORE INTO prefixed VALUES ('abcXXX', 3)",
    (x) =>
      `UPDATE computed SET a = a + ${10 + x}; INSERT IGNORE INTO computed (a, n) VALUES (1, 9); DELETE FROM computed WHERE n = 2`,
    () =>
      'UPDATE big_keys SET id = id - 1 WHERE id > 5 ORDER BY id; INSERT IGNORE INTO big_keys VALUES (18446744073709551615, 7), (5, 5)',
    () => 'DELETE FROM big_keys; INSERT INTO big_keys VALUES (0, 9)',
  ],
  cascades: [
    (x) => `DELETE FROM orders WHERE id = ${1 + x}`,
    (x) => `DELETE FROM orders WHERE id % 6 = ${x % 6} AND id % 7 > 0`,
    (x, y) => `UPDATE orders SET id = ${y + 2000} WHERE id = ${x + 1}`,
    (x) => `UPDATE orders SET note = 'move' WHERE id BETWEEN ${x} AND ${x + 2}`,
    (x) => `DELETE FROM items WHERE line % 5 = ${x % 5}`,
    (x) => `UPDATE items SET line = line + 1000 WHERE \`order\` = ${x}`,
    (x, y) => `UPDATE parcels SET id = ${y + 5000} WHERE id = ${3 * x}`,
    (x) => `DELETE FROM parcels WHERE id % 4 = ${x % 4}`,
    (x) => `DELETE FROM tree WHERE id = ${1 + (x % 8)}`,
    (x) => `INSERT INTO tree VALUES (${10 + x}, 6, NULL); DELETE FROM tree WHERE id = 1`,
    (x) => `DELETE FROM ring_a WHERE id = ${1 + (x % 3)}`,
    (x) => `DELETE FROM ring_b WHERE id = ${1 + (x % 3)}`,
    (x, y) => `UPDATE customers SET id = ${y + 100} WHERE id = ${1 + x}`,
    (x) => `DELETE FROM orders WHERE customer = ${1 + x}; DELETE FROM customers WHERE id = ${1 + x}`,
    () =>
      'SET foreign_key_checks = 0; DELETE FROM customers WHERE id < 6; INSERT INTO items VALUES (9999, 1, 1, DEFAULT, DEFAULT); SET foreign_key_checks = 1',
    (x) => `DELETE IGNORE FROM customers WHERE id > ${20 + x} AND id < 38`,
  ],
  types: [
    (_x, y) =>
      `UPDATE types SET f = ${y}.3, d = 1/${y}, n = n / 3, b = b'11', bin = 'q', vb = repeat(x'00', 200), bl = NULL, latin = 'ß', wide = 'é', j = '[1 , 2]', e = 1, s = 'y'`,
    () =>
      "UPDATE types SET da = '2026-01-01', dt = now(6), ts = now(6), ts0 = NULL, ti = '12:00:00.5', y = 1999, p = POINT(3, 4), g = NULL, big = 7, u = uuid(), ip = '::2', hidden = 6, comp = 'c'",
    (x) => `DELETE FROM types WHERE id = ${1 + (x % 3)}`,
    (_x, y) => `INSERT INTO types (f, j, hidden) VALUES (${y}, '{}', 1)`,
    (x, y) => `UPDATE types SET id = ${y} WHERE id = ${1 + (x % 3)}`,
    () =>
      "SET time_zone = '+05:00'; UPDATE types SET ts = '2026-10-25 00:30:00.7', ts0 = '1970-01-01 05:00:01'; DELETE FROM types WHERE id = 3; SET time_zone = 'SYSTEM'",
  ],
  'tables without a key': [
    (x) => `INSERT INTO nokey (a, t) VALUES (${x}, 'x'), (1, 'x'), (NULL, NULL)`,
    () => 'DELETE FROM nokey LIMIT 1',
    () => "DELETE FROM nokey WHERE t = 'X'",
    (x) => `UPDATE nokey SET n = n + ${x}, t = 'X' WHERE a = 1 LIMIT 1`,
    () => "UPDATE nokey SET t = 'X ' WHERE a IN (2, 3)",
    () => 'INSERT INTO nokey SELECT * FROM nokey',
    () => "UPDATE shapes SET b = b'111', big = concat(big, '.'); INSERT INTO shapes SELECT * FROM shapes LIMIT 2",
    () => 'DELETE FROM shapes WHERE e IS NULL',
    (x) =>
      `UPDATE odd_nokey SET n = ${x}, r = came WHERE came = 1 LIMIT 1; INSERT INTO odd_nokey VALUES (1, 1, 1, 1, 1), (2, 2, 2, 2, 2)`,
    () => 'DELETE FROM odd_nokey',
    () => 'INSERT INTO nokey (a) SELECT seq FROM seq_1_to_80',
  ],
  'a cascade into a table without a key': [
    (x) =>
      `SET foreign_key_checks = 0; DELETE FROM orders WHERE customer >= 38; SET foreign_key_checks = 1; DELETE FROM customers WHERE id = ${38 + (x % 2)}`,
    () => "UPDATE orphans SET v = 'z' WHERE customer = 38 LIMIT 1; INSERT INTO orphans VALUES (NULL, 'n')",
  ],
  'engines without transactions': [
    (x) => `INSERT INTO old (v) VALUES ('${x}'), ('y')`,
    (x, y) => `UPDATE old SET id = ${y}, v = 'k' WHERE id = ${1 + (x % 3)}`,
    () => 'BEGIN; DELETE FROM old WHERE id < 3; UPDATE aria SET v = v + 1; ROLLBACK',
    (x) => `REPLACE INTO aria VALUES (${x}, 100), (${x + 20}, 1)`,
    () => 'UPDATE aria SET id = id + 5 ORDER BY id DESC',
    () => 'INSERT INTO old_nokey SELECT v + 1 FROM old_nokey; DELETE FROM old_nokey WHERE v = 1 LIMIT 1',
    () => 'BEGIN; INSERT INTO old_nokey VALUES (9); INSERT INTO audit (n) VALUES (1); ROLLBACK',
    () => 'UPDATE aria SET id = 3 WHERE id IN (1, 2, 4)',
  ],
  'partitions and odd names': [
    (x) => `UPDATE parts SET kind = (kind + 2) % 4, v = '${x}' WHERE id % 3 = ${x % 3}`,
    (x) => `DELETE FROM parts WHERE id < ${x}; INSERT IGNORE INTO parts VALUES (${x}, 2, 'n')`,
    (x, y) => `INSERT INTO shards (kind, v) VALUES (${x}, 'n'), (${y}, 'n'); DELETE FROM shards WHERE id = ${1 + (x % 8)}`,
    (x) => `BEGIN; INSERT INTO shards (kind) VALUES (${x}); ROLLBACK; UPDATE shards SET kind = kind + ${x} WHERE id < 4`,
    () => "UPDATE `Odd ``Name\" ü` SET ` key` = concat(` key`, 'q'), `n` = 9",
    (x) => `INSERT INTO \`Odd \`\`Name" ü\` (\`s\`) VALUES (${x}); DELETE FROM \`Odd \`\`Name" ü\` WHERE \`select\` = 1`,
    (x) => `INSERT INTO \`fuzz two\`.remote (customer) VALUES (${1 + x}); DELETE FROM \`fuzz two\`.remote WHERE id % 4 = 1`,
  ],
  sequences: [
    () => 'INSERT INTO numbered (v) VALUES (1), (2)',
    () => 'SELECT NEXT VALUE FOR numbers',
    (_x, y) => `SELECT SETVAL(numbers, ${y})`,
    () => 'INSERT INTO numbered (v) SELECT seq FROM seq_1_to_50',
  ],
  'transactions, modes and isolation': [
    (x, y) =>
      `BEGIN; UPDATE positions SET pos = ${y} WHERE id = ${x}; SAVEPOINT s; DELETE FROM positions WHERE id > 20; ROLLBACK TO s; INSERT INTO tree VALUES (${y}, 1, 0); COMMIT`,
    (x) =>
      `SET autocommit = 0; DELETE FROM tree WHERE id = ${x}; INSERT INTO audit (n) VALUES (1); ROLLBACK; UPDATE tree SET v = ${x}; COMMIT; SET autocommit = 1`,
    (x) =>
      `SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; DELETE FROM orders WHERE id % 11 = ${x % 11}; UPDATE positions SET pos = pos + 500 WHERE pos < 4; SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ`,
    (x) =>
      `SET sql_mode = 'TRADITIONAL,ANSI'; UPDATE types SET hidden = ${x}; DELETE FROM types WHERE id = 2; INSERT INTO audit (what) VALUES ('ansi'); SET sql_mode = DEFAULT`,
    () => "SET sql_mode = 'NO_BACKSLASH_ESCAPES,ORACLE'; UPDATE words SET n = n + 1; SET sql_mode = DEFAULT",
    () => 'CREATE TEMPORARY TABLE IF NOT EXISTS scratch (a int); INSERT INTO scratch VALUES (1); DROP TEMPORARY TABLE scratch',
    (x) =>
      `CREATE TEMPORARY TABLE positions (id int, pos int); INSERT INTO positions VALUES (${x}, 1); DROP TEMPORARY TABLE positions`,
    () => 'LOCK TABLES tree WRITE; UPDATE tree SET v = v + 1; UNLOCK TABLES',
    () => "LOAD DATA LOCAL INFILE 'rows' REPLACE INTO TABLE positions FIELDS TERMINATED BY ','",
  ],
  'many rows': [
    () => 'INSERT INTO positions SELECT seq, seq FROM seq_10000_to_10900',
    () => 'UPDATE positions SET pos = pos + 100000',
    () => 'INSERT INTO audit (what, n) SELECT a.email, b.id FROM customers a JOIN customers b ON b.id < 8',
    () => 'DELETE FROM parcels',
  ],
};

/** These cost a restore from copies each time, so they come in some rounds only. */
export const REDEFINITIONS: Readonly<Record<string, readonly Make[]>> = {
  truncate: [
    () => 'TRUNCATE nokey',
    () => 'TRUNCATE audit',
    () => 'SET foreign_key_checks = 0; TRUNCATE customers; TRUNCATE orders; SET foreign_key_checks = 1',
    () => 'TRUNCATE old; TRUNCATE aria',
    () => 'INSERT INTO positions VALUES (77, 77); TRUNCATE positions; INSERT INTO positions VALUES (1, 5)',
    () => 'ALTER TABLE parts TRUNCATE PARTITION p1',
  ],
  tables: [
    (x) =>
      `CREATE TABLE IF NOT EXISTS made_${x} (id int PRIMARY KEY, c int, FOREIGN KEY (c) REFERENCES customers (id)); INSERT IGNORE INTO made_${x} VALUES (1, 1)`,
    () => 'DROP TABLE labels',
    () => 'SET foreign_key_checks = 0; DROP TABLE customers; SET foreign_key_checks = 1',
    () => 'ALTER TABLE words ADD COLUMN more int DEFAULT 3; UPDATE words SET more = n',
    () => 'ALTER TABLE types DROP COLUMN j, MODIFY f double',
    () => 'RENAME TABLE nokey TO nokeys; INSERT INTO nokeys (a) VALUES (5)',
    () => 'ALTER TABLE checked DROP COLUMN v; ALTER TABLE checked ADD COLUMN v int CHECK (v > 0)',
    () => 'CREATE INDEX extra ON positions (pos, id); OPTIMIZE TABLE tree',
    () => 'ALTER TABLE parts DROP PARTITION p0',
  ],
  'triggers, views': [
    () => 'DROP TRIGGER IF EXISTS customers_ai',
    () =>
      "CREATE OR REPLACE TRIGGER extra_bi BEFORE INSERT ON words FOR EACH ROW SET NEW.n = 1; INSERT IGNORE INTO words VALUES ('delta', 4)",
    () => 'DROP VIEW IF EXISTS rich; CREATE VIEW other AS SELECT 1 AS one',
    () => 'CREATE OR REPLACE VIEW richer AS SELECT id FROM customers',
  ],
};
