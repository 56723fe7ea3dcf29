import type { RewindConnection } from '../rewind/connection.ts';

/** Whoever reads one of these tables at this moment is waited for, and nobody begins. */
export async function lockTables(connection: RewindConnection, tables: readonly number[]): Promise<void> {
  if (tables.length === 0) return;
  await connection.query(`DO $do$ DECLARE name text; BEGIN
    FOR name IN SELECT oid::regclass FROM pg_class WHERE oid IN (${tables.join()}) AND relkind IN ('r', 'p', 'v') ORDER BY oid LOOP
      EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', name);
    END LOOP; END$do$`);
}

/** Makes all sessions read these tables anew: a write to their rows in `pg_class` does, one to the other catalogues does not. */
export async function announceTables(connection: RewindConnection, tables: readonly number[]): Promise<void> {
  if (tables.length > 0)
    await connection.query(`UPDATE pg_catalog.pg_class SET relname = relname WHERE oid IN (${tables.join()})`);
}
