-- The undo log of a leased database, and what fills it. Everything of ours is in the schema "seatrial".
-- Rule of the log: no sequence (lastval() belongs to the app), no index, no order. An image is the row as it was at the baseline if and only
-- if its xmin is not newer than the last checkpoint; all others are of rows that the test itself made, and are thrown away.
CREATE SCHEMA seatrial;

CREATE UNLOGGED TABLE seatrial.log (
  rel oid NOT NULL,  -- the table
  x xid,             -- images: OLD.xmin
  ik bigint,         -- inserted rows: the key, when it is one integer column
  tk text[],         -- inserted rows: the key otherwise, one element a column
  img text           -- the row literal, by the output functions of its types: NaN, json white space and array bounds survive
);
-- Not empty: something happened that the log can't undo; the database must be made anew.
CREATE UNLOGGED TABLE seatrial.mark (reason text NOT NULL, detail text);
-- Empty: the server has crashed, which empties the log too.
CREATE UNLOGGED TABLE seatrial.alive (yes boolean NOT NULL);
CREATE TABLE seatrial.opened (database oid NOT NULL); -- by a keeper; clones have the numbers of others
CREATE TABLE seatrial.checkpoint (xid xid NOT NULL);
CREATE TABLE seatrial.sequence (oid oid PRIMARY KEY, last_value bigint, is_called boolean NOT NULL);
CREATE TABLE seatrial.covered (rel oid PRIMARY KEY, shape text NOT NULL); -- tables with capture, as they were when it was installed
CREATE TABLE seatrial.definitions (fingerprint text NOT NULL); -- one row where there are no event triggers: without-event-triggers.sql
CREATE TABLE seatrial.note (text text NOT NULL); -- what is not covered
CREATE TABLE seatrial.unlike_seed (rel oid PRIMARY KEY); -- their rows at the checkpoint are not those of the seed
GRANT USAGE ON SCHEMA seatrial TO PUBLIC;
GRANT INSERT, SELECT ON seatrial.log, seatrial.mark TO PUBLIC;

-- The text of a row as any session can read it back, whatever the app's session prefers.
CREATE FUNCTION seatrial.to_text(r anyelement) RETURNS text LANGUAGE plpgsql
  SET DateStyle = ISO SET IntervalStyle = postgres SET extra_float_digits = 1 SET search_path = '' AS $$BEGIN RETURN r::text; END$$;

-- Tables without a primary key: only that they are dirty.
CREATE FUNCTION seatrial.capture_flag() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('seatrial.off', true) = '1' THEN RETURN NULL; END IF;
  INSERT INTO seatrial.log (rel) VALUES (TG_RELID);
  RETURN NULL;
END$$;

-- A small table is logged row by row, a large one is not worth it.
CREATE FUNCTION seatrial.capture_truncate() RETURNS trigger LANGUAGE plpgsql
  SET DateStyle = ISO SET IntervalStyle = postgres SET extra_float_digits = 1 SET search_path = '' AS $$
BEGIN
  IF current_setting('seatrial.off', true) = '1' THEN RETURN NULL; END IF;
  IF pg_catalog.pg_relation_size(TG_RELID) > 16 * 1024 * 1024 THEN
    INSERT INTO seatrial.mark VALUES ('TRUNCATE of a table over 16 MB', TG_RELID::regclass::text);
    RETURN NULL;
  END IF;
  EXECUTE format('INSERT INTO seatrial.log (rel, x, img) SELECT %s, "seatrial t".xmin, "seatrial t"::text FROM ONLY %s "seatrial t"', TG_RELID, TG_RELID::regclass);
  INSERT INTO seatrial.log (rel) VALUES (TG_RELID);
  RETURN NULL;
END$$;

-- A BEFORE trigger of the project can change a key that its statement does not name: such tables get a second look at the keys of each updated row.
CREATE FUNCTION seatrial.watch_keys() RETURNS void SECURITY DEFINER SET search_path = pg_catalog, pg_temp LANGUAGE plpgsql AS $$
DECLARE
  was text := coalesce(current_setting('seatrial.off', true), '');
  r record;
BEGIN
  FOR r IN SELECT k.tgrelid::regclass AS name, k.tgfoid::regprocedure AS function FROM pg_trigger k
      WHERE k.tgname = '!seatrial_key' AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = k.tgrelid AND t.tgname = '!seatrial_moved')
        AND EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = k.tgrelid AND t.tgname NOT LIKE '!seatrial%' AND t.tgtype & 19 = 19) LOOP -- BEFORE UPDATE, by row
    PERFORM set_config('seatrial.off', '1', true);
    EXECUTE format('CREATE TRIGGER "!seatrial_moved" AFTER UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION %s', r.name, r.function);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER "!seatrial_moved"', r.name);
    PERFORM set_config('seatrial.off', was, true);
  END LOOP;
END$$;

-- Keeps capture as it is while the project changes its triggers. Loaders of fixtures say DISABLE TRIGGER ALL, and ENABLE TRIGGER ALL afterwards; only
-- superusers can, as to triggers that count as internal.
CREATE FUNCTION seatrial.keep_capture() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE
  switched record;
BEGIN
  IF current_setting('seatrial.off', true) = '1' THEN RETURN; END IF;
  IF TG_TAG = 'ALTER TABLE' AND current_setting('is_superuser') = 'on' THEN
    FOR switched IN SELECT t.tgrelid::regclass AS name, t.tgname FROM pg_event_trigger_ddl_commands() d JOIN pg_trigger t ON t.tgrelid = d.objid
        WHERE t.tgname LIKE '!seatrial%' AND t.tgenabled <> 'A' LOOP
      PERFORM set_config('seatrial.off', '1', true);
      EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', switched.name, switched.tgname);
      PERFORM set_config('seatrial.off', '', true);
    END LOOP;
  END IF;
  PERFORM seatrial.watch_keys();
END$$;

-- Block allocators (increment or cache above 1, such as Hibernate's) keep numbers in memory: theirs are never set back.
CREATE FUNCTION seatrial.add_sequences() RETURNS void LANGUAGE sql AS $$
  INSERT INTO seatrial.sequence
    SELECT s.seqrelid, coalesce(pg_sequence_last_value(s.seqrelid::regclass), s.seqstart), pg_sequence_last_value(s.seqrelid::regclass) IS NOT NULL
    FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
    WHERE c.relpersistence <> 't' AND s.seqincrement = 1 AND s.seqcache = 1
  ON CONFLICT DO NOTHING
$$;

-- From now on the present state is the baseline.
CREATE FUNCTION seatrial.take_checkpoint() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO seatrial.unlike_seed SELECT DISTINCT rel FROM seatrial.log ON CONFLICT DO NOTHING;
  DELETE FROM seatrial.log;
  DELETE FROM seatrial.mark;
  DELETE FROM seatrial.checkpoint;
  DELETE FROM seatrial.sequence;
  DELETE FROM seatrial.span;
  DELETE FROM seatrial.restored;
  DELETE FROM seatrial.sequence_at;
  PERFORM seatrial.add_sequences();
  IF EXISTS (SELECT FROM seatrial.definitions) THEN UPDATE seatrial.definitions SET fingerprint = seatrial.fingerprint(); END IF;
  INSERT INTO seatrial.checkpoint SELECT pg_current_xact_id()::xid;
END$$;

-- Something happened that the log can't undo.
CREATE FUNCTION seatrial.is_marked() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM seatrial.mark) THEN RETURN true; END IF;
  IF NOT EXISTS (SELECT FROM seatrial.definitions) THEN RETURN false; END IF;
  INSERT INTO seatrial.mark SELECT 'changed definitions' FROM seatrial.definitions WHERE fingerprint <> seatrial.fingerprint();
  RETURN FOUND;
END$$;

-- Is anybody in a transaction that has written, or that keeps seeing what it saw? One that has read only and is between statements is no
-- obstacle: sessions that live longer than a test often stay like that, and what they write later is newer than the checkpoint.
CREATE FUNCTION seatrial.is_busy(since timestamptz DEFAULT '-infinity') RETURNS boolean LANGUAGE plpgsql AS $$ -- not sql, whose plan is made anew each time
BEGIN
  RETURN EXISTS (
    SELECT FROM pg_stat_get_activity(NULL) s
    WHERE s.datid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND s.pid <> pg_backend_pid() AND s.backend_type = 'client backend'
      AND s.xact_start >= since AND (s.backend_xid IS NOT NULL OR s.state LIKE 'idle in transaction%' AND s.backend_xmin IS NOT NULL)
  ) OR EXISTS (
    SELECT FROM pg_prepared_xact() p WHERE p.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND p.prepared >= since);
END$$;

-- Back to the baseline. Called by the control session only, which has set session_replication_role = replica, seatrial.off = 1, lock_timeout
-- and deadlock_timeout for good: changing the first throws away all cached plans, without the others this could wait for ever behind the app.
-- `outcome`: done; marked = the log can't undo what happened, make the database anew; busy = other sessions are still at work. They are also
-- when this fails with lock_not_available: a handler would cost a subtransaction each time.
CREATE FUNCTION seatrial.rewind(waits boolean DEFAULT true, OUT outcome text, OUT dirty_tables oid[]) LANGUAGE plpgsql AS $$
DECLARE
  dirty record;
  last_checkpoint xid;
  own xid;
  marked boolean;
  compares boolean;
  done boolean;
BEGIN
  -- Writers hold ROW EXCLUSIVE on the log until they commit: with this lock there is none.
  IF waits THEN LOCK TABLE seatrial.log IN EXCLUSIVE MODE; ELSE LOCK TABLE seatrial.log IN EXCLUSIVE MODE NOWAIT; END IF;
  -- Before the look at other sessions: whoever writes after it has a newer xid than the checkpoint to come.
  own := pg_current_xact_id()::xid;
  SELECT k.xid, EXISTS (SELECT FROM seatrial.mark), EXISTS (SELECT FROM seatrial.definitions) INTO last_checkpoint, marked, compares FROM seatrial.checkpoint k;
  IF marked OR compares AND seatrial.is_marked() THEN outcome := 'marked'; RETURN; END IF;
  IF seatrial.is_busy() THEN outcome := 'busy'; RETURN; END IF;
  dirty_tables := '{}';
  FOR dirty IN SELECT l.rel, bool_or(l.img IS NOT NULL) AS has_images FROM seatrial.log l GROUP BY l.rel LOOP
    dirty_tables := dirty_tables || dirty.rel;
    done := seatrial.rewind_table(dirty.rel, dirty.has_images, last_checkpoint); -- an assignment costs less than PERFORM or EXECUTE
  END LOOP;
  PERFORM setval(s.oid::regclass, s.last_value, s.is_called) FROM seatrial.sequence s
    WHERE pg_sequence_last_value(s.oid::regclass) IS DISTINCT FROM CASE WHEN s.is_called THEN s.last_value END;
  IF dirty_tables <> '{}' THEN
    WITH gone AS (DELETE FROM seatrial.log) UPDATE seatrial.checkpoint SET xid = own; -- TRUNCATE would throw away cached plans
  END IF;
  outcome := 'done';
END$$;
