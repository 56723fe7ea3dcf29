import type { RewindConnection } from '../rewind/connection.ts';
import type { DefinitionScope } from '../rewind/restorer.ts';
import { baselineRows } from './catalogues.ts';
import { NotRestorable } from './not-restorable.ts';

/** What must be done to the files of one relation of the baseline once its definition is back. */
export interface StoragePlan {
  /** Tables and materialized views whose rows are gone, or lie in the files in another shape. */
  readonly refill: readonly StoredRelation[];
  /** Sequences that were dropped. */
  readonly sequences: readonly StoredRelation[];
  /** Indexes that were dropped from tables which keep their rows. */
  readonly indexes: readonly StoredRelation[];
}
export interface StoredRelation {
  readonly oid: number;
  readonly kind: string;
  readonly persistence: string;
  /** Number of its TOAST table at the baseline, 0 = none. */
  readonly toast: number;
  /** Of an index: its table. */
  readonly table: number;
}

/**
 * Drops by SQL what was not there at the baseline and has files, so that those go too; whatever hangs on it and is of the baseline
 * comes back with the definitions. Answers how many objects went.
 */
export async function dropFresh(
  connection: RewindConnection,
  scope: DefinitionScope,
  temporary: readonly number[],
): Promise<number> {
  const isFresh = (name: 'pg_extension' | 'pg_class') =>
    `c.oid >= 16384 AND NOT EXISTS (SELECT FROM ${baselineRows({ name, scope })} b WHERE b.oid = c.oid)`;
  // Tables first: their indexes, sequences and TOAST go with them. What is then left hangs on tables of the baseline.
  const all = await connection.prepared<{ oid: number; kind: string }>(
    `seatrial-fresh-${scope}`,
    `SELECT oid::int8::int, kind FROM (
       SELECT c.oid, 'e' AS kind FROM pg_extension c WHERE ${isFresh('pg_extension')}
       UNION ALL SELECT c.oid, c.relkind::text FROM pg_class c
         WHERE c.relkind IN ('r', 'p', 'm', 'S', 'I', 'i', 't') AND c.relpersistence <> 't' AND ${isFresh('pg_class')}) f
     ORDER BY position(kind IN 'eprmSIit'), oid`,
  );
  const ofTests = all.filter(({ oid }) => !temporary.includes(oid));
  if (ofTests.length === 0) return 0;
  const [row] = await connection.query<{ dropped: number }>(`
    DO $do$
    DECLARE
      fresh record;
      dropped int := 0;
    BEGIN
      FOR fresh IN SELECT f.oid::oid, f.kind, e.extname FROM ROWS FROM (json_to_recordset('${JSON.stringify(ofTests)}') AS (oid int8, kind text))
          WITH ORDINALITY f(oid, kind, position) LEFT JOIN pg_extension e ON f.kind = 'e' AND e.oid = f.oid ORDER BY f.position LOOP
        IF fresh.kind = 'e' THEN
          CONTINUE WHEN NOT EXISTS (SELECT FROM pg_extension WHERE oid = fresh.oid);
          EXECUTE format('DROP EXTENSION %I CASCADE', fresh.extname);
          dropped := dropped + 1;
          CONTINUE;
        END IF;
        CONTINUE WHEN NOT EXISTS (SELECT FROM pg_class WHERE oid = fresh.oid);
        dropped := dropped + 1;
        IF fresh.kind IN ('S', 'I', 'i', 't') THEN
          DELETE FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = fresh.oid;
        END IF;
        IF fresh.kind = 't' THEN
          UPDATE pg_class SET reltoastrelid = 0 WHERE reltoastrelid = fresh.oid;
          UPDATE pg_class SET relkind = 'r' WHERE oid = fresh.oid;
        END IF;
        EXECUTE format('DROP %s %s CASCADE', CASE fresh.kind WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
          WHEN 'I' THEN 'INDEX' WHEN 'i' THEN 'INDEX' ELSE 'TABLE' END, fresh.oid::regclass);
      END LOOP;
      PERFORM set_config('seatrial.dropped', dropped::text, true); -- a temporary table would be one more object
    END$do$;
    SELECT current_setting('seatrial.dropped')::int AS dropped`);
  return row?.dropped ?? 0;
}

/** Compares the present relations with the baseline's, as far as definitions of theirs have changed; to be read before the definitions are written back. */
export async function planStorage(
  connection: RewindConnection,
  scope: DefinitionScope,
  {
    touched,
    hasNewLabels,
    leavesFile,
  }: { readonly touched: readonly number[]; readonly hasNewLabels: boolean; readonly leavesFile: boolean },
): Promise<StoragePlan> {
  const list = `ANY ('{${touched.join()}}'::oid[])`;
  const shape = (alias: string) =>
    `(${alias}.attnum, ${alias}.attisdropped, CASE WHEN NOT ${alias}.attisdropped THEN ${alias}.atttypid END, ${alias}.attlen, ${alias}.attalign)`;
  const found = await connection.query<StoredRelation & { what: string | null } & Record<string, unknown>>(`
    WITH reshaped AS MATERIALIZED (
      SELECT DISTINCT coalesce(o.attrelid, n.attrelid) AS rel
      FROM (SELECT * FROM ${baselineRows({ name: 'pg_attribute', scope })} a WHERE a.attrelid = ${list} AND a.attnum > 0) o
      FULL JOIN (SELECT * FROM pg_attribute a WHERE a.attrelid = ${list} AND a.attnum > 0) n ON n.attrelid = o.attrelid AND n.attnum = o.attnum
      WHERE ${shape('o')} IS DISTINCT FROM ${shape('n')}
    ),
    -- Images of rows have the labels and fields that types had when they were logged.
    relabelled AS MATERIALIZED (
      SELECT DISTINCT l.rel FROM seatrial.log l WHERE l.img IS NOT NULL
        AND (${hasNewLabels} OR EXISTS (SELECT FROM reshaped s JOIN ${baselineRows({ name: 'pg_class', scope })} k ON k.oid = s.rel AND k.relkind = 'c'))
        AND EXISTS (SELECT FROM ${baselineRows({ name: 'pg_attribute', scope })} a WHERE a.attrelid = l.rel AND a.attnum > 0 AND a.atttypid >= 16384)
    )
    SELECT b.oid::int8::int AS oid, b.relkind AS kind, b.relpersistence AS persistence, b.reltoastrelid::int8::int AS toast,
           coalesce(i.indrelid::int8::int, 0) AS table,
           CASE WHEN c.oid IS NULL THEN 'dropped'
                WHEN b.relkind = 'm' AND c.relfilenode <> b.relfilenode THEN 'refreshed'
                -- One that is refreshed CONCURRENTLY keeps its file: by the test, or by the file that is left.
                WHEN b.relkind = 'm' AND EXISTS (SELECT FROM seatrial.unlike_seed u WHERE u.rel = b.oid)
                  AND EXISTS (SELECT FROM seatrial.mark k WHERE k.reason = 'REFRESH MATERIALIZED VIEW') THEN 'refreshed'
                WHEN b.relkind = 'm' AND EXISTS (
                  SELECT FROM seatrial.baseline v WHERE v.scope = 'file' AND v.scope <> '${scope}' AND v.catalogue = 'view ' || b.oid) THEN 'refreshed'
                WHEN b.relkind = 'r' AND (c.relpersistence <> b.relpersistence OR c.relam <> b.relam OR c.reltablespace <> b.reltablespace) THEN 'stored otherwise'
                WHEN b.relkind = 'r' AND EXISTS (SELECT FROM seatrial.mark k WHERE k.reason LIKE 'TRUNCATE%' AND to_regclass(k.detail) = b.oid) THEN 'truncated'
                WHEN b.relkind = 'r' AND s.rel IS NOT NULL AND c.relfilenode <> b.relfilenode THEN 'rewritten'
                -- Images of rows in another shape than the baseline's can't be read; rows that came back in the shape of the file that is left lack columns.
                WHEN b.relkind = 'r' AND s.rel IS NOT NULL AND (${leavesFile} OR EXISTS (SELECT FROM seatrial.log l WHERE l.rel = b.oid AND l.img IS NOT NULL)) THEN 'changed'
                WHEN b.relkind = 'r' AND b.oid IN (SELECT rel FROM relabelled) THEN 'changed'
           END AS what
    FROM ${baselineRows({ name: 'pg_class', scope })} b LEFT JOIN pg_class c ON c.oid = b.oid LEFT JOIN reshaped s ON s.rel = b.oid
      LEFT JOIN ${baselineRows({ name: 'pg_index', scope })} i ON i.indexrelid = b.oid
    WHERE b.relkind IN ('r', 'm', 'S', 'i')
      -- These change no definition.
      AND (b.oid = ${list} OR b.relkind = 'm' OR b.oid IN (SELECT rel FROM relabelled) OR b.oid IN (SELECT to_regclass(k.detail)::oid FROM seatrial.mark k WHERE k.reason LIKE 'TRUNCATE%'))`);
  const [truncated] = await connection.query<{ unknown: boolean }>(
    "SELECT EXISTS (SELECT FROM seatrial.mark k WHERE k.reason LIKE 'TRUNCATE%' AND to_regclass(k.detail) IS NULL) AS unknown",
  );
  if (truncated?.unknown)
    throw new NotRestorable('a large table was emptied by TRUNCATE and is not there any more under its name');
  const needed = found.filter(({ what }) => what !== null);
  const refill = needed.filter(({ kind }) => kind === 'r' || kind === 'm');
  const refilled = new Set(refill.map(({ oid }) => oid));
  return {
    refill,
    sequences: needed.filter(({ kind }) => kind === 'S'),
    indexes: needed.filter(({ kind, table }) => kind === 'i' && !refilled.has(table)),
  };
}

/** Gives each relation without usable files new, empty ones. The definitions are back. */
export async function makeStorage(connection: RewindConnection, plan: StoragePlan): Promise<void> {
  // Materialized views can't be locked as tables can. Their owner stays.
  const views = plan.refill.filter(({ kind }) => kind === 'm');
  if (views.length > 0)
    await connection.query(`DO $do$ DECLARE v record; BEGIN
      FOR v IN SELECT c.oid::regclass AS name, c.relowner::regrole AS owner FROM pg_class c WHERE c.oid IN (${views.map(({ oid }) => oid).join()}) ORDER BY c.oid LOOP
        EXECUTE format('ALTER MATERIALIZED VIEW %s OWNER TO %s', v.name, v.owner);
      END LOOP; END$do$`);
  const statements = [
    ...plan.refill.flatMap(({ oid, toast, persistence }) => [
      ...exchangeFiles(
        oid,
        `CREATE ${persistence === 'u' ? 'UNLOGGED ' : ''}TABLE seatrial.blank ()`,
        'DROP TABLE seatrial.blank',
      ),
      ...(toast > 0
        ? exchangeFiles(
            toast,
            `CREATE ${persistence === 'u' ? 'UNLOGGED ' : ''}TABLE seatrial.blank ()`,
            'DROP TABLE seatrial.blank',
          )
        : []),
    ]),
    ...plan.sequences.flatMap(({ oid }) => exchangeFiles(oid, 'CREATE SEQUENCE seatrial.blank', 'DROP SEQUENCE seatrial.blank')),
  ];
  if (statements.length > 0) await connection.query(statements.join(';\n'));
  const targets = [
    ...plan.refill.map(({ oid }) => ({ oid, command: 'REINDEX TABLE' })),
    ...plan.indexes.map(({ oid }) => ({ oid, command: 'REINDEX INDEX' })),
  ];
  if (targets.length === 0) return;
  await connection.query(
    `DO $do$ BEGIN ${targets
      .map(({ oid, command }) => `EXECUTE format('${command} %s', ${oid}::oid::regclass);`)
      .join('\n')} END$do$`,
  );
}

/** The old files, if there still are any, go with the relation that gave the new ones. */
function exchangeFiles(oid: number, create: string, drop: string): string[] {
  return [
    create,
    `WITH two AS (SELECT a.oid, b.relfilenode, b.relfrozenxid, b.relminmxid
       FROM pg_class a JOIN pg_class b ON a.oid <> b.oid AND a.oid IN (${oid}, 'seatrial.blank'::regclass) AND b.oid IN (${oid}, 'seatrial.blank'::regclass))
     UPDATE pg_class c SET relfilenode = two.relfilenode, relfrozenxid = two.relfrozenxid, relminmxid = two.relminmxid FROM two WHERE c.oid = two.oid`,
    drop,
  ];
}

/** The new files are those of the baseline from now on: a table with others is taken for rewritten. */
export function noteFiles({ refill, sequences }: StoragePlan, scope: DefinitionScope): string[] {
  const renewed = [...refill, ...sequences].map(({ oid }) => oid);
  if (renewed.length === 0) return [];
  return [
    `UPDATE seatrial.baseline b SET pg_class.relfilenode = c.relfilenode FROM pg_catalog.pg_class c
       WHERE b.scope = '${scope}' AND b.catalogue = 'pg_class' AND (b.pg_class).oid = c.oid AND c.oid IN (${renewed.join()})`,
  ];
}
