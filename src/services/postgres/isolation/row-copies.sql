-- Copies of rows: "run_<number>" is the run's baseline of a table (none = it was empty), "file_<number>" what the fixtures of a file have left.
CREATE TABLE seatrial.run_sequence (oid oid PRIMARY KEY, last_value bigint, is_called boolean NOT NULL); -- while a file has positions of its own

-- Ordinary tables and the leaves of partitioned ones, whose rows are what is copied.
CREATE FUNCTION seatrial.stored_tables(tables oid[]) RETURNS SETOF oid LANGUAGE sql AS $$
  SELECT DISTINCT c.oid FROM unnest(tables) t CROSS JOIN LATERAL (SELECT t UNION SELECT relid FROM pg_partition_tree(t)) p(oid)
    JOIN pg_class c ON c.oid = p.oid WHERE c.relkind = 'r'
$$;

CREATE FUNCTION seatrial.all_tables() RETURNS oid[] LANGUAGE sql AS $$
  SELECT ARRAY(SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname NOT IN ('seatrial', 'information_schema') AND n.nspname !~ '^pg_')
$$;

CREATE FUNCTION seatrial.forget_copy(copy text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF to_regclass('seatrial.' || copy) IS NULL THEN RETURN; END IF;
  IF EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = to_regclass('seatrial.' || copy) AND deptype = 'e') THEN
    EXECUTE 'ALTER EXTENSION plpgsql DROP TABLE seatrial.' || copy;
  END IF;
  EXECUTE 'DROP TABLE seatrial.' || copy;
END$$;

CREATE FUNCTION seatrial.copy_tables(owner text, tables oid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  rel oid;
  copy text;
  is_empty boolean;
BEGIN
  FOR rel IN SELECT seatrial.stored_tables(tables) LOOP
    copy := format('%s_%s', owner, rel);
    PERFORM seatrial.forget_copy(copy);
    EXECUTE format('SELECT NOT EXISTS (SELECT FROM ONLY %s)', rel::regclass) INTO is_empty;
    CONTINUE WHEN is_empty AND owner = 'run';
    EXECUTE format('CREATE TABLE seatrial.%s AS SELECT * FROM ONLY %s', copy, rel::regclass);
    EXECUTE format('ALTER EXTENSION plpgsql ADD TABLE seatrial.%s', copy); -- out of the sight of dumps
  END LOOP;
  IF owner = 'file' AND NOT EXISTS (SELECT FROM seatrial.run_sequence) THEN
    INSERT INTO seatrial.run_sequence SELECT * FROM seatrial.sequence;
  END IF;
END$$;

-- Called by the control session: foreign keys and user triggers do not stand in the way there.
CREATE FUNCTION seatrial.restore_tables(owner text, tables oid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  rel oid;
  copy regclass;
  columns text;
BEGIN
  LOCK TABLE seatrial.dirty IN EXCLUSIVE MODE; -- whoever writes now raises a flag of his own afterwards
  FOR rel IN SELECT seatrial.stored_tables(tables) LOOP
    EXECUTE format('DELETE FROM ONLY %s', rel::regclass);
    copy := coalesce(CASE WHEN owner = 'file' THEN to_regclass(format('seatrial.file_%s', rel)) END, to_regclass(format('seatrial.run_%s', rel)));
    CONTINUE WHEN copy IS NULL;
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) INTO columns FROM pg_attribute a
      WHERE a.attrelid = rel AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '';
    EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %s', rel::regclass, columns, columns, copy);
  END LOOP;
  IF owner = 'run' AND EXISTS (SELECT FROM seatrial.run_sequence) THEN
    DELETE FROM seatrial.sequence;
    INSERT INTO seatrial.sequence SELECT * FROM seatrial.run_sequence;
    DELETE FROM seatrial.run_sequence;
  END IF;
  PERFORM setval(s.oid::regclass, s.last_value, s.is_called) FROM seatrial.sequence s JOIN pg_class c ON c.oid = s.oid
    WHERE pg_sequence_last_value(s.oid::regclass) IS DISTINCT FROM CASE WHEN s.is_called THEN s.last_value END;
  DELETE FROM seatrial.dirty;
END$$;
SELECT seatrial.copy_tables('run', seatrial.all_tables());
