import type { RewindConnection } from './connection.ts';
import type { TableShape } from './table-shape.ts';

/** What rewind does not cover in this database, or covers by other means than usual; one line each. */
export async function readNotes(
  connection: RewindConnection,
  { tables, isSuperuser }: { readonly tables: readonly TableShape[]; readonly isSuperuser: boolean },
): Promise<string[]> {
  const types = await connection.query<{ name: string; columns: string }>(`
    SELECT format_type(t.oid, NULL) AS name, string_agg(DISTINCT format('%s.%I', c.oid::regclass, a.attname), ', ') AS columns
    FROM pg_type t JOIN pg_attribute a ON a.atttypid IN (t.oid, t.typarray) JOIN pg_class c ON c.oid = a.attrelid
    WHERE t.typtype = 'b' AND t.typelem = 0 AND t.oid >= 16384 AND c.relkind = 'r' AND NOT a.attisdropped
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
    GROUP BY t.oid ORDER BY 1`);
  const [server] = await connection.query<{ readsAll: boolean }>(
    `SELECT pg_has_role(current_user, 'pg_read_all_stats', 'usage') AS "readsAll"`,
  );
  return [
    ...tables
      .filter(({ kind }) => kind === 'foreign')
      .map(({ name }) => `${name} is a foreign table: what a test writes there stays`),
    ...types.map(
      ({ name, columns }) => `rows with the type ${name} (${columns}) come back by its text: that must tell all of a value`,
    ),
    ...(isSuperuser
      ? []
      : [
          'the role is no superuser: changed definitions are found by a comparison at each reset (1 ms or more) and the database is then exchanged, and the log shows in schema dumps',
        ]),
    ...(server?.readsAll || isSuperuser
      ? []
      : ['transactions of other roles that have read only are not seen: GRANT pg_read_all_stats to the role lets them be']),
  ];
}
