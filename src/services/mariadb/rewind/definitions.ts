import { quoteName } from '../identifier.ts';
import type { RewindConnection } from './connection.ts';
import { inDatabases, readUserTriggers, tableId, type UserTrigger } from './table-shape.ts';
import { unguarded } from './user-triggers.ts';

/** Everything that DDL can change in the databases of a lease. */
export interface Definitions {
  readonly tables: ReadonlyMap<
    string,
    Definition & { /** InnoDB's numbers of the table and its partitions: TRUNCATE gives new ones. */ readonly numbers: string }
  >;
  readonly views: ReadonlyMap<string, Definition>;
  readonly triggers: ReadonlyMap<string, UserTrigger>;
  /** Procedures, functions, packages, events and sequences: a change is seen, and can't be undone here. */
  readonly others: ReadonlyMap<string, string>;
}
export interface Definition {
  readonly database: string;
  readonly name: string;
  /** As `SHOW CREATE` tells it, without the counter of AUTO_INCREMENT. */
  readonly create: string;
}

export async function readDefinitions(connection: RewindConnection, databases: readonly string[]): Promise<Definitions> {
  const [names = [], numbers = [], routines = [], events = []] = await connection.batch([
    `SELECT TABLE_SCHEMA AS db, TABLE_NAME AS name, TABLE_TYPE AS type,
       CONCAT(HEX(CONVERT(TABLE_SCHEMA USING filename)), '2F', HEX(CONVERT(TABLE_NAME USING filename))) AS file
     FROM information_schema.TABLES WHERE ${inDatabases('TABLE_SCHEMA', databases)} ORDER BY 1, 2`,
    'SELECT NAME AS file, TABLE_ID AS number FROM information_schema.INNODB_SYS_TABLES ORDER BY 1, 2',
    `SELECT ROUTINE_SCHEMA AS db, ROUTINE_NAME AS name, ROUTINE_TYPE AS type,
       MD5(CONCAT_WS('\\0', p.param_list, p.returns, p.body, p.sql_mode, p.definer, p.is_deterministic, p.security_type)) AS text
     FROM information_schema.ROUTINES r LEFT JOIN mysql.proc p ON p.db = r.ROUTINE_SCHEMA AND p.specific_name = r.SPECIFIC_NAME AND p.type = r.ROUTINE_TYPE
     WHERE ${inDatabases('ROUTINE_SCHEMA', databases)}`,
    `SELECT EVENT_SCHEMA AS db, EVENT_NAME AS name, 'EVENT' AS type, CONCAT_WS(' ', EVENT_DEFINITION, EXECUTE_AT, INTERVAL_VALUE, INTERVAL_FIELD, STARTS, ENDS, STATUS) AS text
     FROM information_schema.EVENTS WHERE ${inDatabases('EVENT_SCHEMA', databases)}`,
  ]);
  const numbersOf = Map.groupBy(numbers, ({ file }) => String(file).replace(/#p#.*/i, '').toLowerCase());
  const [tables, views] = [new Map<string, Definition & { numbers: string }>(), new Map<string, Definition>()];
  const others = new Map<string, string>();
  const shown = names.filter(({ type }) => type !== 'SYSTEM VIEW');
  const texts = await connection.batch(
    shown.map(({ db, name }) => `SHOW CREATE TABLE ${quoteName(String(db))}.${quoteName(String(name))}`),
  );
  for (const [i, { db, name, type, file }] of shown.entries()) {
    const [row = {}] = texts[i] ?? [];
    const id = tableId(String(db), String(name));
    const definition = {
      database: String(db),
      name: String(name),
      create: String(row['Create Table'] ?? row['Create View'] ?? '').replace(/ AUTO_INCREMENT=\d+/, ''),
    };
    if (type === 'VIEW') views.set(id, definition);
    else if (type === 'SEQUENCE') others.set(`sequence ${id}`, definition.create);
    else {
      const own = numbersOf.get(Buffer.from(String(file), 'hex').toString('latin1').toLowerCase()) ?? [];
      tables.set(id, { ...definition, numbers: own.map(({ number }) => String(number)).join() });
    }
  }
  for (const { db, name, type, text } of [...routines, ...events])
    others.set(`${String(type).toLowerCase()} ${db}.${name}`, String(text));
  const triggers = await readUserTriggers(connection, databases);
  return {
    tables,
    views,
    others,
    triggers: new Map(triggers.map((trigger) => [tableId(trigger.database, trigger.name), trigger])),
  };
}

/** Names of what differs; `emptied`: tables that are defined as before but were made anew, as TRUNCATE does. */
export interface Difference {
  readonly tables: readonly string[];
  readonly emptied: readonly string[];
  readonly views: readonly string[];
  /** Tables whose triggers differ. */
  readonly triggers: readonly string[];
  readonly others: readonly string[];
}

export function compareDefinitions(before: Definitions, now: Definitions): Difference {
  const differing = <T>(a: ReadonlyMap<string, T>, b: ReadonlyMap<string, T>, text: (value: T) => string) =>
    [...new Set([...a.keys(), ...b.keys()])].filter((key) => {
      const [x, y] = [a.get(key), b.get(key)];
      return x === undefined || y === undefined || text(x) !== text(y);
    });
  const trigger = (value: UserTrigger) => JSON.stringify({ ...value, body: unguarded(value) });
  const tables = differing(before.tables, now.tables, ({ create }) => create);
  return {
    tables,
    emptied: [...now.tables]
      .filter(([id, { numbers }]) => !tables.includes(id) && before.tables.get(id)?.numbers !== numbers)
      .map(([id]) => id),
    views: differing(before.views, now.views, ({ create }) => create),
    triggers: [
      ...new Set(
        differing(before.triggers, now.triggers, trigger).map((id) => {
          const { database = '', table = '' } = before.triggers.get(id) ?? now.triggers.get(id) ?? {};
          return tableId(database, table);
        }),
      ),
    ],
    others: differing(before.others, now.others, String),
  };
}

export function isSame(difference: Difference): boolean {
  return Object.values(difference).every((list) => list.length === 0);
}
