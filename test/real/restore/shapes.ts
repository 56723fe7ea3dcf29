/** What tests may do to definitions, statement by statement; on the schema of the rewind tests, with a view, a materialized view and a domain. */
export const MORE_SCHEMA = `
  CREATE EXTENSION amcheck;
  CREATE DOMAIN small AS int CHECK (VALUE < 100);
  CREATE TABLE dressed (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, s small DEFAULT 5, t text COLLATE "C", long text, EXCLUDE (s WITH =));
  INSERT INTO dressed (s, t, long) SELECT g, 'x' || g, string_agg(md5(g || '-' || i), '') FROM generate_series(1, 20) g, generate_series(1, 200) i GROUP BY g;
  ALTER TABLE dressed ADD COLUMN later text DEFAULT 'with, "comma"';
  COMMENT ON COLUMN dressed.t IS 'a comment';
  CREATE VIEW shown AS SELECT o.id, c.email FROM orders o JOIN customers c ON c.id = o.customer_id; GRANT SELECT ON shown TO app_user;
  CREATE MATERIALIZED VIEW counted AS SELECT status, count(*) AS n FROM orders GROUP BY status; CREATE UNIQUE INDEX ON counted (status);
  CREATE MATERIALIZED VIEW never AS SELECT id FROM orders WITH NO DATA;
  CREATE FUNCTION default_note(text DEFAULT 'n') RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
  CREATE INDEX orders_note ON orders (default_note(note)) WHERE id > 3;
  CREATE STATISTICS together ON a, b FROM nokey;
  CREATE RULE quiet AS ON DELETE TO tree DO ALSO NOTHING;
  CREATE SCHEMA aside; CREATE TABLE aside.t (id serial PRIMARY KEY, up int REFERENCES customers); INSERT INTO aside.t (up) VALUES (1), (2);`;

export const SHAPES: Readonly<Record<string, readonly string[]>> = {
  'new things': [
    'CREATE TABLE mine (id serial PRIMARY KEY, t text)',
    'CREATE TABLE mine AS SELECT * FROM orders',
    'CREATE INDEX ON orders (status, note)',
    'CREATE VIEW mine AS SELECT 1 AS a',
    'CREATE MATERIALIZED VIEW mine AS SELECT * FROM orders',
    'CREATE SEQUENCE mine',
    "CREATE TYPE mine AS ENUM ('a'); CREATE TABLE of_mine (m mine)",
    'CREATE SCHEMA mine CREATE TABLE t (a int) CREATE VIEW v AS SELECT * FROM t',
    'CREATE EXTENSION hstore; CREATE TABLE mine (h hstore)',
    "CREATE FUNCTION mine() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER mine BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION mine()",
    'CREATE TABLE parts_c PARTITION OF parts DEFAULT',
    'CREATE TABLE mine () INHERITS (parent)',
    'CREATE POLICY mine ON orders USING (true); ALTER TABLE orders ENABLE ROW LEVEL SECURITY',
    'CREATE TEMP TABLE mine (a int, t text); CREATE TABLE public.mine (a int)',
  ],
  'changed tables': [
    'ALTER TABLE orders ADD COLUMN extra int DEFAULT 7; INSERT INTO orders (customer_id, extra) VALUES (1, 2)',
    'ALTER TABLE orders ADD COLUMN extra int; UPDATE orders SET extra = 1 WHERE id < 9; DELETE FROM items',
    'DELETE FROM items WHERE line = 0; ALTER TABLE items ADD COLUMN extra uuid DEFAULT gen_random_uuid()',
    'ALTER TABLE orders DROP COLUMN status CASCADE; DELETE FROM orders WHERE id < 4',
    'ALTER TABLE dressed DROP COLUMN later, DROP COLUMN long',
    'ALTER TABLE dressed ALTER COLUMN t TYPE varchar(30), ALTER COLUMN s DROP DEFAULT, ALTER COLUMN id DROP IDENTITY',
    "ALTER TABLE customers ALTER COLUMN prefs TYPE text; INSERT INTO customers (email) VALUES ('mine')",
    'ALTER TABLE tree RENAME TO bush; ALTER TABLE bush RENAME COLUMN up TO down',
    'ALTER TABLE orders SET SCHEMA aside; ALTER TABLE nokey RENAME TO orders',
    'ALTER TABLE positions SET UNLOGGED; INSERT INTO positions VALUES (9, 9)',
    'ALTER TABLE customers DROP CONSTRAINT customers_email_key, ADD CHECK (id > 0), ADD UNIQUE (id, email)',
    'ALTER TABLE orders DISABLE TRIGGER ALL; DELETE FROM items; DELETE FROM orders',
    // Before any shape that gives this partition another file: the one of the baseline is dropped with the table that is new.
    "CREATE TABLE mine (id int, region text, v text, PRIMARY KEY (id, region)) PARTITION BY LIST (region); ALTER TABLE parts DETACH PARTITION parts_a; ALTER TABLE mine ATTACH PARTITION parts_a FOR VALUES IN ('a')",
    'ALTER TABLE parts DETACH PARTITION parts_a; TRUNCATE parts_a',
    'DROP INDEX orders_note; CREATE INDEX orders_note ON orders (id)',
    'ALTER INDEX orders_pkey RENAME TO renamed; REINDEX TABLE orders',
    "INSERT INTO nokey VALUES (1, 'x'); TRUNCATE orders CASCADE; ALTER TABLE orders ADD COLUMN extra text",
  ],
  'dropped things': [
    'DROP TABLE nested',
    'UPDATE nokey SET a = 5; DROP TABLE nokey',
    'DELETE FROM orders WHERE id < 9; DROP TABLE orders CASCADE',
    'DROP TABLE parts; CREATE TABLE parts (a int)',
    'DROP VIEW shown; DROP MATERIALIZED VIEW counted; DROP STATISTICS together; DROP RULE quiet ON tree',
    'DROP TYPE status CASCADE',
    'DROP DOMAIN small CASCADE',
    'DROP COLLATION no_case CASCADE',
    'DROP FUNCTION audit_orders CASCADE; DROP FUNCTION default_note CASCADE',
    'DROP SEQUENCE free_sequence; DROP SEQUENCE audit_id_seq CASCADE',
    'DROP OWNED BY app_user',
    'DROP SCHEMA aside CASCADE',
    'DROP SCHEMA public CASCADE',
    'DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE orders (a int)',
  ],
  'other changes': [
    'SET session_replication_role = replica; ALTER TABLE orders DISABLE TRIGGER ALL; DELETE FROM items; DROP TABLE nokey; CREATE TABLE mine (a int); RESET session_replication_role',
    "ALTER TYPE status ADD VALUE 'lost' BEFORE 'paid'; ALTER TYPE status RENAME VALUE 'new' TO 'fresh'",
    "ALTER TYPE status RENAME VALUE 'new' TO 'fresh'; DELETE FROM items; UPDATE orders SET note = 'x' WHERE id < 9; DELETE FROM orders WHERE id > 50",
    'ALTER TYPE pair ADD ATTRIBUTE c int; DELETE FROM kinds',
    'ALTER SCHEMA public RENAME TO elsewhere; CREATE SCHEMA public',
    'ALTER SEQUENCE free_sequence INCREMENT 2 RESTART 77',
    'GRANT ALL ON orders TO PUBLIC; REVOKE SELECT ON shown FROM app_user; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO app_user',
    'REFRESH MATERIALIZED VIEW counted; DELETE FROM items; DELETE FROM orders; REFRESH MATERIALIZED VIEW counted',
    'DELETE FROM items; DELETE FROM orders; REFRESH MATERIALIZED VIEW CONCURRENTLY counted',
    'REFRESH MATERIALIZED VIEW never; REFRESH MATERIALIZED VIEW counted WITH NO DATA',
    "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    'CREATE OR REPLACE VIEW shown AS SELECT o.id, c.email, 1 AS one FROM orders o JOIN customers c ON c.id = o.customer_id',
  ],
};
