import { quoteName } from '../identifier.ts';
import type { Baseline } from './baseline.ts';
import { isLockConflict, type RewindConnection } from './connection.ts';
import type { Surroundings } from './look.ts';
import { inDatabases, sqlName, type TableShape } from './table-shape.ts';

/** In all. A table whose rows somebody reads for longer keeps its numbers: they are a convenience, nobody is ended for them. */
const LONGEST_WAIT_S = 1;

/** Sets numbers of AUTO_INCREMENT and of sequences back. Answers how many statements that took, since each counts as a change of definitions. */
export async function setNumbersBack(
  connection: RewindConnection,
  before: Baseline,
  now: Pick<Surroundings, 'numbers' | 'sequences'>,
  { tables, sequences }: { readonly tables: readonly TableShape[]; readonly sequences: readonly string[] },
): Promise<number> {
  const statements = [
    ...tables.flatMap((table) => {
      const [then, next] = [before.numbers.get(table.file), now.numbers.get(table.file)];
      const isMoved = table.autoIncrement !== undefined && then !== undefined && next !== undefined && then !== next;
      return isMoved ? [`ALTER TABLE ${sqlName(table)} AUTO_INCREMENT = ${then}`] : [];
    }),
    ...sequences.flatMap((name, i) =>
      before.sequences[i] === undefined || before.sequences[i] === now.sequences[i]
        ? []
        : [`ALTER SEQUENCE ${name} RESTART WITH ${before.sequences[i]}`],
    ),
  ];
  const half = Math.ceil(statements.length / 2);
  const [left, right] = await Promise.all([
    runAll((batch) => connection.batch(batch), statements.slice(0, half)),
    runAll((batch) => connection.aside(batch), statements.slice(half)),
  ]);
  return left + right;
}

/**
 * In one round trip; where a lock is held one by one, in line for it: InnoDB's own purge takes tables again and again, as does a session that is
 * ended and not gone yet.
 */
async function runAll(run: (statements: readonly string[]) => Promise<unknown>, statements: readonly string[]): Promise<number> {
  if (statements.length === 0) return 0;
  try {
    await run(statements);
    return statements.length;
  } catch (error) {
    if (!isLockConflict(error)) throw error;
  }
  let waitS = LONGEST_WAIT_S;
  for (const statement of statements)
    await run([`SET STATEMENT lock_wait_timeout = ${waitS} FOR ${statement}`]).catch((error) => {
      if (!isLockConflict(error)) throw error;
      waitS = 0;
    });
  return Number.NaN; // who knows how many were counted
}

/** Sequences begin where the next number that is not in memory is: what is in memory can't be seen. */
export async function startSequences(connection: RewindConnection, databases: readonly string[]): Promise<readonly string[]> {
  const rows = await connection.query(
    `SELECT TABLE_SCHEMA AS db, TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_TYPE = 'SEQUENCE' AND ${inDatabases('TABLE_SCHEMA', databases)} ORDER BY 1, 2`,
  );
  const names = rows.map(({ db, name }) => `${quoteName(String(db))}.${quoteName(String(name))}`);
  for (const name of names) {
    const [row] = await connection.query(`SELECT next_not_cached_value AS next FROM ${name}`);
    await connection.query(`ALTER SEQUENCE ${name} RESTART WITH ${row?.next}`);
  }
  return names;
}
