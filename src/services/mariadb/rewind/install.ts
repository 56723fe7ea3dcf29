import { quoteName } from '../identifier.ts';
import type { CascadeGraph } from './cascade.ts';
import type { RewindConnection } from './connection.ts';
import { captureStatements, imageStatement, logStatements, TRIGGERS, triggerName } from './table-capture.ts';
import { undoProcedure } from './table-rewind.ts';
import { readForeignKeys, readTables, readUserTriggers, type TableShape, tableId } from './table-shape.ts';
import { guardStatements } from './user-triggers.ts';

export interface Installed {
  readonly tables: readonly TableShape[];
  /** What rewind does not cover in these databases, one line each. */
  readonly uncovered: readonly string[];
}

/**
 * Installs the log, or brings it up to date with the tables: the images of those in `anew` begin empty. Triggers and tables of ours go to all
 * tables of `databases`; the log has a database of its own. `numbers` are kept from call to call.
 */
export async function installRewind(
  connection: RewindConnection,
  options: {
    readonly log: string;
    readonly databases: readonly string[];
    readonly numbers: Map<string, number>;
    readonly anew?: (id: string) => boolean;
  },
): Promise<Installed> {
  const { log, databases, numbers, anew = () => true } = options;
  const { tables, uncovered } = await readTables(connection, databases, numbers);
  const graph: CascadeGraph = {
    tables: new Map(tables.map((table) => [tableId(table.database, table.name), table])),
    children: Map.groupBy(await readForeignKeys(connection, databases), ({ parent }) => parent),
  };
  await inBatches(connection, [
    ...logStatements(log),
    ...guardStatements(await readUserTriggers(connection, databases)),
    ...tables
      .filter(({ database, name }) => anew(tableId(database, name)))
      .flatMap((table) => [imageStatement(log, table), ...undoProcedure(log, table)]),
    // Of a former installation, when the table had a key, or none yet.
    ...tables.flatMap((table) =>
      TRIGGERS.map((suffix) => `DROP TRIGGER IF EXISTS ${quoteName(table.database)}.${triggerName(table, suffix)}`),
    ),
    ...tables.flatMap((table) => captureStatements(log, table, graph)),
    `USE ${quoteName(log)}`, // DELETE by an alias asks for one
  ]);
  return { tables, uncovered };
}

/**
 * Many statements a round trip, within what a packet may hold. They are DDL: InnoDB's own purge holds tables for moments, so these wait for locks,
 * a second at most.
 */
export async function inBatches(connection: RewindConnection, statements: readonly string[]): Promise<void> {
  if (statements.length === 0) return;
  await connection.query('SET lock_wait_timeout = 1, innodb_lock_wait_timeout = 1');
  try {
    for (let i = 0; i < statements.length; i += 40) await connection.batch(statements.slice(i, i + 40));
  } finally {
    await connection.query('SET lock_wait_timeout = 0, innodb_lock_wait_timeout = 0');
  }
}
