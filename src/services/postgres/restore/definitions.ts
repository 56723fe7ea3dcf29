import type { RewindConnection } from '../rewind/connection.ts';
import { baselineRows, type Catalogue, isSameRow } from './catalogues.ts';
import type { Difference } from './difference.ts';

/**
 * Writes the baseline's rows back into one catalogue. What was dropped comes back under its old number, so that whatever refers to it by
 * number (prepared statements, caches of drivers, our own functions) still means it.
 */
export async function restoreDefinitions(connection: RewindConnection, difference: Difference): Promise<void> {
  const { catalogue, fresh, missing, changed, original } = difference;
  // Rows of tables and columns are updated: they hold what only the server knows, such as the place of the file.
  const isUpdated = catalogue.name === 'pg_class' || catalogue.name === 'pg_attribute';
  const statements = [
    ...[fresh, isUpdated ? null : changed]
      .filter((places) => places !== null)
      .map((places) => `DELETE FROM pg_catalog.${catalogue.name} WHERE ctid = ANY ('${places}'::tid[])`),
    ...(isUpdated && original !== null ? updateStatements(catalogue, original) : []),
    ...[missing, isUpdated ? null : original]
      .filter((places) => places !== null)
      .map((places) => insertStatement(catalogue, places)),
  ];
  if (statements.length > 0) await connection.query(statements.join(';\n'));
}

/** Names first go out of each other's way: two things may have exchanged theirs. */
function updateStatements(catalogue: Catalogue, original: string): string[] {
  const { name, compared } = catalogue;
  const [named, number] = name === 'pg_class' ? ['relname', 'oid'] : ['attname', 'attnum'];
  const changed = `FROM ${baselineRows(catalogue)} b WHERE b.seatrial_ctid = ANY ('${original}'::tid[]) AND ${isSameRow(catalogue)}`;
  const values = compared.map((column) => `${column} = b.${column}`);
  if (name === 'pg_attribute') values.push(`attmissingval = ${MISSING}`);
  return [
    `UPDATE pg_catalog.${name} c SET ${named} = 'seatrial ' || c.${number} ${changed} AND b.${named} <> c.${named}`,
    `UPDATE pg_catalog.${name} c SET ${values.join(', ')} ${changed}`,
  ];
}

function insertStatement(catalogue: Catalogue, places: string): string {
  const { name, columns } = catalogue;
  const value = (column: string) => {
    if (column === 'attmissingval') return MISSING;
    if (column === 'relfilenode') return NO_FILE;
    return column === 'dbid' ? '(SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())' : `b.${column}`;
  };
  return `INSERT INTO pg_catalog.${name} (${columns.join(', ')}) SELECT ${columns.map(value).join(', ')} FROM ${baselineRows(catalogue)} b
    WHERE b.seatrial_ctid = ANY ('${places}'::tid[])`;
}

/** The value that rows from before `ALTER TABLE ... ADD COLUMN` have; its type has no input function of its own. */
const MISSING = 'array_in(b.missing::cstring, b.atttypid, b.atttypmod)';

/**
 * What comes back gets a new file later, and the one that it names until then is deleted at COMMIT. If that were the one it had, and it was dropped in
 * this transaction, that file would be deleted twice, which before PostgreSQL 17 ends in a PANIC. So it is one that nobody has.
 */
const NO_FILE = `CASE b.relfilenode WHEN 0 THEN 0 ELSE 4294967295 - row_number() OVER () END::oid`;
