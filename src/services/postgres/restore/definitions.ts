import type { RewindConnection } from '../rewind/connection.ts';
import { baselineRows, type Catalogue, isSameContent, isSameRow, presentRows } from './catalogues.ts';

/**
 * Writes the baseline's rows back into one catalogue. What was dropped comes back under its old number, so that whatever refers to it by
 * number (prepared statements, caches of drivers, our own functions) still means it.
 */
export async function restoreDefinitions(
  connection: RewindConnection,
  catalogue: Catalogue,
  temporary: readonly number[],
): Promise<void> {
  const { name } = catalogue;
  // Rows of tables and columns are updated: they hold what only the server knows, such as the place of the file.
  const isUpdated = name === 'pg_class' || name === 'pg_attribute';
  const same = isUpdated ? '' : ` AND ${isSameContent(catalogue)}`;
  await connection.query(
    [
      `DELETE FROM pg_catalog.${name} WHERE ctid = ANY (ARRAY(
         SELECT c.seatrial_ctid FROM (SELECT c.xmin AS seatrial_xmin, c.ctid AS seatrial_ctid, c.* FROM ${presentRows(catalogue, temporary)}) c
         WHERE NOT EXISTS (SELECT FROM ${baselineRows(catalogue)} b WHERE ${isSameRow(catalogue)}${same})))`,
      ...(isUpdated ? updateStatements(catalogue, temporary) : []),
      insertStatement(catalogue, temporary),
    ].join(';\n'),
  );
}

/** Names first go out of each other's way: two things may have exchanged theirs. */
function updateStatements(catalogue: Catalogue, temporary: readonly number[]): string[] {
  const { name, compared } = catalogue;
  const [named, number] = name === 'pg_class' ? ['relname', 'oid'] : ['attname', 'attnum'];
  const differing = `FROM (SELECT c.xmin AS seatrial_xmin, c.ctid AS seatrial_ctid, c.* FROM ${presentRows(catalogue, temporary)}) c
    JOIN ${baselineRows(catalogue)} b ON ${isSameRow(catalogue)} WHERE p.ctid = c.seatrial_ctid AND NOT ${isSameContent(catalogue)}`;
  const values = compared.map((column) => `${column} = b.${column}`);
  if (name === 'pg_attribute') values.push(`attmissingval = ${MISSING}`);
  return [
    `UPDATE pg_catalog.${name} p SET ${named} = 'seatrial ' || p.${number} ${differing} AND b.${named} <> c.${named}`,
    `UPDATE pg_catalog.${name} p SET ${values.join(', ')} ${differing}`,
  ];
}

function insertStatement(catalogue: Catalogue, temporary: readonly number[]): string {
  const { name, columns, keys } = catalogue;
  const value = (column: string) => {
    if (column === 'attmissingval') return MISSING;
    return column === 'dbid' ? '(SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())' : `b.${column}`;
  };
  return `INSERT INTO pg_catalog.${name} (${columns.join(', ')}) SELECT ${columns.map(value).join(', ')} FROM ${baselineRows(catalogue)} b
    WHERE NOT EXISTS (SELECT FROM ${presentRows(catalogue, temporary)} AND ${keys.map((key) => `c.${key} = b.${key}`).join(' AND ')})`;
}

/** The value that rows from before `ALTER TABLE ... ADD COLUMN` have; its type has no input function of its own. */
const MISSING = 'array_in(b.missing::cstring, b.atttypid, b.atttypmod)';
