import type { RewindConnection } from '../rewind/connection.ts';
import { baselineRows, type Catalogue, isSameContent, isSameRow, presentRows } from './catalogues.ts';

/** Columns that name the table which a row of this catalogue is about. */
const TABLE_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  pg_attrdef: ['adrelid'],
  pg_attribute: ['attrelid'],
  pg_class: ['oid'],
  pg_constraint: ['conrelid', 'confrelid'],
  pg_index: ['indrelid'],
  pg_inherits: ['inhrelid', 'inhparent'],
  pg_partitioned_table: ['partrelid'],
  pg_policy: ['polrelid'],
  pg_publication_rel: ['prrelid'],
  pg_rewrite: ['ev_class'],
  pg_statistic_ext: ['stxrelid'],
  pg_trigger: ['tgrelid'],
};

/** The tables of which something differs from the baseline. */
export async function readTouched(
  connection: RewindConnection,
  changed: readonly Catalogue[],
  temporary: readonly number[],
): Promise<number[]> {
  const selects = changed.flatMap((catalogue) =>
    (TABLE_COLUMNS[catalogue.name] ?? []).map(
      (column) => `SELECT unnest(ARRAY[c.${column}, b.${column}]) AS rel
        FROM (SELECT c.xmin AS seatrial_xmin, c.* FROM ${presentRows(catalogue, temporary)}) c
        FULL JOIN ${baselineRows(catalogue)} b ON ${isSameRow(catalogue)}
        WHERE c.${catalogue.keys[0]} IS NULL OR b.${catalogue.keys[0]} IS NULL OR NOT ${isSameContent(catalogue)}`,
    ),
  );
  if (selects.length === 0) return [];
  const rows = await connection.query<{ rel: number }>(
    `SELECT DISTINCT rel::int8::int AS rel FROM (${selects.join(' UNION ALL ')}) t WHERE rel > 0`,
  );
  return rows.map(({ rel }) => rel);
}

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
