-- Which tables were written to, and nothing of what was written: for isolations that put whole tables or databases back. One row a table and transaction.
-- Everything of ours is in the schema "seatrial". No sequence: lastval() belongs to the app.
CREATE SCHEMA seatrial;
CREATE UNLOGGED TABLE seatrial.dirty (rel oid NOT NULL);
CREATE UNLOGGED TABLE seatrial.mark (reason text NOT NULL, detail text); -- definitions have changed
CREATE UNLOGGED TABLE seatrial.alive (yes boolean NOT NULL);             -- empty: the server has crashed, which empties the others too
CREATE TABLE seatrial.sequence (oid oid PRIMARY KEY, last_value bigint, is_called boolean NOT NULL);
INSERT INTO seatrial.alive VALUES (true);
GRANT USAGE ON SCHEMA seatrial TO PUBLIC;
GRANT INSERT, SELECT ON seatrial.dirty, seatrial.mark TO PUBLIC;

CREATE FUNCTION seatrial.capture_dirty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('seatrial.off', true) = '1' THEN RETURN NULL; END IF; -- not a condition of the trigger, which is parsed anew for each statement
  -- Each transaction raises its own: one that found another's flag would be missed when that is lowered at this moment.
  INSERT INTO seatrial.dirty SELECT TG_RELID WHERE NOT EXISTS (SELECT FROM seatrial.dirty d WHERE d.rel = TG_RELID AND d.xmin = pg_current_xact_id()::xid);
  RETURN NULL;
END$$;

-- Statements on a partitioned table fire its own triggers only.
CREATE FUNCTION seatrial.cover() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  name text;
  covered integer := 0;
BEGIN
  FOR name IN SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname NOT IN ('seatrial', 'information_schema') AND n.nspname !~ '^pg_'
        AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = '!seatrial_dirty' AND t.tgenabled = 'A') LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS "!seatrial_dirty" ON %s', name);
    EXECUTE format('CREATE TRIGGER "!seatrial_dirty" AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION seatrial.capture_dirty()', name);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER "!seatrial_dirty"', name);
    covered := covered + 1;
  END LOOP;
  RETURN covered;
END$$;

-- The positions that the sequences have now are those of the baseline. Block allocators (increment or cache above 1) are never set back.
CREATE FUNCTION seatrial.note_sequences() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM seatrial.sequence;
  INSERT INTO seatrial.sequence
    SELECT s.seqrelid, coalesce(pg_sequence_last_value(s.seqrelid::regclass), s.seqstart), pg_sequence_last_value(s.seqrelid::regclass) IS NOT NULL
    FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid WHERE c.relpersistence <> 't' AND s.seqincrement = 1 AND s.seqcache = 1;
END$$;

CREATE FUNCTION seatrial.look(OUT dirty oid[], OUT moved boolean, OUT marks text[], OUT alive boolean) LANGUAGE plpgsql AS $$
BEGIN
  dirty := ARRAY(SELECT DISTINCT d.rel FROM seatrial.dirty d);
  marks := ARRAY(SELECT DISTINCT concat_ws(' ', m.reason, m.detail) FROM seatrial.mark m LIMIT 20);
  alive := EXISTS (SELECT FROM seatrial.alive);
  moved := EXISTS (SELECT FROM seatrial.sequence s JOIN pg_class c ON c.oid = s.oid
    WHERE pg_sequence_last_value(s.oid::regclass) IS DISTINCT FROM CASE WHEN s.is_called THEN s.last_value END);
END$$;

SELECT seatrial.cover();
SELECT seatrial.note_sequences();
