import fs from 'node:fs';
import { SeatrialError } from '../../../errors.ts';
import { runtimeFile } from '../../../util/package-files.ts';
import { quoteText } from '../identifier.ts';
import { baselineStatements, copyStatements } from '../restore/baseline.ts';
import type { RewindConnection } from './connection.ts';
import { readNotes } from './coverage.ts';
import { captureStatements } from './table-capture.ts';
import { dispatchFunction, nestedFunctions, rewindFunction } from './table-rewind.ts';
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
  const isSuperuser = await readIsSuperuser(connection);
  const notes = await readNotes(connection, { tables: all, isSuperuser });
  await inTransaction(connection, [
    readSql('capture'),
    readSql('nested'),
    ...tables.flatMap(coverStatements),
    dispatchFunction(tables),
    'SELECT seatrial.watch_keys()',
    ...(isSuperuser
      ? [KEEP_CAPTURE, readSql('notice-ddl'), ...(await baselineStatements(connection)), readSql('hide')]
      : [readSql('without-event-triggers')]),
    ...notes.map((note) => `INSERT INTO seatrial.note VALUES (${quoteText(note)})`),
    'SELECT seatrial.take_checkpoint()',
    ...(isSuperuser ? await copyStatements(connection, 'run') : []),
  ]).catch((error: unknown) => {
    throw explainRights(error);
  });
  return { tables: tables.length, uncovered: notes };
}

const KEEP_CAPTURE = `CREATE EVENT TRIGGER seatrial_capture ON ddl_command_end WHEN TAG IN ('ALTER TABLE', 'CREATE TRIGGER', 'CREATE EXTENSION')
  EXECUTE FUNCTION seatrial.keep_capture();
ALTER EVENT TRIGGER seatrial_capture ENABLE ALWAYS`;

/**
 * After DDL outside a test: installs capture where it is missing or does not fit any more, and forgets the marks. Answers how many tables that
 * were. What they hold counts as old as it is.
 */
export async function coverTables(connection: RewindConnection): Promise<number> {
  const covered = await connection.query<{ rel: number; shape: string }>(`
    SELECT c.rel::int8::int AS rel, c.shape FROM seatrial.covered c
    WHERE (SELECT count(*) = CASE WHEN c.shape LIKE '%"keys":[]%' THEN 3 ELSE 4 END FROM pg_trigger t
           WHERE t.tgrelid = c.rel AND t.tgname LIKE '!seatrial%' AND t.tgname <> '!seatrial_moved' AND t.tgenabled = 'A')`);
  const known = new Map(covered.map(({ rel, shape }) => [rel, shape]));
  const tables = (await readTables(connection)).filter(({ kind }) => kind === 'table');
  const fresh = tables.filter((table) => known.get(table.oid) !== JSON.stringify(table));
  const isSuperuser = await readIsSuperuser(connection);
  await inTransaction(connection, [
    ...fresh.flatMap(coverStatements),
    dispatchFunction(tables),
    'SELECT seatrial.watch_keys()',
    `DELETE FROM seatrial.covered WHERE rel <> ALL ('{${tables.map(({ oid }) => oid).join()}}')`,
    'SELECT seatrial.match_sequences()',
    'SELECT seatrial.add_sequences()',
    'DELETE FROM seatrial.mark',
    ...(fresh.length > 0 && isSuperuser ? [readSql('hide')] : []),
    ...(isSuperuser ? [] : ['UPDATE seatrial.definitions SET fingerprint = seatrial.fingerprint()']),
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

export async function readIsSuperuser(connection: RewindConnection): Promise<boolean> {
  const [row] = await connection.query<{ is_superuser: string }>('SHOW is_superuser');
  return row?.is_superuser === 'on';
}

/** A right that is missing, and who can grant it how. */
function explainRights(error: unknown): unknown {
  const { code, message } = error as Error & { code?: string };
  if (code !== '42501') return error;
  const [, table] = /must be owner of (?:table|relation) (\S+)/.exec(message) ?? [];
  return new SeatrialError('SEATRIAL_LEASE_FAILED', `writes can't be captured: ${message}`, {
    hint: table
      ? `make the role own its tables: ALTER TABLE ${table} OWNER TO <role>, or GRANT <owner> TO <role>; or use --isolation database`
      : 'let the role own the database and what is in it, or use --isolation database',
    cause: error,
  });
}
