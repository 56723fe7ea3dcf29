import fs from 'node:fs';
import { runtimeFile } from '../../../util/package-files.ts';
import type { RewindConnection } from '../rewind/connection.ts';
import type { DefinitionScope } from '../rewind/restorer.ts';
import { baselineRows, type Catalogue, ownRows, presentRows, readCatalogues, readTemporary } from './catalogues.ts';

/**
 * The statements that make room for baselines of definitions: copies of all catalogue rows of the project, with node trees and numbers as they are.
 * Two tables hold them, since each table makes clones dearer; `pg_attribute` needs one of its own because no column of a user's table can have
 * the type of `attmissingval`.
 */
export async function baselineStatements(connection: RewindConnection): Promise<string[]> {
  const catalogues = await readCatalogues(connection, 'run');
  const typed = catalogues.filter(({ name }) => name !== 'pg_attribute');
  const attributes = catalogues.filter(({ name }) => name === 'pg_attribute').flatMap(({ compared }) => compared);
  return [
    `CREATE TABLE seatrial.baseline (scope text NOT NULL, catalogue text NOT NULL, xmin_was xid, rows bigint, img text, ${typed.map(({ name }) => `${name} pg_catalog.${name}`).join(', ')})`,
    'CREATE INDEX baseline_catalogue ON seatrial.baseline (catalogue, scope)',
    `CREATE TABLE seatrial.baseline_attribute AS
       SELECT NULL::text AS scope, ${attributes.join(', ')}, attmissingval::text AS missing FROM pg_catalog.pg_attribute WITH NO DATA`,
    fs.readFileSync(runtimeFile('services/postgres/restore/save.sql'), 'utf8'),
  ];
}

/** The statements that make the present definitions the baseline of `scope`. `first` is done before those of the last one are forgotten. */
export async function copyStatements(connection: RewindConnection, scope: DefinitionScope, first = ''): Promise<string[]> {
  const catalogues = await readCatalogues(connection, scope);
  const temporary = await readTemporary(connection);
  const gone = scope === 'run' ? 'true' : "scope = 'file'";
  return [
    first,
    `DELETE FROM seatrial.baseline WHERE ${gone}`,
    `DELETE FROM seatrial.baseline_attribute WHERE ${gone}`,
    ...catalogues.map((catalogue) => copyStatement(catalogue, temporary)),
    `INSERT INTO seatrial.baseline (scope, catalogue, xmin_was, rows)
       SELECT '${scope}', 'taken ' || n.name, pg_current_xact_id()::xid, n.rows
       FROM (${catalogues.map(({ name }) => `SELECT '${name}' AS name, count(*) AS rows FROM ${ownRows(name)}`).join(' UNION ALL ')}) n`,
  ];
}

/** These catalogues are as at the baseline: rows that the restorer has written count as unchanged from now on, and are not compared. */
export function noteStatements(catalogues: readonly Catalogue[]): string[] {
  return catalogues.map(
    ({
      name,
      scope,
    }) => `UPDATE seatrial.baseline SET xmin_was = pg_current_xact_id()::xid, rows = (SELECT count(*) FROM ${ownRows(name)})
      WHERE scope = '${scope}' AND catalogue = 'taken ${name}'`,
  );
}

/** The definitions that are there now are the baseline of this scope. */
export async function takeBaseline(connection: RewindConnection, scope: DefinitionScope): Promise<void> {
  await connection.query(
    ['BEGIN', ...(await copyStatements(connection, scope, unlikeSeed(scope))), viewStatement(scope), 'COMMIT'].join(';\n'),
  );
}

/**
 * Tables which the seed does not have, or has in another shape or with other rows: theirs are saved when DDL begins. Those that are so only since the
 * file, since nobody of the run has written to them, are as in the seed again when the file is over: rows of scope `seed` name them.
 */
const unlikeSeed = (scope: DefinitionScope) => `WITH relabelled AS MATERIALIZED (
    SELECT FROM pg_enum e JOIN ${baselineRows({ name: 'pg_enum', scope: 'run' })} o ON o.oid = e.oid AND o.enumlabel <> e.enumlabel
    UNION ALL SELECT FROM ${baselineRows({ name: 'pg_class', scope: 'run' })} k JOIN pg_attribute a ON k.relkind = 'c' AND a.attrelid = k.oid
      LEFT JOIN ${baselineRows({ name: 'pg_attribute', scope: 'run' })} o ON o.attrelid = a.attrelid AND o.attnum = a.attnum AND o.atttypid = a.atttypid
      WHERE o.attrelid IS NULL),
  found AS (
    SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN ${baselineRows({ name: 'pg_class', scope: 'run' })} b ON b.oid = c.oid
    WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND n.nspname NOT IN ('seatrial', 'information_schema') AND n.nspname !~ '^pg_'
      AND (b.oid IS NULL OR b.relfilenode <> c.relfilenode
        OR EXISTS (SELECT FROM relabelled) AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.atttypid >= 16384)
        OR EXISTS (
        SELECT a.attnum, a.atttypid FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
        EXCEPT SELECT o.attnum, o.atttypid FROM ${baselineRows({ name: 'pg_attribute', scope: 'run' })} o WHERE o.attrelid = c.oid))
    UNION SELECT rel FROM seatrial.log),
  added AS (INSERT INTO seatrial.unlike_seed SELECT oid FROM found ON CONFLICT DO NOTHING RETURNING rel)
  INSERT INTO seatrial.baseline (scope, catalogue) SELECT 'seed', a.rel::text FROM added a WHERE '${scope}' = 'file' AND NOT EXISTS (
    SELECT FROM seatrial.log l WHERE l.rel = a.rel AND seatrial.depth_of(l.xmin) < (SELECT s.depth FROM seatrial.span s ORDER BY age(s.start) DESC LIMIT 1))`;

/** What materialized views hold is in no log: rows that the seed does not have are part of the baseline. */
function viewStatement(scope: DefinitionScope): string {
  return `DO $do$ DECLARE v record; BEGIN
    FOR v IN SELECT c.oid, c.oid::regclass AS name, pg_relation_size(c.oid) <= 64 * 1024 * 1024 AS is_whole
        FROM pg_class c JOIN seatrial.unlike_seed u ON u.rel = c.oid WHERE c.relkind = 'm' AND c.relispopulated LOOP
      INSERT INTO seatrial.baseline (scope, catalogue, rows) VALUES ('${scope}', 'view ' || v.oid, v.is_whole::int);
      CONTINUE WHEN NOT v.is_whole;
      EXECUTE format('INSERT INTO seatrial.baseline (scope, catalogue, img) SELECT ''${scope}'', ''rows %s'', "seatrial t"::text FROM %s "seatrial t"', v.oid, v.name);
    END LOOP; END$do$`;
}

function copyStatement(catalogue: Catalogue, temporary: readonly number[]): string {
  const { name, scope, compared } = catalogue;
  const rows = presentRows(catalogue, temporary);
  if (name === 'pg_attribute')
    return `INSERT INTO seatrial.baseline_attribute SELECT '${scope}', ${compared.map((column) => `c.${column}`).join(', ')}, c.attmissingval::text FROM ${rows}`;
  return `INSERT INTO seatrial.baseline (scope, catalogue, ${name}) SELECT '${scope}', '${name}', c FROM ${rows}`;
}
