import fs from 'node:fs';
import { runtimeFile } from '../../../util/package-files.ts';
import type { RewindConnection } from '../rewind/connection.ts';
import type { Installed } from '../rewind/install.ts';
import { installFlags } from './flags.ts';

/** Flags, and copies of all rows that are there: what the isolation `truncate` needs of its template. */
export async function installRowCopies(connection: RewindConnection): Promise<Installed> {
  return installFlags(connection, [fs.readFileSync(runtimeFile('services/postgres/isolation/row-copies.sql'), 'utf8')]);
}

/** What these tables hold now is the baseline of `owner`. */
export async function copyTables(
  connection: RewindConnection,
  owner: 'run' | 'file',
  tables: readonly number[] | 'all',
): Promise<void> {
  await connection.query(
    `SELECT seatrial.copy_tables('${owner}', ${tables === 'all' ? 'seatrial.all_tables()' : toArray(tables)})`,
  );
}

let restores = 0;
const VACUUM_AFTER = 50;

/** The rows of the file's fixtures where there are some, else those of the run; `run` = the file's are over. Lowers all flags. */
export async function restoreTables(
  connection: RewindConnection,
  tables: readonly number[],
  owner: 'run' | 'file',
): Promise<void> {
  await connection.query(`SELECT seatrial.restore_tables('${owner}', ${toArray(tables)})`);
  // Autovacuum may be off: rows that were emptied and filled fifty times would be read past each time.
  if (++restores % VACUUM_AFTER === 0) await connection.query('VACUUM');
}

export async function forgetFile(connection: RewindConnection): Promise<void> {
  await connection.query(
    `SELECT seatrial.forget_copy(relname) FROM pg_class WHERE relnamespace = 'seatrial'::regnamespace AND relkind = 'r' AND relname ~ '^file_[0-9]+$'`,
  );
}

function toArray(tables: readonly number[]): string {
  return `'{${tables.join()}}'::oid[]`;
}
