-- Definitions that are changed leave a mark. Needs a superuser, and the table seatrial.mark.
CREATE FUNCTION seatrial.notice_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('seatrial.off', true) = '1' THEN RETURN; END IF;
  IF TG_EVENT = 'ddl_command_end' THEN
    INSERT INTO seatrial.mark
      SELECT command_tag, object_identity FROM pg_event_trigger_ddl_commands()
      WHERE schema_name IS DISTINCT FROM 'pg_temp' AND command_tag NOT IN ('ANALYZE', 'COMMENT') LIMIT 1;
  ELSE
    INSERT INTO seatrial.mark
      SELECT TG_TAG, object_identity FROM pg_event_trigger_dropped_objects() WHERE NOT is_temporary AND original LIMIT 1;
  END IF;
END$$;
CREATE EVENT TRIGGER seatrial_ddl ON ddl_command_end EXECUTE FUNCTION seatrial.notice_ddl();
CREATE EVENT TRIGGER seatrial_drop ON sql_drop EXECUTE FUNCTION seatrial.notice_ddl();
-- Loaders of fixtures are in replica role.
ALTER EVENT TRIGGER seatrial_ddl ENABLE ALWAYS;
ALTER EVENT TRIGGER seatrial_drop ENABLE ALWAYS;
