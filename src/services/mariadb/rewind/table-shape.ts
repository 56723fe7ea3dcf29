import { quoteName, quoteText } from '../identifier.ts';
import type { RewindConnection, Row } from './connection.ts';

/** What capture and rewind need to know of a table. `key` and columns are plain names. */
export interface TableShape {
  /** Number of the table in the log, and in the names of what is ours. */
  readonly rel: number;
  readonly database: string;
  readonly name: string;
  readonly engine: string;
  /** What InnoDB calls it. */
  readonly file: string;
  /** Rows come and go with transactions; others are never rolled back, and so is their log. */
  readonly isTransactional: boolean;
  readonly columns: readonly Column[];
  /** Columns of the primary key, else of the first unique index without NULLs; empty = none. */
  readonly key: readonly string[];
  readonly autoIncrement: string | undefined;
}

export interface Column {
  readonly name: string;
  /** As in a column definition, character set and collation included. */
  readonly type: string;
  readonly kind: 'text' | 'bits' | 'geometry' | 'list' | 'other';
  readonly isGenerated: boolean;
}

export interface ForeignKey {
  readonly child: string;
  readonly parent: string;
  /** Column of the child, column of the parent. */
  readonly columns: readonly (readonly [string, string])[];
  readonly onDelete: string;
  readonly onUpdate: string;
}

export interface UserTrigger {
  readonly database: string;
  readonly table: string;
  readonly name: string;
  readonly timing: string;
  readonly event: string;
  readonly body: string;
  readonly sqlMode: string;
  readonly definer: string;
  readonly characterSet: string;
  readonly collation: string;
}

/** `database.table`, for maps. */
export function tableId(database: string, name: string): string {
  return `${database}.${name}`;
}

export function sqlName({ database, name }: { readonly database: string; readonly name: string }): string {
  return `${quoteName(database)}.${quoteName(name)}`;
}

export function inDatabases(column: string, databases: readonly string[]): string {
  return databases.length === 0 ? 'FALSE' : `${column} IN (${databases.map(quoteText).join(', ')})`;
}

/** All tables of these databases; `numbers` are those that were given before. */
export async function readTables(
  connection: RewindConnection,
  databases: readonly string[],
  numbers: Map<string, number>,
): Promise<{ readonly tables: readonly TableShape[]; readonly uncovered: readonly string[] }> {
  const [tables = [], columns = [], keys = []] = await connection.batch([
    `SELECT TABLE_SCHEMA AS db, TABLE_NAME AS name, TABLE_TYPE AS type, coalesce(ENGINE, '') AS engine,
       CONCAT(HEX(CONVERT(TABLE_SCHEMA USING filename)), '2F', HEX(CONVERT(TABLE_NAME USING filename))) AS file,
       coalesce((SELECT e.TRANSACTIONS FROM information_schema.ENGINES e WHERE e.ENGINE = t.ENGINE), 'NO') AS trx
     FROM information_schema.TABLES t WHERE ${inDatabases('TABLE_SCHEMA', databases)} AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY 1, 2`,
    `SELECT TABLE_SCHEMA AS db, TABLE_NAME AS name, COLUMN_NAME AS col, DATA_TYPE AS data, COLUMN_TYPE AS type, CHARACTER_SET_NAME AS cs,
       COLLATION_NAME AS collation, IS_GENERATED AS gen, EXTRA AS extra
     FROM information_schema.COLUMNS WHERE ${inDatabases('TABLE_SCHEMA', databases)} ORDER BY 1, 2, ORDINAL_POSITION`,
    `SELECT TABLE_SCHEMA AS db, TABLE_NAME AS name, INDEX_NAME AS idx, COLUMN_NAME AS col, NULLABLE AS nullable, SUB_PART AS part
     FROM information_schema.STATISTICS WHERE ${inDatabases('TABLE_SCHEMA', databases)} AND NON_UNIQUE = 0 AND INDEX_TYPE <> 'FULLTEXT'
     ORDER BY 1, 2, INDEX_NAME <> 'PRIMARY', 3, SEQ_IN_INDEX`,
  ]);
  const of = (rows: readonly Row[]) => Map.groupBy(rows, ({ db, name }) => tableId(String(db), String(name)));
  const [columnsOf, keysOf] = [of(columns), of(keys)];
  const shapes: TableShape[] = [];
  const uncovered: string[] = [];
  for (const { db, name, type, engine, file, trx } of tables) {
    const id = tableId(String(db), String(name));
    if (type === 'SYSTEM VERSIONED' || !/^(InnoDB|MyISAM|Aria|MEMORY)$/i.test(String(engine))) {
      uncovered.push(
        `${id} is ${type === 'SYSTEM VERSIONED' ? 'system-versioned' : `of the engine ${engine}`}: what a test writes there stays`,
      );
      continue;
    }
    const rel = numbers.get(id) ?? numbers.size + 1;
    numbers.set(id, rel);
    shapes.push({
      rel,
      database: String(db),
      name: String(name),
      engine: String(engine),
      file: Buffer.from(String(file), 'hex').toString('latin1'),
      isTransactional: trx === 'YES' && /^innodb$/i.test(String(engine)),
      columns: (columnsOf.get(id) ?? []).map(toColumn),
      key: toKey(keysOf.get(id) ?? []),
      autoIncrement: (columnsOf.get(id) ?? []).find(({ extra }) => /auto_increment/i.test(String(extra)))?.col as
        | string
        | undefined,
    });
  }
  return { tables: shapes, uncovered };
}

function toColumn({ col, data, type, cs, collation, gen }: Row): Column {
  const text = typeof cs === 'string' && cs !== '' ? ` CHARACTER SET ${cs} COLLATE ${collation}` : '';
  const isList = data === 'enum' || data === 'set';
  const isGeometry = /^(geometry|point|linestring|polygon|multi\w+|geometrycollection)$/.test(String(data));
  return {
    name: String(col),
    type: `${type}${text}`,
    kind: isList ? 'list' : isGeometry ? 'geometry' : text ? 'text' : data === 'bit' ? 'bits' : 'other',
    isGenerated: gen === 'ALWAYS',
  };
}

/** The rows of unique indexes come index by index, the primary key first. A prefix tells rows apart as well as the whole column does. */
function toKey(rows: readonly Row[]): readonly string[] {
  for (const [index, parts] of Map.groupBy(rows, ({ idx }) => String(idx)))
    if (index === 'PRIMARY' || parts.every(({ nullable, part }) => nullable !== 'YES' && part === null))
      return parts.map(({ col }) => String(col));
  return [];
}

export async function readForeignKeys(
  connection: RewindConnection,
  databases: readonly string[],
): Promise<readonly ForeignKey[]> {
  const rows = await connection.query<Record<string, string>>(
    `SELECT k.CONSTRAINT_SCHEMA AS db, k.CONSTRAINT_NAME AS fk, k.TABLE_NAME AS child, k.COLUMN_NAME AS childColumn, k.REFERENCED_TABLE_SCHEMA AS parentDb,
       k.REFERENCED_TABLE_NAME AS parent, k.REFERENCED_COLUMN_NAME AS parentColumn, r.DELETE_RULE AS onDelete, r.UPDATE_RULE AS onUpdate
     FROM information_schema.KEY_COLUMN_USAGE k JOIN information_schema.REFERENTIAL_CONSTRAINTS r
       ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = k.TABLE_NAME
     WHERE ${inDatabases('k.CONSTRAINT_SCHEMA', databases)} AND k.REFERENCED_TABLE_NAME IS NOT NULL ORDER BY 1, 3, 2, k.ORDINAL_POSITION`,
  );
  return [...Map.groupBy(rows, ({ db, child, fk }) => `${db}.${child}.${fk}`).values()].map((columns) => {
    const { db = '', child = '', parentDb = '', parent = '', onDelete = '', onUpdate = '' } = columns[0] ?? {};
    return {
      child: tableId(db, child),
      parent: tableId(parentDb, parent),
      columns: columns.map(({ childColumn = '', parentColumn = '' }) => [childColumn, parentColumn] as const),
      onDelete,
      onUpdate,
    };
  });
}

/** Triggers in the order in which they fire, ours left out. */
export async function readUserTriggers(
  connection: RewindConnection,
  databases: readonly string[],
): Promise<readonly UserTrigger[]> {
  return connection.query<UserTrigger & Row>(
    `SELECT TRIGGER_SCHEMA AS \`database\`, EVENT_OBJECT_TABLE AS \`table\`, TRIGGER_NAME AS name, ACTION_TIMING AS timing, EVENT_MANIPULATION AS event,
       ACTION_STATEMENT AS body, SQL_MODE AS sqlMode, DEFINER AS definer, CHARACTER_SET_CLIENT AS characterSet, COLLATION_CONNECTION AS collation
     FROM information_schema.TRIGGERS WHERE ${inDatabases('TRIGGER_SCHEMA', databases)} AND TRIGGER_NAME NOT LIKE 'seatrial\\_%'
     ORDER BY 1, 2, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER`,
  );
}
