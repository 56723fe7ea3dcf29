import { quoteName } from '../identifier.ts';
import type { CascadeGraph } from './cascade.ts';
import { type RewindConnection, SQL_MODE } from './connection.ts';
import { type CaptureTrigger, captureTriggers, createCapture, imageStatement, logStatements } from './table-capture.ts';
import { undoProcedure } from './table-rewind.ts';
import { inDatabases, readForeignKeys, readTables, readUserTriggers, type TableShape, tableId } from './table-shape.ts';
import { guardStatements } from './user-triggers.ts';

export interface Installed {
  readonly tables: readonly TableShape[];
  /** What rewind does not cover in these databases, one line each. */
  readonly uncovered: readonly string[];
}

/**
 * Installs the log, or brings it up to date with the tables: the images of those in `anew` begin empty. Triggers and tables of ours go to all
 * tables of `databases`; the log has a database of its own. `numbers` are kept from call to call. A lock may stop it halfway: call it again then.
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
    `USE ${quoteName(log)}`, // DELETE by an alias asks for one
  ]);
  const wanted = tables.flatMap((table) => captureTriggers(log, table, graph));
  await inBatches(connection, captureChanges(wanted, await readCapture(connection, databases)));
  return { tables, uncovered };
}

interface PresentTrigger extends CaptureTrigger {
  readonly sqlMode: string;
  /** No other trigger of its time and event comes after it. */
  readonly isLast: boolean;
}

/** Only what differs: each of these waits until nobody uses the table, and between two of them its writes would be lost. */
function captureChanges(wanted: readonly CaptureTrigger[], present: readonly PresentTrigger[]): readonly string[] {
  const id = ({ database, table, name, when }: CaptureTrigger) => [database, table, name, when].join('\0');
  const [names, there] = [new Set(wanted.map(id)), new Map(present.map((trigger) => [id(trigger), trigger]))];
  const isThere = (trigger: CaptureTrigger) => {
    const own = there.get(id(trigger));
    return own?.body === trigger.body && own.sqlMode === SQL_MODE && own.isLast;
  };
  return [
    // Of a former installation, when the table had another name, or a key, or none yet.
    ...present
      .filter((trigger) => !names.has(id(trigger)))
      .map(({ database, name }) => `DROP TRIGGER IF EXISTS ${quoteName(database)}.${quoteName(name)}`),
    ...wanted.filter((trigger) => !isThere(trigger)).map(createCapture),
  ];
}

async function readCapture(connection: RewindConnection, databases: readonly string[]): Promise<readonly PresentTrigger[]> {
  const rows = await connection.query<Record<Exclude<keyof PresentTrigger, 'isLast'>, string>>(
    `SELECT TRIGGER_SCHEMA AS \`database\`, EVENT_OBJECT_TABLE AS \`table\`, TRIGGER_NAME AS name, CONCAT(ACTION_TIMING, ' ', EVENT_MANIPULATION) AS \`when\`,
       ACTION_STATEMENT AS body, SQL_MODE AS sqlMode
     FROM information_schema.TRIGGERS WHERE ${inDatabases('TRIGGER_SCHEMA', databases)} ORDER BY 1, 2, 4, ACTION_ORDER`,
  );
  const isSamePlace = (a: (typeof rows)[number], b = a) =>
    a !== b && a.database === b.database && a.table === b.table && a.when === b.when;
  return rows
    .map((row, i) => ({ ...row, isLast: !isSamePlace(row, rows[i + 1]) }))
    .filter(({ name }) => name.startsWith('seatrial_'));
}

/**
 * Many statements a round trip, within what a packet may hold. They are DDL: InnoDB's own purge holds tables for moments, so these wait for locks,
 * a second at most. The settings of the connection are as before afterwards, whichever statement it ended at.
 */
export async function inBatches(connection: RewindConnection, statements: readonly string[]): Promise<void> {
  if (statements.length === 0) return;
  await connection.query(
    'SET @seatrial_wait = @@innodb_lock_wait_timeout, @@lock_wait_timeout = 1, @@innodb_lock_wait_timeout = 1',
  );
  try {
    for (let i = 0; i < statements.length; i += 40) await connection.batch(statements.slice(i, i + 40));
  } finally {
    await connection.batch([
      `SET lock_wait_timeout = 0, innodb_lock_wait_timeout = @seatrial_wait, sql_mode = '${SQL_MODE}'`,
      'SET NAMES utf8mb4',
    ]);
  }
}
