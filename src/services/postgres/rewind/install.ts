import fs from 'node:fs';
import { runtimeFile } from '../../../util/package-files.ts';
import { quoteText } from '../identifier.ts';
import { baselineStatements, copyStatements } from '../restore/baseline.ts';
import type { RewindConnection } from './connection.ts';
import { captureStatements } from './table-capture.ts';
import { nestedFunctions, rewindFunction } from './table-rewind.ts';
import { readTables, type TableShape } from './table-shape.ts';

export interface Installed {
  readonly tables: number;
  /** What rewind does not cover in this database, one line each. */
  readonly uncovered: readonly string[];
}

/**
 * Installs the log, its triggers and the functions that undo, and takes the first checkpoint: in one transaction, so that a database either
 * has all of it or none. Clones of the database have it too.
 */
export async function installRewind(connection: RewindConnection): Promise<Installed> {
  const all = await readTables(connection);
  const tables = all.filter(({ kind }) => kind === 'table');
  await inTransaction(connection, [
    readSql('capture'),
    readSql('nested'),
    ...tables.flatMap(coverStatements),
    'CREATE EVENT TRIGGER seatrial_ddl ON ddl_command_end EXECUTE FUNCTION seatrial.capture_ddl()',
    'CREATE EVENT TRIGGER seatrial_drop ON sql_drop EXECUTE FUNCTION seatrial.capture_ddl()',
    ...(await baselineStatements(connection)),
    ...((await isSuperuser(connection)) ? [readSql('hide')] : []),
    'SELECT seatrial.take_checkpoint()',
    ...(await copyStatements(connection, 'run')),
  ]);
  return { tables: tables.length, uncovered: all.filter(({ kind }) => kind === 'foreign').map(uncovered) };
}

/**
 * After DDL outside a test: installs capture where it is missing or does not fit any more, and forgets the marks. Answers how many tables that
 * were. What they hold counts as old as it is.
 */
export async function coverTables(connection: RewindConnection): Promise<number> {
  const covered = await connection.query<{ rel: number; shape: string }>(`
    SELECT c.rel::int8::int AS rel, c.shape FROM seatrial.covered c
    WHERE (SELECT count(*) = CASE WHEN c.shape LIKE '%"keys":[]%' THEN 3 ELSE 4 END FROM pg_trigger t
           WHERE t.tgrelid = c.rel AND t.tgname LIKE '!seatrial%' AND t.tgenabled = 'A')`);
  const known = new Map(covered.map(({ rel, shape }) => [rel, shape]));
  const tables = (await readTables(connection)).filter(({ kind }) => kind === 'table');
  const fresh = tables.filter((table) => known.get(table.oid) !== JSON.stringify(table));
  await inTransaction(connection, [
    ...fresh.flatMap(coverStatements),
    `DELETE FROM seatrial.covered WHERE rel <> ALL ('{${tables.map(({ oid }) => oid).join()}}')`,
    `DELETE FROM seatrial.place WHERE rel <> ALL ('{${tables.map(({ oid }) => oid).join()}}')`,
    'SELECT seatrial.add_sequences()',
    'DELETE FROM seatrial.mark',
    ...(fresh.length > 0 && (await isSuperuser(connection)) ? [readSql('hide')] : []),
  ]);
  return fresh.length;
}

function coverStatements(table: TableShape): string[] {
  return [
    ...captureStatements(table),
    rewindFunction(table),
    ...nestedFunctions(table),
    `INSERT INTO seatrial.covered VALUES (${table.oid}, ${quoteText(JSON.stringify(table))})
       ON CONFLICT (rel) DO UPDATE SET shape = excluded.shape`,
    ...(table.keys.length === 0
      ? [`INSERT INTO seatrial.place VALUES (${table.oid}, pg_relation_filenode(${table.oid})) ON CONFLICT DO NOTHING`]
      : []),
  ];
}

async function inTransaction(connection: RewindConnection, statements: readonly string[]): Promise<void> {
  try {
    await connection.query(['BEGIN', ...statements, 'COMMIT'].join(';\n'));
  } catch (error) {
    await connection.query('ROLLBACK');
    throw error;
  }
}

function readSql(name: string): string {
  return fs.readFileSync(runtimeFile(`services/postgres/rewind/${name}.sql`), 'utf8');
}

async function isSuperuser(connection: RewindConnection): Promise<boolean> {
  const [row] = await connection.query<{ is_superuser: string }>('SHOW is_superuser');
  return row?.is_superuser === 'on';
}

function uncovered({ name }: TableShape): string {
  return `${name} is a foreign table: what a test writes there stays`;
}
