-- Baselines inside baselines: depth 0 is the seed, 1 what the widest fixture leaves, and so on; each write belongs to the depth that was active
-- when it was made. The log needs no column for that: the xmin of a log row, and of an image, tells when, and these two tables tell whose time it was.
CREATE TABLE seatrial.span (start xid NOT NULL, depth integer NOT NULL);  -- from this transaction on; the checkpoint begins depth 1
CREATE TABLE seatrial.restored (depth integer NOT NULL);                  -- rows that rewind wrote in the transaction of this row's xmin are as old as this
-- Depths below 0: sequences that are gone, and may come back with the definitions of a wider scope; -1 stands for seatrial.sequence.
CREATE TABLE seatrial.sequence_at (depth integer, oid oid, last_value bigint, is_called boolean NOT NULL, PRIMARY KEY (depth, oid));

CREATE FUNCTION seatrial.depth_of(x xid) RETURNS integer STABLE LANGUAGE plpgsql AS $$
BEGIN
  RETURN coalesce(
    (SELECT r.depth FROM seatrial.restored r WHERE r.xmin = x),
    (SELECT s.depth FROM seatrial.span s WHERE age(s.start) > age(x) ORDER BY age(s.start) LIMIT 1),
    (SELECT CASE WHEN age(x) >= age(k.xid) THEN 0 ELSE 1 END FROM seatrial.checkpoint k));
END$$;

-- Nobody is in a transaction: only then does a write belong to one depth for sure. The lock is held until the end of ours.
CREATE FUNCTION seatrial.is_quiet(waits boolean DEFAULT true) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF waits THEN LOCK TABLE seatrial.log IN EXCLUSIVE MODE; ELSE LOCK TABLE seatrial.log IN EXCLUSIVE MODE NOWAIT; END IF;
  PERFORM pg_current_xact_id();
  RETURN NOT seatrial.is_busy();
EXCEPTION WHEN lock_not_available THEN RETURN false;
END$$;

-- The present state is the baseline of this depth; what comes belongs to it.
CREATE FUNCTION seatrial.push(new_depth integer) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  IF NOT seatrial.is_quiet() THEN RETURN 'busy'; END IF;
  INSERT INTO seatrial.span VALUES (pg_current_xact_id()::xid, new_depth);
  DELETE FROM seatrial.sequence_at WHERE depth >= new_depth;
  INSERT INTO seatrial.sequence_at
    SELECT new_depth, s.oid, coalesce(pg_sequence_last_value(s.oid::regclass), q.seqstart), pg_sequence_last_value(s.oid::regclass) IS NOT NULL
    FROM seatrial.sequence s JOIN pg_sequence q ON q.seqrelid = s.oid;
  RETURN 'done';
END$$;

-- From now on writes belong to another depth: a wide fixture that runs late, and back.
CREATE FUNCTION seatrial.switch(to_depth integer) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  IF NOT seatrial.is_quiet() THEN RETURN 'busy'; END IF;
  -- Numbers that the late fixture has taken stay taken: deeper rewinds must not hand them out again.
  UPDATE seatrial.sequence_at a SET last_value = v.last_value, is_called = true
    FROM (SELECT s.oid, pg_sequence_last_value(s.oid::regclass) AS last_value FROM seatrial.sequence s) v
    WHERE v.oid = a.oid AND v.last_value IS NOT NULL AND a.depth > coalesce((SELECT depth FROM seatrial.span ORDER BY age(start) LIMIT 1), 1);
  INSERT INTO seatrial.span VALUES (pg_current_xact_id()::xid, to_depth);
  RETURN 'done';
END$$;

-- What was written since the checkpoint belongs to this depth; from now on there are depths. Those deeper than the seed begin where it ended.
CREATE FUNCTION seatrial.nest(present_depth integer, deeper integer[]) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM seatrial.span) THEN RETURN 'done'; END IF;
  INSERT INTO seatrial.span SELECT xid, present_depth FROM seatrial.checkpoint;
  INSERT INTO seatrial.sequence_at SELECT d, s.oid, s.last_value, s.is_called FROM seatrial.sequence s, unnest(deeper) d
    UNION ALL SELECT -d, s.oid, s.last_value, s.is_called FROM seatrial.sequence_at s, unnest(deeper) d WHERE s.depth = -1;
  RETURN 'done';
END$$;

-- What belonged to one depth belongs to another.
CREATE FUNCTION seatrial.relabel(from_depth integer, to_depth integer) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  UPDATE seatrial.span SET depth = to_depth WHERE depth = from_depth;
  UPDATE seatrial.restored SET depth = to_depth WHERE depth = from_depth;
  RETURN 'done';
END$$;

-- The present state becomes the baseline, and there are no depths any more.
CREATE FUNCTION seatrial.fold() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  IF NOT seatrial.is_quiet() THEN RETURN 'busy'; END IF;
  PERFORM seatrial.take_checkpoint();
  RETURN 'done';
END$$;

-- Has anything been written since the present depth began, the baseline when there is none? Waits for nobody.
CREATE FUNCTION seatrial.look(OUT logged boolean, OUT moved boolean, OUT marked boolean) LANGUAGE plpgsql AS $$
DECLARE
  since xid;
  present integer;
BEGIN
  SELECT start, depth INTO since, present FROM seatrial.span ORDER BY age(start) LIMIT 1;
  marked := seatrial.is_marked();
  IF marked THEN logged := true; moved := true; RETURN; END IF; -- sequences may be gone
  IF since IS NULL THEN
    logged := EXISTS (SELECT FROM seatrial.log);
    moved := EXISTS (SELECT FROM seatrial.sequence s
      WHERE pg_sequence_last_value(s.oid::regclass) IS DISTINCT FROM CASE WHEN s.is_called THEN s.last_value END);
  ELSE
    logged := EXISTS (SELECT FROM seatrial.log l WHERE age(l.xmin) < age(since));
    moved := EXISTS (SELECT FROM seatrial.sequence_at s
      WHERE s.depth = present AND pg_sequence_last_value(s.oid::regclass) IS DISTINCT FROM CASE WHEN s.is_called THEN s.last_value END);
  END IF;
END$$;

-- Undoes all that belongs to this depth and deeper ones; afterwards writes belong to `next_depth`. Outcomes as of rewind().
CREATE FUNCTION seatrial.rewind_to(undone integer, next_depth integer, waits boolean DEFAULT true, OUT outcome text, OUT dirty_tables oid[]) LANGUAGE plpgsql AS $$
DECLARE
  rel oid;
  level integer;
BEGIN
  IF NOT seatrial.is_quiet(waits) THEN outcome := 'busy'; RETURN; END IF;
  IF seatrial.is_marked() THEN outcome := 'marked'; RETURN; END IF;
  CREATE TEMP TABLE IF NOT EXISTS seatrial_undo (rel oid, x xid, ik bigint, tk text[], img text, depth integer);
  DELETE FROM pg_temp.seatrial_undo;
  INSERT INTO pg_temp.seatrial_undo
    SELECT l.rel, l.x, l.ik, l.tk, l.img, CASE WHEN l.x IS NOT NULL THEN seatrial.depth_of(l.x) END
    FROM seatrial.log l WHERE seatrial.depth_of(l.xmin) >= undone;
  dirty_tables := ARRAY(SELECT DISTINCT u.rel FROM pg_temp.seatrial_undo u);
  FOREACH rel IN ARRAY dirty_tables LOOP
    EXECUTE 'SELECT seatrial.clear_' || rel || '($1)' USING undone;
  END LOOP;
  -- Each depth in a transaction of its own, so that a row which comes back is as old as it was.
  FOR level IN SELECT DISTINCT u.depth FROM pg_temp.seatrial_undo u WHERE u.img IS NOT NULL AND u.depth < undone ORDER BY 1 LOOP
    BEGIN
      INSERT INTO seatrial.restored VALUES (level);
      FOREACH rel IN ARRAY dirty_tables LOOP
        EXECUTE 'SELECT seatrial.restore_' || rel || '($1)' USING level;
      END LOOP;
    EXCEPTION WHEN division_by_zero THEN RAISE; -- a block with a handler is a subtransaction
    END;
  END LOOP;
  PERFORM setval(s.oid::regclass, s.last_value, s.is_called)
    FROM (SELECT depth, oid, last_value, is_called FROM seatrial.sequence_at UNION ALL SELECT 1, oid, last_value, is_called FROM seatrial.sequence) s
    WHERE s.depth = undone AND pg_sequence_last_value(s.oid::regclass) IS DISTINCT FROM CASE WHEN s.is_called THEN s.last_value END;
  DELETE FROM seatrial.log l WHERE seatrial.depth_of(l.xmin) >= undone;
  DELETE FROM seatrial.span WHERE depth >= undone;
  INSERT INTO seatrial.span VALUES (pg_current_xact_id()::xid, next_depth);
  outcome := 'done';
END$$;

-- Puts the positions of sequences aside that are gone, and those back whose sequences are there again.
CREATE FUNCTION seatrial.match_sequences() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  WITH gone AS (DELETE FROM seatrial.sequence s WHERE NOT EXISTS (SELECT FROM pg_sequence p WHERE p.seqrelid = s.oid) RETURNING *)
    INSERT INTO seatrial.sequence_at SELECT -1, g.* FROM gone g;
  UPDATE seatrial.sequence_at s SET depth = -depth WHERE depth <> -1 AND (depth > 0) <> EXISTS (SELECT FROM pg_sequence p WHERE p.seqrelid = s.oid);
  WITH back AS (DELETE FROM seatrial.sequence_at s WHERE depth = -1 AND EXISTS (SELECT FROM pg_sequence p WHERE p.seqrelid = s.oid) RETURNING *)
    INSERT INTO seatrial.sequence SELECT b.oid, b.last_value, b.is_called FROM back b;
END$$;

-- After definitions were restored: what is gone has no position and no rows any more.
CREATE FUNCTION seatrial.forget_gone() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM seatrial.match_sequences();
  DELETE FROM seatrial.log l WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = l.rel);
  DELETE FROM seatrial.covered v WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = v.rel);
END$$;
