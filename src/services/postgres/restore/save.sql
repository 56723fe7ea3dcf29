-- What DDL may destroy and the seed does not have: the rows of tables that fixtures or the test have written to, as they were when the present
-- scope began, and the positions of all sequences. Saved by the first statement of a test that can take rows away, before it runs.
-- `scope` is the depth whose beginning is meant, 0 where there are no depths; `since`, when it began.
CREATE UNLOGGED TABLE seatrial.saved_table (rel oid, scope integer, since xid NOT NULL, is_whole boolean NOT NULL, PRIMARY KEY (rel, scope));
CREATE UNLOGGED TABLE seatrial.saved_row (rel oid NOT NULL, scope integer NOT NULL, depth integer NOT NULL, img text NOT NULL);
CREATE UNLOGGED TABLE seatrial.saved_sequence (oid oid PRIMARY KEY, last_value bigint);

CREATE FUNCTION seatrial.save_rows() RETURNS event_trigger SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET row_security = off LANGUAGE plpgsql AS $$
DECLARE
  scope integer;
  level integer;
  began xid;
  r record;
  text_keys text;
  text_images text;
BEGIN
  IF current_setting('seatrial.off', true) = '1' THEN RETURN; END IF;
  SELECT s.start, s.depth INTO began, scope FROM seatrial.span s ORDER BY age(s.start) LIMIT 1;
  began := coalesce(began, (SELECT k.xid FROM seatrial.checkpoint k)); -- scope stays NULL when there are no depths
  level := coalesce(scope, 0);
  -- A test that begins leaves what its file has saved.
  DELETE FROM seatrial.saved_table t WHERE t.scope = level AND t.since <> began OR t.since NOT IN (SELECT s.start FROM seatrial.span s UNION ALL SELECT k.xid FROM seatrial.checkpoint k);
  DELETE FROM seatrial.saved_row w WHERE NOT EXISTS (SELECT FROM seatrial.saved_table t WHERE t.rel = w.rel AND t.scope = w.scope);
  INSERT INTO seatrial.saved_sequence SELECT s.seqrelid, pg_sequence_last_value(s.seqrelid::regclass) FROM pg_sequence s
    ON CONFLICT (oid) DO UPDATE SET last_value = excluded.last_value;
  -- Tables that are written to after the first DDL held what the seed has, and may have another shape by now.
  INSERT INTO seatrial.saved_table VALUES (0, level, began, true) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RETURN; END IF;
  FOR r IN SELECT c.oid, c.oid::regclass::text AS name, pg_relation_size(c.oid) <= 64 * 1024 * 1024 AS is_whole
      FROM (SELECT rel FROM seatrial.log UNION SELECT rel FROM seatrial.unlike_seed EXCEPT SELECT t.rel FROM seatrial.saved_table t WHERE t.scope = level) d
      JOIN pg_class c ON c.oid = d.rel WHERE c.relkind = 'r' LOOP
    INSERT INTO seatrial.saved_table VALUES (r.oid, level, began, r.is_whole);
    CONTINUE WHEN NOT r.is_whole;
    SELECT string_agg(format('(o.row).%I::text', a.attname), ', ' ORDER BY k.ord),
           string_agg(format('(g.row).%I::text', a.attname), ', ' ORDER BY k.ord) INTO text_keys, text_images
      FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k(att, ord) JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.att
      WHERE i.indrelid = r.oid AND i.indisprimary AND k.ord <= i.indnkeyatts;
    -- `m`: what the log has of the present scope; `g`: images in it of rows as they were when the scope began; `o`: rows that are there now.
    BEGIN
      EXECUTE format($q$
        WITH m AS MATERIALIZED (SELECT l.ik, l.tk, l.x, l.img, %2$s AS depth FROM seatrial.log l WHERE l.rel = %1$s AND %3$s),
        g AS MATERIALIZED (SELECT m.depth, m.img::%4$s AS row FROM m WHERE m.img IS NOT NULL AND %5$s OFFSET 0),
        a AS MATERIALIZED (SELECT n.x, %6$s AS depth FROM (SELECT DISTINCT xmin AS x FROM ONLY %4$s) n)
        INSERT INTO seatrial.saved_row (rel, scope, depth, img)
        SELECT %1$s, %8$s, a.depth, o.row::text FROM (SELECT "seatrial t" AS row, "seatrial t".xmin AS x FROM ONLY %4$s "seatrial t" OFFSET 0) o JOIN a ON a.x = o.x WHERE %7$s
        UNION ALL
        SELECT %1$s, %8$s, g.depth, g.row::text FROM g $q$,
        r.oid,
        CASE WHEN scope IS NULL THEN '0' ELSE 'CASE WHEN l.x IS NOT NULL THEN seatrial.depth_of(l.x) END' END,
        CASE WHEN scope IS NULL THEN 'true' ELSE format('seatrial.depth_of(l.xmin) >= %s', scope) END,
        r.name,
        CASE WHEN scope IS NULL THEN 'age(m.x) >= (SELECT age(k.xid) FROM seatrial.checkpoint k)' ELSE format('m.depth < %s', scope) END,
        CASE WHEN scope IS NULL THEN 'CASE WHEN age(n.x) >= (SELECT age(k.xid) FROM seatrial.checkpoint k) THEN 0 ELSE 1 END' ELSE 'seatrial.depth_of(n.x)' END,
        CASE WHEN text_keys IS NULL THEN format('a.depth < %s', coalesce(scope, 1))
             ELSE format('ARRAY[%s] NOT IN (SELECT coalesce(m.tk, ARRAY[m.ik::text]) FROM m WHERE m.tk IS NOT NULL OR m.ik IS NOT NULL UNION ALL SELECT ARRAY[%s] FROM g)', text_keys, text_images) END,
        level);
    EXCEPTION WHEN OTHERS THEN -- an image that names what has another name by now, as in a column of type regproc: no reason to refuse the DDL
      UPDATE seatrial.saved_table t SET is_whole = false WHERE t.rel = r.oid AND t.scope = level;
    END;
  END LOOP;
END$$;
CREATE EVENT TRIGGER seatrial_save ON ddl_command_start
  WHEN TAG IN ('ALTER DOMAIN', 'ALTER EXTENSION', 'ALTER SCHEMA', 'ALTER SEQUENCE', 'ALTER TABLE', 'ALTER TYPE', 'DROP ACCESS METHOD', 'DROP AGGREGATE', 'DROP CAST', 'DROP COLLATION',
    'DROP DOMAIN', 'DROP EXTENSION', 'DROP FUNCTION', 'DROP LANGUAGE', 'DROP OPERATOR', 'DROP OPERATOR CLASS', 'DROP OPERATOR FAMILY', 'DROP OWNED', 'DROP PROCEDURE',
    'DROP ROUTINE', 'DROP SCHEMA', 'DROP SEQUENCE', 'DROP TABLE', 'DROP TEXT SEARCH CONFIGURATION', 'DROP TEXT SEARCH DICTIONARY', 'DROP TYPE')
  EXECUTE FUNCTION seatrial.save_rows();

-- A materialized view that is refreshed CONCURRENTLY keeps its file.
CREATE FUNCTION seatrial.note_refresh() RETURNS event_trigger SECURITY DEFINER SET search_path = pg_catalog, pg_temp LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('seatrial.off', true) = '1' THEN RETURN; END IF;
  INSERT INTO seatrial.unlike_seed SELECT d.objid FROM pg_event_trigger_ddl_commands() d ON CONFLICT DO NOTHING;
END$$;
CREATE EVENT TRIGGER seatrial_refresh ON ddl_command_end WHEN TAG IN ('REFRESH MATERIALIZED VIEW') EXECUTE FUNCTION seatrial.note_refresh();
ALTER EVENT TRIGGER seatrial_save ENABLE ALWAYS; -- loaders of fixtures are in replica role
ALTER EVENT TRIGGER seatrial_refresh ENABLE ALWAYS;
