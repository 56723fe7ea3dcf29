import type { RewindConnection } from '../rewind/connection.ts';
import type { DefinitionScope } from '../rewind/restorer.ts';
import { baselineRows, builtInRows, type Catalogue, isSameContent, isSameRow, presentRows } from './catalogues.ts';

/** How the rows of one catalogue differ from the baseline. */
export interface Difference {
  readonly catalogue: string;
  readonly fresh: number;
  readonly missing: number;
  readonly changed: number;
  /** Rows of initdb's objects that were written: there is no copy of them. */
  readonly builtIn: number;
}

/** The catalogues that differ. */
export async function readDifferences(
  connection: RewindConnection,
  catalogues: readonly Catalogue[],
  temporary: readonly number[],
): Promise<Difference[]> {
  if (catalogues.length === 0) return [];
  const selects = catalogues.map((catalogue) => {
    const { name, keys, scope } = catalogue;
    const builtIn = builtInRows(catalogue);
    const written = `age(c.xmin) < (SELECT age(xmin_was) FROM seatrial.baseline WHERE scope = '${scope}' AND catalogue = 'taken ${name}')`;
    return `SELECT '${name}' AS catalogue, count(*) FILTER (WHERE b.${keys[0]} IS NULL)::int AS fresh,
        count(*) FILTER (WHERE c.${keys[0]} IS NULL)::int AS missing,
        count(*) FILTER (WHERE b.${keys[0]} IS NOT NULL AND c.${keys[0]} IS NOT NULL AND NOT ${isSameContent(catalogue)})::int AS changed,
        ${builtIn ? `(SELECT count(*)::int FROM ${builtIn} AND ${written})` : '0'} AS "builtIn"
      FROM (SELECT c.xmin AS seatrial_xmin, c.* FROM ${presentRows(catalogue, temporary)}) c
      FULL JOIN ${baselineRows(catalogue)} b ON ${isSameRow(catalogue)}`;
  });
  return connection.query<Difference & Record<string, unknown>>(
    `SELECT * FROM (${selects.join(' UNION ALL ')}) d WHERE fresh + missing + changed + "builtIn" > 0`,
  );
}

/** Which of them were written at all since the baseline. */
export async function readWritten(
  connection: RewindConnection,
  catalogues: readonly Catalogue[],
  scope: DefinitionScope,
): Promise<Catalogue[]> {
  const rows = await connection.query<{ name: string }>(`SELECT w AS name FROM seatrial.written_catalogues('${scope}') w`);
  return catalogues.filter((catalogue) => rows.some(({ name }) => name === catalogue.name));
}
