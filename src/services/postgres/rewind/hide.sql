-- Keeps what is ours out of the project's dumps, diffs and \d: objects that belong to an extension are not dumped, and internal triggers are
-- neither shown nor switched off by DISABLE TRIGGER USER. Needs a superuser; without it rewind works as well, in plain sight.
SET LOCAL allow_system_table_mods = on;
DO $$
DECLARE
  ours text;
BEGIN
  FOR ours IN
    SELECT o.kind || o.name FROM (
      SELECT 'pg_namespace'::regclass AS class, oid, 'SCHEMA ' AS kind, nspname::text AS name FROM pg_namespace WHERE nspname = 'seatrial'
      UNION ALL SELECT 'pg_class'::regclass, oid, 'TABLE ', oid::regclass::text FROM pg_class WHERE relnamespace = 'seatrial'::regnamespace AND relkind = 'r'
      UNION ALL SELECT 'pg_proc'::regclass, oid, 'FUNCTION ', oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'seatrial'::regnamespace
      UNION ALL SELECT 'pg_event_trigger'::regclass, oid, 'EVENT TRIGGER ', evtname::text FROM pg_event_trigger WHERE evtname LIKE 'seatrial_%'
    ) o WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e')
  LOOP
    EXECUTE 'ALTER EXTENSION plpgsql ADD ' || ours;
  END LOOP;
  UPDATE pg_trigger SET tgisinternal = true WHERE tgname LIKE '!seatrial%' AND NOT tgisinternal;
END$$;
