import fs from 'node:fs';
import { runtimeFile } from '../../../util/package-files.ts';
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
  await connection.query(
    [
      'BEGIN',
      readSql('capture'),
      readSql('nested'),
      ...tables.flatMap((table) => [...captureStatements(table), rewindFunction(table), ...nestedFunctions(table)]),
      'CREATE EVENT TRIGGER seatrial_ddl ON ddl_command_end EXECUTE FUNCTION seatrial.capture_ddl()',
      'CREATE EVENT TRIGGER seatrial_drop ON sql_drop EXECUTE FUNCTION seatrial.capture_ddl()',
      ...((await isSuperuser(connection)) ? [readSql('hide')] : []),
      'SELECT seatrial.take_checkpoint()',
      'COMMIT',
    ].join(';\n'),
  );
  return { tables: tables.length, uncovered: all.filter(({ kind }) => kind === 'foreign').map(uncovered) };
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
