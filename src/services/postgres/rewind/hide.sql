-- Keeps what is ours out of the project's dumps, diffs and \d: objects that belong to an extension are not dumped, and internal triggers are
-- neither shown nor switched off by DISABLE TRIGGER USER. Needs a superuser; without it rewind works as well, in plain sight.
SET LOCAL allow_system_table_mods = on;
DO $$
DECLARE
  ours text;
BEGIN
  ALTER EXTENSION plpgsql ADD SCHEMA seatrial;
  FOR ours IN SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'seatrial'::regnamespace AND relkind = 'r' LOOP
    EXECUTE 'ALTER EXTENSION plpgsql ADD TABLE ' || ours;
  END LOOP;
  FOR ours IN SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'seatrial'::regnamespace LOOP
    EXECUTE 'ALTER EXTENSION plpgsql ADD FUNCTION ' || ours;
  END LOOP;
  ALTER EXTENSION plpgsql ADD EVENT TRIGGER seatrial_ddl;
  ALTER EXTENSION plpgsql ADD EVENT TRIGGER seatrial_drop;
  UPDATE pg_trigger SET tgisinternal = true WHERE tgname LIKE '!seatrial%';
END$$;
