import { quoteName } from '../identifier.ts';
import { type CascadeGraph, deleteCascades, updateCascades } from './cascade.ts';
import { columnList, imageColumns, imageTable, insertCentral, isSmallKey, OP, SEQ } from './image.ts';
import { sqlName, type TableShape } from './table-shape.ts';

/** A trigger of ours. */
export interface CaptureTrigger {
  readonly database: string;
  readonly table: string;
  readonly name: string;
  /** `BEFORE UPDATE`, say. */
  readonly when: string;
  readonly body: string;
}

/** The central log tells which tables are dirty, and in the order of `seq` whose time a write was made in. Whoever writes holds a lock on it until its commit. */
export function logStatements(log: string): readonly string[] {
  return [
    `CREATE DATABASE IF NOT EXISTS ${quoteName(log)} CHARACTER SET utf8mb4`,
    `CREATE TABLE IF NOT EXISTS ${quoteName(log)}.log (seq BIGINT UNSIGNED NOT NULL PRIMARY KEY, rel INT NOT NULL, conn BIGINT UNSIGNED NOT NULL,
       op CHAR(1) CHARACTER SET ascii NOT NULL, k1 BIGINT, k2 BIGINT) ENGINE=InnoDB STATS_PERSISTENT=0`,
  ];
}

export function imageStatement(log: string, table: TableShape): string {
  const types = new Map(table.columns.map(({ name, type }) => [name, type]));
  const columns = imageColumns(table).map((name) => `${quoteName(name)} ${types.get(name)} NULL`);
  const engine = table.isTransactional ? 'ENGINE=InnoDB STATS_PERSISTENT=0' : 'ENGINE=MyISAM';
  return `CREATE OR REPLACE TABLE ${imageTable(log, table)} (${SEQ} BIGINT UNSIGNED NOT NULL PRIMARY KEY, ${OP} CHAR(1) CHARACTER SET ascii NOT NULL,
  ${columns.join(', ')}) ${engine}`;
}

/**
 * The triggers that make a table's changes reach the log. `UUID_SHORT()` is a clock that the app does not see: unlike AUTO_INCREMENT it takes
 * no lock and leaves LAST_INSERT_ID() alone. It is read while the row is locked, so that events of a row are in the order of their time.
 */
export function captureTriggers(log: string, table: TableShape, graph: CascadeGraph): readonly CaptureTrigger[] {
  const image = imageTable(log, table);
  const columns = imageColumns(table);
  const event = (op: string, row: 'OLD' | 'NEW', of = columns, seq = 's') =>
    `${seq === 's' ? central(op, row) : ''}INSERT INTO ${image} (${SEQ}, ${OP}, ${columnList(of)}) VALUES (${seq}, '${op}', ${columnList(of, `${row}.`)});`;
  const central = (op: string, row: 'OLD' | 'NEW') => {
    const keys = [0, 1].map((i) =>
      isSmallKey(table) && table.key[i] !== undefined ? `${row}.${quoteName(table.key[i])}` : 'NULL',
    );
    return table.isTransactional ? `${insertCentral(log, table, op, 's', keys)}\n    ` : '';
  };
  const trigger = (suffix: string, when: string, body: string, condition = ''): CaptureTrigger => ({
    database: table.database,
    table: table.name,
    name: `seatrial_${table.rel}_${suffix}`,
    when,
    body: `BEGIN
  DECLARE s BIGINT UNSIGNED;
  IF @seatrial_off IS NULL${condition} THEN
    SET s = UUID_SHORT();
    ${body}
  END IF;
END`,
  });
  const onUpdate = updateCascades(log, table, graph);
  const onDelete = deleteCascades(log, table, graph);
  if (table.key.length === 0) {
    const early = (suffix: string, when: string, body: string) => (body ? [trigger(suffix, when, body)] : []);
    return [
      trigger('insert', 'AFTER INSERT', event('+', 'NEW')),
      trigger('update', 'AFTER UPDATE', `${event('-', 'OLD')} ${event('+', 'NEW', columns, 'UUID_SHORT()')}`),
      trigger('delete', 'AFTER DELETE', event('-', 'OLD')),
      ...early('updates', 'BEFORE UPDATE', onUpdate),
      ...early('deletes', 'BEFORE DELETE', onDelete),
    ];
  }
  const isSameKey = table.key.map((name) => `OLD.${quoteName(name)} <=> NEW.${quoteName(name)}`).join(' AND ');
  return [
    trigger('insert', 'AFTER INSERT', event('n', 'NEW', table.key)),
    // Last among the triggers before an update: only then it is sure which keys change, and with them those of children.
    trigger('update', 'BEFORE UPDATE', [event('r', 'OLD'), onUpdate].join('\n    ')),
    trigger('key', 'AFTER UPDATE', event('n', 'NEW', table.key), ` AND NOT (${isSameKey})`),
    trigger('delete', 'BEFORE DELETE', [event('r', 'OLD'), onDelete].join('\n    ')),
  ];
}

export function createCapture({ database, table, name, when, body }: CaptureTrigger): string {
  return `CREATE OR REPLACE TRIGGER ${quoteName(database)}.${quoteName(name)} ${when} ON ${sqlName({ database, name: table })} FOR EACH ROW\n${body}`;
}
