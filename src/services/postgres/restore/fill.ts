import type { Client } from 'pg';
import { copyBetween } from '../copy-between.ts';
import type { RewindConnection } from '../rewind/connection.ts';
import type { DefinitionScope } from '../rewind/restorer.ts';
import { NotRestorable } from './not-restorable.ts';
import type { StoragePlan, StoredRelation } from './storage.ts';

/** A database that has the rows of the seed and that nobody writes to. */
export interface Seeded {
  use<T>(work: (client: Client) => Promise<T>): Promise<T>;
}

interface Target {
  readonly oid: number;
  readonly kind: string;
  readonly name: string;
  readonly columns: string;
  /** `undefined` = it is as in the seed; else whether all of its rows could be saved. */
  readonly saved: boolean | undefined;
  /** The depth that they were saved for. */
  readonly savedFor: number;
}

export interface FillOptions {
  /** Whose definitions are back. */
  readonly scope: DefinitionScope;
  /** The file had definitions of its own, which have gone: so have its rows in the tables that are filled. */
  readonly leavesFile: boolean;
  readonly seeded: Seeded;
}

/** Puts the rows of the present scope's beginning into tables that are empty now: saved ones, else those of the seed. */
export async function fillTables(
  connection: RewindConnection,
  plan: StoragePlan,
  { scope, leavesFile, seeded }: FillOptions,
): Promise<void> {
  const { present, ofFile } = await readDepths(connection);
  const targets = await readTargets(connection, plan.refill, { scope, leavesFile, present });
  const lost = targets.filter(({ saved }) => saved === false);
  if (lost.length > 0)
    throw new NotRestorable(
      `${lost.map(({ name }) => name).join(', ')} had rows of fixtures that could not be saved: over 64 MB, or with names of what was renamed`,
    );
  /**
   * Rows that come back count as old as they were: all rows of one subtransaction are of one age. Where there are no depths the checkpoint will
   * be the transaction itself, and rows of a subtransaction would count as newer.
   */
  const atDepth = async (depth: number, work: () => Promise<void>) => {
    if (present === 0) return work();
    await connection.query(`SAVEPOINT seatrial_depth; INSERT INTO seatrial.restored VALUES (${depth})`);
    await work();
    await connection.query('RELEASE SAVEPOINT seatrial_depth');
  };
  const fromSeed = targets.filter(({ saved }) => saved === undefined);
  if (fromSeed.length > 0)
    await atDepth(0, () =>
      seeded.use(async (source) => {
        for (const target of fromSeed) await copyFromSeed(connection, source, target);
      }),
    );
  const saved = targets.filter(({ saved }) => saved !== undefined);
  const tables = saved.filter(({ kind }) => kind === 'r');
  const depths = await connection.query<{ depth: number }>(
    `SELECT DISTINCT depth FROM seatrial.saved_row w WHERE ${tables.map(toSavedRows).join(' OR ') || 'false'} ORDER BY 1`,
  );
  for (const { depth } of depths)
    await atDepth(depth, async () => {
      for (const table of tables)
        await insertImages(connection, table, `seatrial.saved_row w WHERE ${toSavedRows(table)} AND w.depth = ${depth}`);
    });
  for (const view of saved.filter(({ kind }) => kind === 'm'))
    await asTable(connection, view, () =>
      insertImages(connection, view, `seatrial.baseline w WHERE w.scope = '${scope}' AND w.catalogue = 'rows ${view.oid}'`),
    );
  const isOfFile = ({ saved, savedFor }: Target) => leavesFile && (saved === undefined || savedFor <= ofFile);
  const all = targets.filter(({ kind }) => kind === 'r');
  await forgetLog(connection, all.filter(isOfFile), ofFile);
  await forgetLog(
    connection,
    all.filter((target) => !isOfFile(target)),
    present,
  );
  await setSequences(connection, plan.sequences);
}

/** The depth that writes belong to now, and the one of the file; 0 where there are none. */
async function readDepths(connection: RewindConnection): Promise<{ present: number; ofFile: number }> {
  const [row] = await connection.query<{ present: number; ofFile: number }>(
    `SELECT coalesce((SELECT s.depth FROM seatrial.span s ORDER BY age(s.start) LIMIT 1), 0) AS present,
            coalesce((SELECT s.depth FROM seatrial.span s ORDER BY age(s.start) DESC LIMIT 1), 0) AS "ofFile"`,
  );
  return row ?? { present: 0, ofFile: 0 };
}

const toSavedRows = ({ oid, savedFor }: Target) => `w.rel = ${oid} AND w.scope = ${savedFor}`;

async function readTargets(
  connection: RewindConnection,
  refill: readonly StoredRelation[],
  { scope, leavesFile, present }: Pick<FillOptions, 'scope' | 'leavesFile'> & { readonly present: number },
): Promise<Target[]> {
  if (refill.length === 0) return [];
  // Saved for the scope that is undone: for the file, if that is left, else for the test.
  const rows = await connection.query<
    Record<'oid' | 'savedFor', number> & Record<'kind' | 'name' | 'columns', string> & { saved: boolean | null }
  >(`
      SELECT c.oid::int8::int AS oid, c.relkind AS kind, c.oid::regclass::text AS name, coalesce(t.scope, 0) AS "savedFor",
             coalesce((SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
               WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''), '') AS columns,
             CASE WHEN c.relkind = 'm' THEN (SELECT v.rows = 1 FROM seatrial.baseline v WHERE v.scope = '${scope}' AND v.catalogue = 'view ' || c.oid)
                  WHEN ${leavesFile} AND EXISTS (SELECT FROM seatrial.baseline v WHERE v.scope = 'seed' AND v.catalogue = c.oid::text) THEN NULL
                  ELSE coalesce(t.is_whole, CASE WHEN EXISTS (SELECT FROM seatrial.unlike_seed u WHERE u.rel = c.oid) THEN false END) END AS saved
      FROM pg_class c LEFT JOIN LATERAL (
        SELECT s.scope, s.is_whole FROM seatrial.saved_table s
        WHERE s.rel = c.oid AND s.since IN (SELECT p.start FROM seatrial.span p UNION ALL SELECT k.xid FROM seatrial.checkpoint k)
        AND (${leavesFile} OR s.scope = ${present}) ORDER BY s.scope LIMIT 1) t ON true
      WHERE c.oid IN (${refill.map(({ oid }) => oid).join()}) AND c.relispopulated ORDER BY c.oid`);
  return rows.map((row) => ({ ...row, saved: row.saved ?? undefined }));
}

async function insertImages(connection: RewindConnection, { name, columns }: Target, images: string): Promise<void> {
  const values = columns.split(', ').map((column) => `(o.r).${column}`);
  await connection.query(
    `INSERT INTO ${name} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${values.join(', ')} FROM (SELECT w.img::${name} AS r FROM ${images} OFFSET 0) o`,
  );
}

async function copyFromSeed(connection: RewindConnection, source: Client, target: Target): Promise<void> {
  const { oid, name, columns } = target;
  if (columns === '') return;
  const origin = await findInSeed(connection, source, oid);
  await asTable(connection, target, () =>
    copyBetween(
      { client: source, sql: `COPY (SELECT ${origin.columns} FROM ${origin.name}) TO STDOUT (FORMAT binary)` },
      { client: connection.client, sql: `COPY ${name} (${columns}) FROM STDIN (FORMAT binary)` },
    ),
  );
}

/** Rows can't be put into a materialized view while it is one. */
async function asTable(connection: RewindConnection, { oid, kind }: Target, work: () => Promise<void>): Promise<void> {
  const setKind = (to: string) => connection.query(`UPDATE pg_catalog.pg_class SET relkind = '${to}' WHERE oid = ${oid}`);
  if (kind === 'm') await setKind('r');
  await work();
  if (kind === 'm') await setKind('m');
}

/** A fixture may have renamed the table or its columns; numbers are the same in all copies of a template. */
async function findInSeed(connection: RewindConnection, source: Client, oid: number): Promise<{ name: string; columns: string }> {
  const [wanted] = await connection.query<{
    numbers: string;
  }>(`SELECT string_agg(a.attnum::text, ',' ORDER BY a.attnum) AS numbers FROM pg_attribute a
    WHERE a.attrelid = ${oid} AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''`);
  const { rows } = await source.query<{ name: string; columns: string }>(
    `SELECT CASE c.relkind WHEN 'r' THEN 'ONLY ' ELSE '' END || c.oid::regclass::text AS name, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.oid = $1 AND a.attnum = ANY ($2::int[]) GROUP BY c.oid, c.relkind`,
    [oid, `{${wanted?.numbers}}`],
  );
  if (!rows[0]) throw new NotRestorable(`the seed has no rows for table number ${oid}`);
  return rows[0];
}

/** What was logged of these tables from this depth on is undone by their having been filled. */
async function forgetLog(connection: RewindConnection, tables: readonly Target[], depth: number): Promise<void> {
  if (tables.length === 0) return;
  await connection.query(`DELETE FROM seatrial.log l WHERE l.rel IN (${tables.map(({ oid }) => oid).join()})
    AND (${depth} = 0 OR seatrial.depth_of(l.xmin) >= ${depth})`);
}

/** Where they were when the test's first DDL began; rewind takes those back further that it sets back at all. */
async function setSequences(connection: RewindConnection, sequences: readonly StoredRelation[]): Promise<void> {
  if (sequences.length === 0) return;
  await connection.query(`
    SELECT setval(p.seqrelid::regclass, coalesce(s.last_value, p.seqstart), s.last_value IS NOT NULL)
    FROM pg_sequence p LEFT JOIN seatrial.saved_sequence s ON s.oid = p.seqrelid WHERE p.seqrelid IN (${sequences.map(({ oid }) => oid).join()})`);
}
