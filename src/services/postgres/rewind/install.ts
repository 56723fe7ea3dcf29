import fs from 'node:fs';
import { runtimeFile } from '../../../util/package-files.ts';
import type { RewindConnection } from './connection.ts';
import { captureStatements } from './table-capture.ts';
import { rewindFunction } from './table-rewind.ts';
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
      fs.readFileSync(runtimeFile('services/postgres/rewind/capture.sql'), 'utf8'),
      ...tables.flatMap((table) => [...captureStatements(table), rewindFunction(table)]),
      'CREATE EVENT TRIGGER seatrial_ddl ON ddl_command_end EXECUTE FUNCTION seatrial.capture_ddl()',
      'CREATE EVENT TRIGGER seatrial_drop ON sql_drop EXECUTE FUNCTION seatrial.capture_ddl()',
      'SELECT seatrial.take_checkpoint()',
      'COMMIT',
    ].join(';\n'),
  );
  return { tables: tables.length, uncovered: all.filter(({ kind }) => kind === 'foreign').map(uncovered) };
}

function uncovered({ name }: TableShape): string {
  return `${name} is a foreign table: what a test writes there stays`;
}
