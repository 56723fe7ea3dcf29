import type { RewindConnection } from '../rewind/connection.ts';
import type { DefinitionScope } from '../rewind/restorer.ts';
import { baselineRows, builtInRows, type Catalogue, isSameContent, isSameRow, ownRows, presentRows } from './catalogues.ts';

/** How the rows of one catalogue differ from the baseline. Rows are told by their places: lists as PostgreSQL writes them, null = none. */
export interface Difference {
  readonly catalogue: Catalogue;
  readonly fresh: string | null;
  /** Places in the baseline. */
  readonly missing: string | null;
  readonly changed: string | null;
  /** Places of the changed ones in the baseline. */
  readonly original: string | null;
  /** The tables that these rows are about. */
  readonly tables: readonly number[];
  /** Rows of initdb's objects that were written: there is no copy of them. */
  readonly builtIn: number;
}

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

/** Those of the catalogues that differ. Rows that are older than the baseline are not compared: nobody has written them. */
export async function readDifferences(
  connection: RewindConnection,
  catalogues: readonly Catalogue[],
  temporary: readonly number[],
): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const catalogue of catalogues) {
    const sql = differenceQuery(catalogue, temporary);
    const [row] = await (temporary.length > 0
      ? connection.query<DifferenceRow>(sql)
      : connection.prepared<DifferenceRow>(`seatrial-difference-${catalogue.name}-${catalogue.scope}`, sql));
    if (row && (row.fresh !== null || row.missing !== null || row.changed !== null || row.builtIn > 0))
      differences.push({ ...row, catalogue, tables: row.tables ?? [] });
  }
  return differences;
}

interface DifferenceRow extends Omit<Difference, 'catalogue' | 'tables'>, Record<string, unknown> {
  readonly tables: number[] | null;
}

function differenceQuery(catalogue: Catalogue, temporary: readonly number[]): string {
  const { name, scope } = catalogue;
  const isWritten = `age(c.xmin) < (SELECT age(xmin_was) FROM seatrial.baseline WHERE scope = '${scope}' AND catalogue = 'taken ${name}')`;
  const builtIn = builtInRows(catalogue);
  const places = (alias: string, condition: string) => `(array_agg(${alias}.seatrial_ctid) FILTER (WHERE ${condition}))::text`;
  const both = 'b.seatrial_ctid IS NOT NULL AND c.seatrial_ctid IS NOT NULL';
  const tables = (TABLE_COLUMNS[name] ?? []).flatMap((column) => [`c.${column}`, `b.${column}`]);
  return `SELECT d.fresh, d.missing, d.changed, d.original,
      (SELECT json_agg(DISTINCT t::int8) FROM unnest(d.tables) t WHERE t > 0) AS tables,
      ${builtIn ? `(SELECT count(*)::int FROM ${builtIn} AND ${isWritten})` : '0'} AS "builtIn"
    FROM (SELECT ${places('c', 'b.seatrial_ctid IS NULL')} AS fresh, ${places('b', 'c.seatrial_ctid IS NULL')} AS missing,
        ${places('c', both)} AS changed, ${places('b', both)} AS original, array_agg(ARRAY[${tables.join(', ') || 'NULL'}]::oid[]) AS tables
      FROM (SELECT c.ctid AS seatrial_ctid, ${isWritten} AS seatrial_written, c.* FROM ${presentRows(catalogue, temporary)}) c
      FULL JOIN ${baselineRows(catalogue)} b ON ${isSameRow(catalogue)}
      WHERE c.seatrial_ctid IS NULL OR b.seatrial_ctid IS NULL OR c.seatrial_written AND NOT ${isSameContent(catalogue)}) d`;
}

/**
 * Which of them were written at all since the baseline: one look at each, where a comparison row by row costs ten times as much. New rows are newer,
 * and rows that are gone are missing in the count, which new ones alone can make up for; temporary objects count like others.
 */
export async function readWritten(
  connection: RewindConnection,
  catalogues: readonly Catalogue[],
  scope: DefinitionScope,
): Promise<Catalogue[]> {
  const counts = catalogues.map(
    ({ name }) => `SELECT '${name}' AS name, count(*) AS rows, min(age(xmin)) AS age FROM ${ownRows(name)}`,
  );
  const rows = await connection.prepared<{ name: string }>(
    `seatrial-written-${scope}`,
    `SELECT n.name FROM (${counts.join(' UNION ALL ')}) n JOIN seatrial.baseline b ON b.scope = '${scope}' AND b.catalogue = 'taken ' || n.name
     WHERE n.rows <> b.rows OR n.age < age(b.xmin_was)`,
  );
  const written = new Set(rows.map(({ name }) => name));
  return catalogues.filter(({ name }) => written.has(name));
}
